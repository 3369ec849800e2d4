// Rotation on a KMS that throttles, shows new states late and refuses: it ends right, or says why in KMS's own words.

import { KMSClient } from '@aws-sdk/client-kms';
import { describe, expect, test } from 'vitest';
import { GONE_AT_LATEST_S } from '../../../../vault/domain/kek-life/plan.ts';
import { rotate } from '../../../../vault/usecases/keys/rotate.ts';
import { exception, jsonAnswer } from '../../../support/aws/answer.ts';
import { fakeAws } from '../../../support/aws/fake-aws.ts';
import { keyMakerOn } from '../../../support/contracts/on-kms.ts';
import { present } from '../../../support/envelope.ts';
import { storeSettings } from '../../../support/store-settings.ts';
import { SLOT_S, someSettings, virtualVault } from '../../../support/virtual-vault.ts';

const DAY_S = 24 * 3600;
const SCP = 'User: rotate is not authorized to perform it with an explicit deny in a service control policy';
const denied = () => exception('AccessDeniedException', 400, SCP);

/** An app without a key, and a rotator whose keys are in the fake of AWS, on the vault's clock. */
async function aVault() {
  const vault = virtualVault();
  await storeSettings(vault.keyRing, someSettings());
  const aws = fakeAws({ clock: () => vault.nowS() * 1000 });
  const canary = { passes: async () => true };
  const deps = { ...vault.rotator, keyMaker: keyMakerOn(new KMSClient(aws.clients)), canary };
  const receipts = async () => {
    const tokens = await vault.rotator.ledger.receipts({ app: 'shop' });
    return tokens.map((token) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()));
  };
  return {
    ...vault,
    aws,
    canary,
    receipts,
    made: () => aws.calls.filter(({ operation }) => operation === 'KMS.CreateKey').length,
    /** A run at that second. */
    runAt: async (atS: number) => {
      vault.at(atS);
      await rotate(deps);
    },
    /** The first slot, as the ring has it; `undefined` once it is forgotten. */
    first: async () => (await vault.keyRing.slotsOf({ app: 'shop' })).find(({ slot }) => slot === SLOT_S),
  };
}

/** The same at T2 of the first key, with one that has taken over. */
async function atTheEnd() {
  const vault = await aVault();
  await vault.runAt(SLOT_S);
  const { decryptUntilS } = present(await vault.first());
  await vault.runAt(decryptUntilS - DAY_S);
  return { ...vault, T2: decryptUntilS };
}

describe('making a key', () => {
  test.each(['ThrottlingException', 'LimitExceededException'])('goes on with the next run after a %s', async (name) => {
    const vault = await aVault();
    const heal = vault.aws.fault('KMS.CreateKey', () => exception(name, 400, 'five a second'));
    await expect(vault.runAt(SLOT_S)).rejects.toThrow(`${name}: five a second`);
    expect(vault.telemetry.total('NextSlotMissing')).toBe(1);
    heal();
    await vault.runAt(SLOT_S + 60);
    expect(await vault.slots()).toEqual([[SLOT_S, 'ready']]);
  });

  test("that a policy refuses says so in KMS's own words, and serves on with the last key", async () => {
    const vault = await aVault();
    await vault.runAt(SLOT_S);
    const { endsAtS } = present(await vault.first());
    const heal = vault.aws.fault('KMS.CreateKey', denied);
    await expect(vault.runAt(endsAtS - 3600)).rejects.toThrow(`AccessDeniedException: ${SCP}`);
    expect((await vault.slots()).find(([slot]) => slot === SLOT_S)).toEqual([SLOT_S, 'ready']);
    heal();
    await vault.runAt(endsAtS - 3000);
    expect(await vault.slots()).toContainEqual([endsAtS, 'ready']);
  });

  test('whose key KMS shows late makes no second one', async () => {
    const vault = await aVault();
    vault.canary.passes = async () => false;
    await vault.runAt(SLOT_S);
    vault.aws.fault('KMS.DescribeKey', () => exception('NotFoundException', 400, 'no such key'));
    await vault.runAt(SLOT_S + 60);
    vault.canary.passes = async () => true;
    await vault.runAt(SLOT_S + 120);
    expect(await vault.slots()).toEqual([[SLOT_S, 'ready']]);
    expect(vault.made()).toBe(1);
  });

  test('goes on while KMS does not say how the key in use is', async () => {
    const vault = await aVault();
    await vault.runAt(SLOT_S);
    const { endsAtS } = present(await vault.first());
    vault.aws.fault('KMS.DescribeKey', () => exception('ThrottlingException'));
    await expect(vault.runAt(endsAtS - 3600)).rejects.toThrow('cannot look at an app KEK now');
    expect(await vault.slots()).toContainEqual([endsAtS, 'ready']);
    expect(await vault.slots()).toContainEqual([SLOT_S, 'ready']);
  });
});

describe('ending a key', () => {
  test('takes the longest window where short ones are refused, and its receipt has the true date', async () => {
    const vault = await atTheEnd();
    vault.aws.fault('KMS.ScheduleKeyDeletion', ({ PendingWindowInDays }) =>
      PendingWindowInDays < 30 ? denied() : undefined,
    );
    await vault.runAt(vault.T2);
    expect((await vault.first())?.state).toBe('destroyed');
    const [{ pendingDeletionAt, materialGoneNotBefore }] = await vault.receipts();
    expect((Date.parse(materialGoneNotBefore) - Date.parse(pendingDeletionAt)) / 1000).toBe(30 * DAY_S);
  });

  test("that is refused altogether says so in KMS's own words, run after run, until it is allowed", async () => {
    const vault = await atTheEnd();
    const heal = vault.aws.fault('KMS.ScheduleKeyDeletion', denied);
    for (const afterS of [0, 300]) await expect(vault.runAt(vault.T2 + afterS)).rejects.toThrow(SCP);
    expect(vault.telemetry.total('KeyPastItsEnd')).toBe(0);
    await expect(vault.runAt(vault.T2 + 3600)).rejects.toThrow(SCP);
    expect(vault.telemetry.total('KeyPastItsEnd')).toBe(1);
    heal();
    await vault.runAt(vault.T2 + 3900);
    expect((await vault.first())?.state).toBe('destroyed');
    expect(await vault.receipts()).toHaveLength(1);
  });

  test('does not mind throttling, lost answers and a state that is shown late', async () => {
    const vault = await atTheEnd();
    let calls = 0;
    vault.aws.fault('KMS.ScheduleKeyDeletion', (input) => {
      calls += 1;
      if (calls === 1) return exception('ThrottlingException');
      if (calls > 2) return undefined;
      vault.aws.respond('KMS.ScheduleKeyDeletion', input);
      return exception('KMSInternalException', 500);
    });
    let looks = 0;
    vault.aws.fault('KMS.DescribeKey', () => {
      looks += 1;
      return looks % 4 === 0
        ? undefined
        : jsonAnswer(200, { KeyMetadata: { KeyState: 'Enabled', CreationDate: SLOT_S } });
    });
    for (const afterS of [0, 300, 600]) await vault.runAt(vault.T2 + afterS).catch(() => undefined);
    expect((await vault.first())?.state).toBe('destroyed');
    expect(await vault.receipts()).toHaveLength(1);
  });

  test('is confirmed only when KMS says that the key is gone, however late', async () => {
    const vault = await atTheEnd();
    await vault.runAt(vault.T2);
    const { goneAtS = 0, keyArn } = present(await vault.first());
    const late = { KeyState: 'PendingDeletion', CreationDate: SLOT_S, DeletionDate: goneAtS };
    const heal = vault.aws.fault('KMS.DescribeKey', ({ KeyId }) =>
      KeyId === keyArn ? jsonAnswer(200, { KeyMetadata: late }) : undefined,
    );
    vault.aws.fault('KMS.ScheduleKeyDeletion', ({ KeyId }) =>
      KeyId === keyArn ? exception('KMSInvalidStateException', 400, 'is pending deletion') : undefined,
    );
    await vault.runAt(goneAtS + GONE_AT_LATEST_S);
    expect((await vault.first())?.state).toBe('destroyed');
    heal();
    await vault.runAt(goneAtS + GONE_AT_LATEST_S + 300);
    expect(await vault.first()).toBeUndefined();
    expect((await vault.receipts()).filter((receipt) => receipt.keyArn === keyArn)).toHaveLength(2);
  });
});
