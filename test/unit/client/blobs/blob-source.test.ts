// Sources of blobs: how many bytes they have, whether they can be read twice, and what is refused.

import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { type BlobSource, sizedSource } from '../../../../client/blobs/blob-source.ts';

const BYTES = Buffer.from('some bytes');

async function lengths(source: BlobSource, size?: number): Promise<number[]> {
  const pieces: number[] = [];
  for await (const piece of sizedSource(source, size).pieces()) pieces.push(piece.byteLength);
  return pieces;
}

test.each<[what: string, source: BlobSource, size: number | undefined, isRepeatable: boolean]>([
  ['bytes', BYTES, 10, true],
  ['a Blob', new Blob([BYTES]), 10, true],
  ['no bytes', Buffer.alloc(0), 0, true],
  ['a stream', Readable.from([BYTES]), 10, false],
  ['an empty stream', Readable.from([]), 0, false],
])('the size of %s is known, and only a stream cannot be read twice', (_, source, size, isRepeatable) => {
  expect(sizedSource(source, size)).toMatchObject({ bytes: size, isRepeatable });
  if (isRepeatable) expect(sizedSource(source, undefined).bytes).toBe(size);
});

test('bytes come in pieces of 64 KB, and no piece is empty', async () => {
  expect(await lengths(Buffer.alloc(2 * 65_536))).toEqual([65_536, 65_536]);
  expect(await lengths(Buffer.alloc(65_537))).toEqual([65_536, 1]);
  expect(await lengths(Buffer.alloc(0))).toEqual([]);
});

describe('is refused, with what to change:', () => {
  const EXPECTED = 'bytes, a Blob or a stream is expected';
  test.each<[source: unknown, size: unknown, detail: string, path: string]>([
    [undefined, undefined, EXPECTED, 'source'],
    [null, undefined, EXPECTED, 'source'],
    ['a text', undefined, EXPECTED, 'source'],
    [{}, undefined, EXPECTED, 'source'],
    [Readable.from([]), undefined, 'the size of a stream is needed', 'size'],
    [Readable.from([]), -1, 'a number of bytes is expected', 'size'],
    [Readable.from([]), 0.5, 'a number of bytes is expected', 'size'],
    [Readable.from([]), '3', 'a number of bytes is expected', 'size'],
    [BYTES, 3, 'the source has another number of bytes', 'size'],
    [new Blob([BYTES]), 3, 'the source has another number of bytes', 'size'],
  ])('%o of size %j', (source, size, detail, path) => {
    expect(() => sizedSource(source as BlobSource, size as number)).toThrow(
      expect.objectContaining({ code: 'invalid-request', detail, paths: [path] }),
    );
  });

  test.each<[what: string, pieces: unknown[], detail: string, path: string]>([
    ['too few bytes', [BYTES.subarray(1)], 'the source has another number of bytes', 'size'],
    ['too many bytes', [BYTES, BYTES], 'the source has another number of bytes', 'size'],
    ['a text', ['some bytes'], 'the stream gives something else than bytes', 'source'],
  ])('a stream that gives %s', async (_, pieces, detail, path) => {
    await expect(lengths(Readable.from(pieces), 10)).rejects.toMatchObject({
      code: 'invalid-request',
      detail,
      paths: [path],
    });
  });
});
