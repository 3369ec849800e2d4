// Fields of one request share a bundle for as long as it stays an item that DynamoDB stores in one write.

import { expect, test } from 'vitest';
import { PAD_TO_BYTES } from '../../../../vault/domain/envelope/padding.ts';
import { MAX_BUNDLE_BYTES } from '../../../../vault/ports/bundle-store.ts';
import { bundlesBySize, type NamedJson } from '../../../../vault/usecases/bundles-by-size.ts';

// Possession tag 16, content type 1, commitment 32, nonce 12, tag 16; wrapped DEK 60; key in the map 16; at most one pad.
const A_FIELD_BYTES = 16 + 1 + 32 + 12 + 16 + 60 + 16 + PAD_TO_BYTES;
const ROOM_BYTES = MAX_BUNDLE_BYTES - 1024;

const field = (name: string, bytes: number): NamedJson => [name, 'x'.repeat(bytes)];
const names = (bundles: NamedJson[][]) => bundles.map((bundle) => bundle.map(([name]) => name));

test('no fields need no bundle', () => {
  expect(bundlesBySize([])).toEqual([]);
});

test('64 fields share a bundle, in their order, and the next one begins another', () => {
  const fields = Array.from({ length: 129 }, (_, at) => field(`f${at}`, 1));
  const bundles = bundlesBySize(fields);
  expect(bundles.map(({ length }) => length)).toEqual([64, 64, 1]);
  expect(bundles.flat()).toEqual(fields);
});

test('fields share a bundle that they fill to the last byte', () => {
  const rest = ROOM_BYTES - 3 * A_FIELD_BYTES - 2000;
  expect(names(bundlesBySize([field('a', 1000), field('b', 1000), field('c', rest)]))).toEqual([['a', 'b', 'c']]);
  expect(names(bundlesBySize([field('a', 1000), field('b', 1000), field('c', rest + 1)]))).toEqual([['a', 'b'], ['c']]);
});

test('a bundle that is begun has room for what fits beside its first field', () => {
  const half = Math.floor(ROOM_BYTES / 2) - A_FIELD_BYTES;
  const fields = ['a', 'b', 'c', 'd'].map((name) => field(name, half));
  expect(names(bundlesBySize(fields))).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ]);
});

test('sizes are bytes of UTF-8', () => {
  const rest = ROOM_BYTES - 2 * A_FIELD_BYTES;
  expect(names(bundlesBySize([['a', 'é'.repeat(1000)], field('b', rest - 2000)]))).toEqual([['a', 'b']]);
  expect(names(bundlesBySize([['a', 'é'.repeat(1000)], field('b', rest - 1999)]))).toEqual([['a'], ['b']]);
});
