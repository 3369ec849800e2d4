// App KEKs in KMS keep the contract, as far as the emulator's KMS lets anybody tell.

import { randomUUID } from 'node:crypto';
import { CreateKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { describe, expect, test } from 'vitest';
import { kmsAppKek } from '../../../../lambda/kms/app-kek.ts';
import { kmsKeyMaker } from '../../../../lambda/kms/key-maker.ts';
import { DEFAULT_LIFE } from '../../../../vault/domain/kek-life/life.ts';
import type { UsableSlot } from '../../../../vault/domain/kek-life/ring.ts';
import { slotDates } from '../../../../vault/domain/kek-life/slot.ts';
import { secondsOf } from '../../../../vault/ports/clock.ts';
import { appKekContract } from '../../../support/contracts/app-kek-contract.ts';
import { ACCOUNT_ID, kmsAs } from '../emulated.ts';

const nowS = () => secondsOf(Date.now());

function makerOf(stack: string) {
  const role = (name: string) => `arn:aws:iam::${ACCOUNT_ID}:role/${name}`;
  const roleArns = { encrypt: role('e'), decrypt: role('d'), rotate: role('r'), retire: role('t') };
  return kmsKeyMaker(kmsAs(), { stack, partition: 'aws', accountId: ACCOUNT_ID, roleArns, lock: false });
}

appKekContract('KMS', { authenticates: false }, async () => ({
  appKek: kmsAppKek(kmsAs()),
  keyMaker: makerOf(randomUUID()),
  nowS,
}));

describe('the maker of app KEKs in KMS', () => {
  test("lists neither another stack's keys nor untagged ones", async () => {
    const mine = makerOf(randomUUID());
    const dates = slotDates(nowS(), nowS() + 3600, DEFAULT_LIFE);
    await makerOf(randomUUID()).create('shop', dates);
    await kmsAs().send(new CreateKeyCommand({}));
    const { arn } = await mine.create('shop', dates);
    const listed: string[] = [];
    for await (const key of mine.list(new Set())) listed.push(key.arn);
    expect(listed).toEqual([arn]);
  });
});

describe('the app KEK in KMS', () => {
  const slot: UsableSlot = {
    ...slotDates(1, 2, DEFAULT_LIFE),
    ...{ app: 'shop', state: 'ready', keyArn: 'arn:aws:kms:us-east-1:000000000000:key/one', tagSalt: Buffer.alloc(32) },
  };
  const context = { v: '1', app: 'shop', slot: '1', b: 'b' } as const;

  // What the emulator never answers, so the answer is made up here.
  test.each([
    ['IncorrectKeyException', 400, 'app-kek-mismatch'],
    ['InvalidCiphertextException', 400, 'app-kek-mismatch'],
    ['AccessDeniedException', 400, 'app-kek-refused'],
    ['DisabledException', 400, 'app-kek-refused'],
    ['KMSInvalidStateException', 400, 'app-kek-refused'],
    ['NotFoundException', 400, 'app-kek-refused'],
    ['ThrottlingException', 400, 'unavailable'],
    ['KeyUnavailableException', 500, 'unavailable'],
    ['TimeoutError', 0, 'unavailable'],
    ['SomethingNew', 503, 'unavailable'],
  ])("answers KMS's %s (%i) to Decrypt with `%s`", async (name, httpStatusCode, code) => {
    const kek = kmsAppKek(failing(Object.assign(new Error(), { name, $metadata: { httpStatusCode } })));
    await expect(kek.unwrap(slot, context, Buffer.alloc(100, 1))).rejects.toMatchObject({ code });
  });

  test('answers a KMS that cannot be reached with `unavailable`', async () => {
    const lost = Object.assign(new Error(), { code: 'ECONNRESET', syscall: 'read' });
    await expect(kmsAppKek(failing(lost)).wrap(slot, context, Buffer.alloc(60))).rejects.toMatchObject({
      ...{ code: 'unavailable', message: 'cannot wrap under an app KEK now: ECONNRESET' },
    });
  });

  test('lets what nobody expects rise with its cause', async () => {
    const strange = Object.assign(new Error(), { name: 'UnsupportedOperationException' });
    await expect(kmsAppKek(failing(strange)).wrap(slot, context, Buffer.alloc(60))).rejects.toMatchObject({
      ...{ name: 'Error', cause: strange },
    });
  });
});

function failing(error: Error): KMSClient {
  return Object.create(kmsAs(), { send: { value: () => Promise.reject(error) } });
}
