// What KMS takes at most, checked before it is asked: it would refuse, but not say which limit.

import { DaykeyError } from '../domain/errors.ts';
import { MAX_WRAP_BYTES } from './app-kek.ts';

/** What one Decrypt takes, in bytes (AWS KMS API reference, Decrypt). */
const MAX_BLOB_BYTES = 6144;

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
