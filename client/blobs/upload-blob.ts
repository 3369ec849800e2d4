// Encrypts a blob and puts it into the store, a piece at a time.

import { randomBytes } from 'node:crypto';
import { MESSAGE_SALT_BYTES, newMessage, sealing } from '../../wire/cobblestone.ts';
import type { SealBlobResponse } from '../../wire/seal-blob.ts';
import { DaykeyProblem } from '../sdk/problem.ts';
import type { SizedSource } from './blob-source.ts';
import { putObject, type StoreOptions } from './object-store.ts';

export interface UploadOptions extends StoreOptions {
  readonly maxTries: number;
  pause(tries: number, signal: AbortSignal | undefined): Promise<void>;
  readonly onProgress: ((done: number, total: number) => void) | undefined;
}

/** Uploads the source. Tries again only if it can be read again. @throws DaykeyProblem. */
export async function uploadBlob(
  source: SizedSource,
  { key, context, upload }: Pick<SealBlobResponse, 'key' | 'context' | 'upload'>,
  options: UploadOptions,
): Promise<void> {
  const inputKey = Buffer.from(key, 'base64url');
  try {
    for (let tries = 1; ; tries += 1) {
      try {
        // A new salt for each try gives new keys: the source may have changed since the last one.
        const message = newMessage(inputKey, randomBytes(MESSAGE_SALT_BYTES), Buffer.from(context, 'base64url'));
        const outcome = await putObject(upload.url, upload.headers, sealedPieces(source, message, options), options);
        // An earlier try may have arrived although its answer did not.
        if (outcome === 'stored' || tries > 1) return;
        throw new DaykeyProblem('refused', 'the store has an object in the place of this blob already');
      } catch (error) {
        const isLast = !source.isRepeatable || tries >= options.maxTries;
        if (!(error instanceof DaykeyProblem) || !error.isTransient || isLast) throw error;
        await options.pause(tries, options.signal);
      }
    }
  } finally {
    inputKey.fill(0);
  }
}

async function* sealedPieces(
  source: SizedSource,
  message: ReturnType<typeof newMessage>,
  { onProgress }: Pick<UploadOptions, 'onProgress'>,
): AsyncIterable<Buffer> {
  const stream = sealing(message);
  let done = 0;
  for await (const piece of source.pieces()) {
    const sealed = Buffer.concat([...stream.push(piece)]);
    if (sealed.length > 0) yield sealed;
    done += piece.byteLength;
    onProgress?.(done, source.bytes);
  }
  yield Buffer.concat([...stream.end()]);
}
