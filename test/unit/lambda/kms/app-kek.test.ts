// App KEKs in KMS keep the contract, and every exception of KMS becomes the right error.

import { KMSClient } from '@aws-sdk/client-kms';
import { describe, expect, test } from 'vitest';
import { kmsAppKek } from '../../../../lambda/kms/app-kek.ts';
import { wrapContext } from '../../../../vault/domain/envelope/context.ts';
import { exception } from '../../../support/aws/answer.ts';
import { fakeAws } from '../../../support/aws/fake-aws.ts';
import { appKekContract, slotWithKey } from '../../../support/contracts/app-kek-contract.ts';
import { keysOn } from '../../../support/contracts/on-kms.ts';

appKekContract('KMS', { authenticates: true }, () => keysOn(new KMSClient(fakeAws().clients)));

describe('the app KEK in KMS', () => {
  const context = wrapContext('shop', { holder: { app: 'shop' }, slot: 1 }, 'b', 0);
  const wraps = Buffer.alloc(60, 1);

  async function aKek() {
    const aws = fakeAws();
    const kms = new KMSClient(aws.clients);
    const { appKek, keyMaker, nowS } = await keysOn(kms);
    const slot = await slotWithKey(keyMaker, nowS());
    aws.take();
    return { aws, appKek, slot };
  }

  test('wraps with one Encrypt and unwraps with one Decrypt, both naming the key of the ring', async () => {
    const { aws, appKek, slot } = await aKek();
    await appKek.unwrap(slot, context, await appKek.wrap(slot, context, wraps));
    const named = { KeyId: slot.keyArn, EncryptionContext: context };
    expect(aws.take()).toMatchObject([
      { operation: 'KMS.Encrypt', input: named },
      { operation: 'KMS.Decrypt', input: named },
    ]);
  });

  test.each([
    ['IncorrectKeyException', 400, 'app-kek-mismatch'],
    ['InvalidCiphertextException', 400, 'app-kek-mismatch'],
    ['AccessDeniedException', 400, 'app-kek-refused'],
    ['DisabledException', 400, 'app-kek-refused'],
    ['KMSInvalidStateException', 400, 'app-kek-refused'],
    ['NotFoundException', 400, 'app-kek-refused'],
    ['ThrottlingException', 400, 'unavailable'],
    ['KeyUnavailableException', 500, 'unavailable'],
    ['SomethingNew', 503, 'unavailable'],
  ])("answers KMS's %s (%i) to Decrypt with `%s`", async (name, status, code) => {
    const { aws, appKek, slot } = await aKek();
    aws.fault('KMS.Decrypt', () => exception(name, status));
    await expect(appKek.unwrap(slot, context, wraps)).rejects.toMatchObject({ code });
  });

  test.each([
    ['Thu, 26 Nov 2026 00:15:00 GMT', Date.UTC(2026, 10, 26, 0, 15) / 1000],
    ['2026-11-26T00:15:00Z', undefined],
    ['Thu, 26 Nov 2026 00:15:00 +0200', undefined],
    ['Thu, 99 Nov 2026 00:15:00 GMT', undefined],
    ['', undefined],
  ])('takes the date %s of a refusal for second %s', async (date, refusedAtS) => {
    const { aws, appKek, slot } = await aKek();
    const denied = exception('AccessDeniedException');
    aws.fault('KMS.Decrypt', () => ({ ...denied, headers: { ...denied.headers, date } }));
    await expect(appKek.unwrap(slot, context, wraps)).rejects.toMatchObject({ code: 'app-kek-refused', refusedAtS });
  });

  test('answers a KMS that cannot be reached with `unavailable`', async () => {
    const { aws, appKek, slot } = await aKek();
    aws.fault('KMS.Encrypt', () => Object.assign(new Error('lost'), { code: 'ECONNRESET', syscall: 'read' }));
    await expect(appKek.wrap(slot, context, wraps)).rejects.toMatchObject({
      code: 'unavailable',
      message: 'cannot wrap under an app KEK now: ECONNRESET',
    });
  });

  test.each(['UnsupportedOperationException', 'InvalidCiphertextException'])(
    'lets %s of Encrypt rise with its cause, since nothing there explains it',
    async (name) => {
      const { aws, appKek, slot } = await aKek();
      aws.fault('KMS.Encrypt', () => exception(name));
      await expect(appKek.wrap(slot, context, wraps)).rejects.toMatchObject({ name: 'Error', cause: { name } });
    },
  );

  test('fails, rather than give an empty wrap, when KMS answers without bytes', async () => {
    const { aws, slot } = await aKek();
    const silent = kmsAppKek(new KMSClient(aws.clients));
    aws.fault('KMS.Encrypt', () => exception('', 200));
    await expect(silent.wrap(slot, context, wraps)).rejects.toThrow('KMS answered without bytes');
  });
});
