// Every KMS adapter as its contract wants it, on the fake or on an emulator.

import { createPublicKey, randomUUID } from 'node:crypto';
import { CreateKeyCommand, DisableKeyCommand, GetPublicKeyCommand, type KMSClient } from '@aws-sdk/client-kms';
import { kmsAppKek } from '../../../lambda/kms/app-kek.ts';
import { kmsKeyMaker } from '../../../lambda/kms/key-maker.ts';
import { kmsReceiptSigner } from '../../../lambda/kms/receipt-signer.ts';
import { secondsOf } from '../../../vault/ports/clock.ts';
import { taggedKeysBeside } from '../tagged-keys.ts';
import type { CheckedSigner } from './receipt-signer-contract.ts';

/** A key maker of one stack, under a new name unless one is given. It does not wait. */
export function keyMakerOn(
  kms: KMSClient,
  { stack = randomUUID() as string, accountId = '000000000000', deletionWindowDays = 7 } = {},
) {
  const role = (name: string) => `arn:aws:iam::${accountId}:role/${name}`;
  const roleArns = { encrypt: role('e'), decrypt: role('d'), rotate: role('r'), retire: role('t') };
  const options = { stack, partition: 'aws', accountId, roleArns, lock: false, deletionWindowDays, keyTags: {} };
  return kmsKeyMaker(kms, options, { findTaggedKeys: taggedKeysBeside(kms), wait: async () => undefined });
}

/** Keys for the contracts of app KEK and key maker. */
export async function keysOn(kms: KMSClient) {
  return {
    appKek: kmsAppKek(kms),
    keyMaker: keyMakerOn(kms),
    nowS: () => secondsOf(Date.now()),
    disable: (arn: string) => kms.send(new DisableKeyCommand({ KeyId: arn })),
  };
}

/** A signer with a new key. */
export async function receiptSignerOn(kms: KMSClient): Promise<CheckedSigner> {
  const create = new CreateKeyCommand({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
  const keyArn = (await kms.send(create)).KeyMetadata?.Arn ?? '';
  const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId: keyArn }));
  const publicKey = createPublicKey({ key: Buffer.from(PublicKey ?? []), format: 'der', type: 'spki' });
  return { signer: kmsReceiptSigner(kms, keyArn), publicKey };
}
