// Blobs in memory, with signed URLs and the conditions of S3. For tests, benches and the testing kit.

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { blobObjectKey, blobPrefixes } from '../domain/blob-object.ts';
import type { BlobDownloads, BlobRemover, BlobUploads } from '../ports/blob-store.ts';
import { type Clock, secondsOf } from '../ports/clock.ts';

/** One request to the store. */
export interface StoreRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** In lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

export interface StoreAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** All three ports, and the store that their URLs lead to. */
export interface MemoryBlobs extends BlobUploads, BlobDownloads, BlobRemover {
  serve(request: StoreRequest): StoreAnswer;
  /** The objects by key. */
  readonly objects: Map<string, Buffer>;
}

const NOTHING = Buffer.alloc(0);

/** @param origin where the store listens. Asked for when the first URL is signed. */
export function memoryBlobStore(clock: Clock, origin: () => Promise<string>): MemoryBlobs {
  const objects = new Map<string, Buffer>();
  const secret = randomBytes(32);
  const macOf = (...parts: readonly string[]) => createHmac('sha256', secret).update(parts.join('\n')).digest();
  const signed = async (method: string, key: string, seconds: number, bytes: string) => {
    const until = String(secondsOf(clock()) + seconds);
    const mac = macOf(method, key, until, bytes).toString('hex');
    return `${await origin()}/${key}?until=${until}&mac=${mac}`;
  };

  function isSigned({ method, headers }: StoreRequest, key: string, query: URLSearchParams): boolean {
    const until = query.get('until') ?? '';
    const bytes = method === 'PUT' ? (headers['content-length'] ?? '') : '';
    const given = Buffer.from(query.get('mac') ?? '', 'hex');
    const right = macOf(method, key, until, bytes);
    return given.length === right.length && timingSafeEqual(given, right) && secondsOf(clock()) < Number(until);
  }

  return {
    objects,
    async uploadTo(blob, bytes, seconds) {
      const url = await signed('PUT', blobObjectKey(blob), seconds, String(bytes));
      return { url, headers: { 'content-length': String(bytes), 'if-none-match': '*' } };
    },
    downloadFrom: (blob, seconds) => signed('GET', blobObjectKey(blob), seconds, ''),
    async remove(blobs) {
      for (const blob of blobs) objects.delete(blobObjectKey(blob));
    },
    async removeAll(app) {
      const prefixes = blobPrefixes(app);
      for (const key of objects.keys()) if (prefixes.some((prefix) => key.startsWith(prefix))) objects.delete(key);
    },
    serve(request) {
      const { pathname, searchParams } = new URL(request.target, 'http://store.invalid');
      const key = pathname.slice(1);
      if (!isSigned(request, key, searchParams)) return answer(403);
      const object = objects.get(key);
      if (request.method === 'GET') return object ? part(object, request.headers.range) : answer(404);
      // The URL is signed for this header, as S3's are.
      if (request.headers['if-none-match'] !== '*') return answer(403);
      if (object) return answer(412);
      if (String(request.body.length) !== request.headers['content-length']) return answer(400);
      objects.set(key, request.body);
      return answer(200);
    },
  };
}

function part(object: Buffer, range: string | undefined): StoreAnswer {
  const [, first = '', last = ''] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
  if (first === '') return { status: 200, headers: {}, body: object };
  const [start, end] = [Number(first), Math.min(Number(last) + 1, object.length)];
  if (start >= end) return answer(416);
  const headers = { 'content-range': `bytes ${start}-${end - 1}/${object.length}` };
  return { status: 206, headers, body: object.subarray(start, end) };
}

function answer(status: number): StoreAnswer {
  return { status, headers: {}, body: NOTHING };
}
