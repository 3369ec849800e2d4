// The app KEK as a KMS key: one Encrypt a bundle, one Decrypt a bundle.

import { DecryptCommand, EncryptCommand, type KMSClient } from '@aws-sdk/client-kms';
import { DaykeyError } from '../domain/errors.ts';
import { type AppKek, MAX_WRAP_BYTES } from '../ports/app-kek.ts';
import { KMS_MISMATCHES, KMS_REFUSALS, translating } from './aws-errors.ts';

/** What one Decrypt takes, in bytes (AWS KMS API reference, Decrypt). */
export const MAX_BLOB_BYTES = 6144;

/** An {@link AppKek} on KMS. `wrap` needs `kms:Encrypt`, `unwrap` needs `kms:Decrypt`, both from the key's own policy. */
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
      // The key comes from the ring, never from the blob: KMS then refuses a blob of any other key.
      const request = new DecryptCommand({ KeyId: slot.keyArn, CiphertextBlob: wrapped, EncryptionContext: context });
      const expected = { ...KMS_REFUSALS, ...KMS_MISMATCHES };
      const { Plaintext } = await translating('unwrap under an app KEK', expected, () => kms.send(request));
      return bytesOf(Plaintext);
    },
  };
}

/** @throws DaykeyError `too-large` for what KMS would refuse anyway. */
export function checkWrapSize(innerWraps: Buffer): void {
  if (innerWraps.length > MAX_WRAP_BYTES) {
    throw new DaykeyError('too-large', `an app KEK wraps at most ${MAX_WRAP_BYTES} bytes, got ${innerWraps.length}`);
  }
}

/** @throws DaykeyError `app-kek-mismatch` for a blob that KMS cannot have made. */
export function checkBlobSize(wrapped: Buffer): void {
  if (wrapped.length < 1 || wrapped.length > MAX_BLOB_BYTES) {
    throw new DaykeyError('app-kek-mismatch', `a KMS blob is 1 to ${MAX_BLOB_BYTES} bytes, got ${wrapped.length}`);
  }
}

/** A view, not a copy: who zero-fills it leaves none behind. */
function bytesOf(bytes: Uint8Array | undefined): Buffer {
  if (bytes === undefined) throw new Error('KMS answered without bytes');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
