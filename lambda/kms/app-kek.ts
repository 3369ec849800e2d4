// The app KEK as a KMS key: one Encrypt or one Decrypt per bundle.

import { DecryptCommand, EncryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import type { AppKek } from '../../vault/ports/app-kek.ts';
import { checkBlobSize, checkWrapSize } from '../../vault/ports/app-kek-limits.ts';
import { bufferOver } from '../aws/buffer-over.ts';
import { KMS_MISMATCHES, KMS_REFUSALS, translating } from '../aws/errors.ts';

/** An {@link AppKek} on KMS. `wrap` needs `kms:Encrypt`, `unwrap` needs `kms:Decrypt`; the key's policy grants them. */
export function kmsAppKek(kms: KMSClient): AppKek {
  return {
    async wrap(slot, context, innerWraps) {
      checkWrapSize(innerWraps);
      const request = new EncryptCommand({ KeyId: slot.keyArn, Plaintext: innerWraps, EncryptionContext: context });
      const { CiphertextBlob } = await translating('wrap under an app KEK', KMS_REFUSALS, () => kms.send(request));
      return bytesOf(CiphertextBlob);
    },

    async unwrap(slot, context, wrapped) {
      checkBlobSize(wrapped);
      // With the key of the ring named, KMS refuses a blob of any other key.
      const request = new DecryptCommand({ KeyId: slot.keyArn, CiphertextBlob: wrapped, EncryptionContext: context });
      const expected = { ...KMS_REFUSALS, ...KMS_MISMATCHES };
      const { Plaintext } = await translating('unwrap under an app KEK', expected, () => kms.send(request));
      return bytesOf(Plaintext);
    },
  };
}

function bytesOf(bytes: Uint8Array | undefined): Buffer {
  if (bytes === undefined) throw new Error('KMS answered without bytes');
  return bufferOver(bytes);
}
