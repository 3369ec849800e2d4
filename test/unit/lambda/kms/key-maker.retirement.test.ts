// Retiring an app on a KMS that throttles, shows new states late and refuses short windows ends every key that can be ended.

import { KMSClient } from '@aws-sdk/client-kms';
import { describe, expect, test } from 'vitest';
import { endAppAtOnce } from '../../../../vault/usecases/apps/one-app.ts';
import { exception, jsonAnswer } from '../../../support/aws/answer.ts';
import { fakeAws } from '../../../support/aws/fake-aws.ts';
import { keyMakerOn } from '../../../support/contracts/on-kms.ts';
import { present } from '../../../support/envelope.ts';
import { memoryVault } from '../../../support/memory-vault.ts';

const DAY_S = 24 * 3600;

/** An app with two keys, both in the fake of AWS, and its retirement. */
async function aRetirement() {
  const vault = await memoryVault();
  vault.advance(vault.settings.life.cycleS - 2 * 3600);
  await vault.rotate();
  const aws = fakeAws({ clock: vault.clock });
  const arns = (await vault.ring()).slots.map(({ keyArn }) => present(keyArn));
  for (const arn of arns) aws.addKey(arn);
  const keyMaker = keyMakerOn(new KMSClient(aws.clients));
  let waitedMs = 0;
  const wait = async (ms: number) => {
    waitedMs += ms;
  };
  const states = async () => (await vault.ring()).slots.map(({ state }) => state);
  return {
    aws,
    arns,
    states,
    waitedMs: () => waitedMs,
    retire: () => endAppAtOnce({ ...vault.endDeps, keyMaker, wait }, vault.app),
    receipts: async () => {
      const receipts = await vault.rotateDeps.ledger.receipts({ app: vault.app });
      return receipts.map((receipt) => JSON.parse(Buffer.from(receipt.split('.')[1] ?? '', 'base64url').toString()));
    },
  };
}

describe('retiring an app', () => {
  test('does not mind that a description is late', async () => {
    const { aws, retire, states } = await aRetirement();
    aws.fault('KMS.DescribeKey', () =>
      jsonAnswer(200, { KeyMetadata: { KeyState: 'Enabled', CreationDate: 1_700_000_000 } }),
    );
    await retire();
    expect(await states()).toEqual(['destroyed', 'destroyed']);
  });

  test('files receipts although an answer was lost, and the state is then shown late', async () => {
    const { aws, retire, states, receipts } = await aRetirement();
    let lost = 2;
    aws.fault('KMS.ScheduleKeyDeletion', (input) => {
      lost -= 1;
      if (lost < 0) return undefined;
      aws.respond('KMS.ScheduleKeyDeletion', input);
      return exception('KMSInternalException', 500);
    });
    let looks = 0;
    aws.fault('KMS.DescribeKey', () => {
      looks += 1;
      return looks % 3 === 0
        ? undefined
        : jsonAnswer(200, { KeyMetadata: { KeyState: 'Enabled', CreationDate: 1_700_000_000 } });
    });
    await retire();
    expect(await states()).toEqual(['destroyed', 'destroyed']);
    expect(await receipts()).toHaveLength(2);
  });

  test('goes on after throttling, and well within the time of its function', async () => {
    const { aws, retire, states, waitedMs } = await aRetirement();
    let calls = 0;
    aws.fault('KMS.ScheduleKeyDeletion', () => {
      calls += 1;
      return calls <= 5 ? exception('ThrottlingException') : undefined;
    });
    await retire();
    expect(await states()).toEqual(['destroyed', 'destroyed']);
    expect(waitedMs()).toBeGreaterThan(0);
    expect(waitedMs()).toBeLessThan(5 * 60_000);
  });

  test('takes the longest window where short ones are refused, and the receipt has the true date', async () => {
    const { aws, retire, receipts } = await aRetirement();
    aws.fault('KMS.ScheduleKeyDeletion', ({ PendingWindowInDays }) =>
      PendingWindowInDays < 30 ? exception('AccessDeniedException') : undefined,
    );
    await retire();
    for (const { pendingDeletionAt, materialGoneNotBefore } of await receipts()) {
      expect((Date.parse(materialGoneNotBefore) - Date.parse(pendingDeletionAt)) / 1000).toBe(30 * DAY_S);
    }
    expect(await receipts()).toHaveLength(2);
  });

  test("destroys the other keys when one cannot be, and says why in KMS's own words", async () => {
    const { aws, arns, retire, states } = await aRetirement();
    aws.fault('KMS.ScheduleKeyDeletion', ({ KeyId }) =>
      KeyId === arns[0]
        ? exception('AccessDeniedException', 400, 'explicit deny in a service control policy')
        : undefined,
    );
    await expect(retire()).rejects.toThrow(
      '1 keys could not be destroyed: refused to destroy an app KEK: AccessDeniedException: explicit deny in a service control policy',
    );
    expect(await states()).toEqual(['ready', 'destroyed']);
  });
});
