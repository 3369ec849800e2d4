// Limits of KMS, checked before a call: KMS refuses too, but does not say which limit was exceeded.

import { DaykeyError } from '../domain/errors.ts';
import { MAX_WRAP_BYTES } from './app-kek.ts';

/** Most bytes of a blob (AWS KMS API reference, Decrypt). */
const MAX_WRAPPED_BYTES = 6144;

/** @throws DaykeyError `too-large` for more bytes than one call wraps. */
export function checkWrapSize(innerWraps: Buffer): void {
  if (innerWraps.length > MAX_WRAP_BYTES) {
    throw new DaykeyError('too-large', `an app KEK wraps at most ${MAX_WRAP_BYTES} bytes, got ${innerWraps.length}`);
  }
}

/** @throws DaykeyError `app-kek-mismatch` for a blob of a size that KMS never returns. */
export function checkBlobSize(wrapped: Buffer): void {
  if (wrapped.length < 1 || wrapped.length > MAX_WRAPPED_BYTES) {
    throw new DaykeyError('app-kek-mismatch', `a KMS blob has 1 to ${MAX_WRAPPED_BYTES} bytes, got ${wrapped.length}`);
  }
}
