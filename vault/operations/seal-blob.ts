// POST /seal-blob: from the size of a blob to a ref, a key and a URL that takes the encrypted blob.

import { MAX_BLOB_BYTES } from '../../wire/limits.ts';
import { type SealBlobResponse, sealBlobRequest } from '../../wire/seal-blob.ts';
import { DaykeyError } from '../domain/errors.ts';
import { rfc3339, secondsOfRfc3339 } from '../domain/instant.ts';
import { type SealBlobDeps, sealBlob } from '../usecases/seal-blob.ts';
import { checked } from './checked.ts';
import type { Handler } from './handler.ts';

/** Handler of /seal-blob. */
export function sealBlobHandler(deps: SealBlobDeps): Handler<SealBlobResponse> {
  return async (caller, body) => {
    const { bytes, ttlSeconds, notAfter, subject } = checked(sealBlobRequest, body);
    if (bytes > MAX_BLOB_BYTES) {
      throw new DaykeyError('too-large', `a blob has at most ${MAX_BLOB_BYTES} bytes`, { paths: ['bytes'] });
    }
    const { ref, proof, key, context, expiresAtS, upload, uploadUntilS } = await sealBlob(deps, caller, {
      bytes,
      ttlSeconds,
      notAfterS: notAfter === undefined ? undefined : secondsOfRfc3339(notAfter),
      subject,
    });
    const answer = {
      ref,
      proof,
      key: key.toString('base64url'),
      context: context.toString('base64url'),
      expiresAt: rfc3339(expiresAtS),
      upload: { url: upload.url, headers: upload.headers, expiresAt: rfc3339(uploadUntilS) },
    };
    key.fill(0);
    return { body: answer };
  };
}
