// What a blob is made from: bytes in memory, or a stream of which the size is known.

import { invalidRequest } from '../sdk/problem.ts';

/** Bytes to seal. A stream is read once, piece by piece. */
export type BlobSource = Uint8Array | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** A source that can be read. */
export interface SizedSource {
  readonly bytes: number;
  /** Whether it can be read more than once: a failed upload of anything else cannot be tried again. */
  readonly isRepeatable: boolean;
  /** The bytes in pieces. @throws DaykeyProblem `invalid-request` unless there are exactly `bytes` of them. */
  pieces(): AsyncIterable<Uint8Array>;
}

const PIECE_BYTES = 64 * 1024;

/** @param size bytes of a stream. @throws DaykeyProblem `invalid-request`. */
export function sizedSource(source: BlobSource, size: number | undefined): SizedSource {
  if (source instanceof Uint8Array) {
    return sized(source.byteLength, size, true, () => slices(source));
  }
  if (source instanceof Blob) return sized(source.size, size, true, () => source.stream());
  if (typeof source !== 'object' || source === null || !(Symbol.asyncIterator in source)) {
    throw invalidRequest('bytes, a Blob or a stream is expected', ['source']);
  }
  if (size === undefined) throw invalidRequest('the size of a stream is needed', ['size']);
  return sized(size, size, false, () => source);
}

function sized(
  bytes: number,
  size: number | undefined,
  isRepeatable: boolean,
  read: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): SizedSource {
  if (!Number.isSafeInteger(bytes) || bytes < 0) throw invalidRequest('a number of bytes is expected', ['size']);
  if (size !== undefined && size !== bytes) throw wrongSize();
  return {
    bytes,
    isRepeatable,
    async *pieces() {
      let left = bytes;
      for await (const piece of read()) {
        if (!(piece instanceof Uint8Array))
          throw invalidRequest('the stream gives something else than bytes', ['source']);
        left -= piece.byteLength;
        if (left < 0) throw wrongSize();
        yield piece;
      }
      if (left > 0) throw wrongSize();
    },
  };
}

function* slices(bytes: Uint8Array): Iterable<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
}

function wrongSize() {
  return invalidRequest('the source has another number of bytes', ['size']);
}
