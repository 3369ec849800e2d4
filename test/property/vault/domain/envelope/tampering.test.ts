// Nothing that was changed opens: not by one bit, not by one byte more or less.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FieldPlace } from '../../../../../vault/domain/envelope/associated-data.ts';
import { openField } from '../../../../../vault/domain/envelope/field.ts';
import {
  aBundle,
  arbitraryJson,
  arbitraryPlace,
  arbitraryTag,
  fieldOf,
  type SealedCase,
  upTo,
  withBitFlipped,
} from '../../../../support/envelope.ts';

const FEW = { numRuns: 8 };
const WHOLE_SECONDS_BITS = 53;

const aField = () =>
  fc
    .record({
      place: arbitraryPlace(),
      jsons: fc.tuple(arbitraryJson().filter((json) => json.length < 200)),
      subjectTag: arbitraryTag(),
      seed: fc.string(),
    })
    .map((recipe) => fieldOf(aBundle(recipe)));

function open(sealed: SealedCase, changes: Partial<SealedCase> & { refKek?: Buffer }): string | undefined {
  const { ciphertext, innerWrap, place, ref } = { ...sealed, ...changes };
  return openField(ciphertext, innerWrap, changes.refKek ?? ref.refKek, place);
}

/** The indices of those changes that still open; a claim holds when there are none. */
function opening(sealed: SealedCase, changes: readonly (Partial<SealedCase> & { refKek?: Buffer })[]): number[] {
  expect(open(sealed, {})).toBeDefined();
  return [...changes.keys()].filter((i) => open(sealed, changes[i] ?? {}) !== undefined);
}

function flips(bytes: Buffer): Buffer[] {
  return upTo(bytes.length * 8).map((bit) => withBitFlipped(bytes, bit));
}

function cuts(bytes: Buffer): Buffer[] {
  return upTo(bytes.length).flatMap((length) => [bytes.subarray(0, length), bytes.subarray(bytes.length - length)]);
}

describe('a changed field does not open', () => {
  const claims: [title: string, changes: (sealed: SealedCase) => (Partial<SealedCase> & { refKek?: Buffer })[]][] = [
    ['M25: any bit of the sealed field', ({ ciphertext }) => flips(ciphertext).map((it) => ({ ciphertext: it }))],
    ['M25: any bit of the inner wrap', ({ innerWrap }) => flips(innerWrap).map((it) => ({ innerWrap: it }))],
    ['M25: any bit of the ref KEK', ({ ref }) => flips(ref.refKek).map((refKek) => ({ refKek }))],
    ['M2: a sealed field cut anywhere', ({ ciphertext }) => cuts(ciphertext).map((it) => ({ ciphertext: it }))],
    ['M16: an inner wrap cut anywhere', ({ innerWrap }) => cuts(innerWrap).map((it) => ({ innerWrap: it }))],
    [
      'M15: a sealed field with one byte more',
      ({ ciphertext }) => upTo(256).map((byte) => ({ ciphertext: Buffer.concat([ciphertext, Buffer.of(byte)]) })),
    ],
    [
      'M16: an inner wrap with one byte more',
      ({ innerWrap }) => upTo(256).map((byte) => ({ innerWrap: Buffer.concat([innerWrap, Buffer.of(byte)]) })),
    ],
    ['M25: any bit of the app', ({ place }) => asciiFlips(place.app).map((app) => at(place, { app }))],
    ['M25: any bit of the slot', ({ place }) => secondsFlips(place.slot).map((slot) => at(place, { slot }))],
    [
      'M25: any bit of the expiry',
      ({ place }) => secondsFlips(place.expiresAtS).map((expiresAtS) => at(place, { expiresAtS })),
    ],
    ['M25: any bit of the index', ({ place }) => upTo(8).map((bit) => at(place, { index: place.index ^ (1 << bit) }))],
    ['M25: any bit of the ref ID', ({ place }) => flips(place.refId).map((refId) => at(place, { refId }))],
    ['M8: the subject flag', ({ place }) => [at(place, { hasSubject: !place.hasSubject })]],
  ];

  test.each(claims)('%s', (_, changes) => {
    fc.assert(
      fc.property(aField(), (sealed) => {
        expect(opening(sealed, changes(sealed))).toEqual([]);
      }),
      FEW,
    );
  });
});

test('M25: an app whose name only begins or ends like the right one does not open', () => {
  fc.assert(
    fc.property(aField(), fc.string({ minLength: 1 }), (sealed, extra) => {
      const names = [sealed.place.app + extra, extra + sealed.place.app, sealed.place.app.slice(1)];
      expect(
        opening(
          sealed,
          names.map((app) => at(sealed.place, { app })),
        ),
      ).toEqual([]);
    }),
  );
});

function at(place: FieldPlace, change: Partial<FieldPlace>): Partial<SealedCase> {
  return { place: { ...place, ...change } };
}

function asciiFlips(text: string): string[] {
  // Seven bits a character: the eighth would not be text any more.
  return [...text].flatMap((char, i) =>
    upTo(7).map((bit) => text.slice(0, i) + String.fromCharCode(char.charCodeAt(0) ^ (1 << bit)) + text.slice(i + 1)),
  );
}

function secondsFlips(seconds: number): number[] {
  return upTo(WHOLE_SECONDS_BITS).map((bit) => Number(BigInt(seconds) ^ (1n << BigInt(bit))));
}
