// Nothing that was changed opens: not by one bit, not by one byte more or less.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FieldPlace } from '../../../../../vault/domain/envelope/associated-data.ts';
import { openField } from '../../../../../vault/domain/envelope/field.ts';
import {
  aBundle,
  arbitraryJson,
  arbitraryPlace,
  fieldOf,
  type SealedCase,
  secretsOf,
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
      seed: fc.string(),
    })
    .map((recipe) => fieldOf(aBundle(recipe)));

/** One part of a sealed field that is another; a changed ref KEK gives other secrets. */
type Change = Partial<Pick<SealedCase, 'stored' | 'innerWrap' | 'place' | 'secrets'>>;

function open(sealed: SealedCase, changes: Change): string | undefined {
  const { stored, innerWrap, secrets, place } = { ...sealed, ...changes };
  return openField(stored, innerWrap, secrets, place);
}

/** The indices of those changes that still open; a claim holds when there are none. */
function opening(sealed: SealedCase, changes: readonly Change[]): number[] {
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
  const claims: [title: string, changes: (sealed: SealedCase) => Change[]][] = [
    ['M31: any bit of the sealed field', ({ stored }) => flips(stored).map((it) => ({ stored: it }))],
    ['M31: any bit of the inner wrap', ({ innerWrap }) => flips(innerWrap).map((it) => ({ innerWrap: it }))],
    [
      'M31: any bit of the ref KEK',
      ({ ref }) => flips(ref.refKek).map((refKek) => ({ secrets: secretsOf({ ...ref, refKek }) })),
    ],
    ['M2: a sealed field cut anywhere', ({ stored }) => cuts(stored).map((it) => ({ stored: it }))],
    ['M18: an inner wrap cut anywhere', ({ innerWrap }) => cuts(innerWrap).map((it) => ({ innerWrap: it }))],
    [
      'M17: a sealed field with one byte more',
      ({ stored }) => upTo(256).map((byte) => ({ stored: Buffer.concat([stored, Buffer.of(byte)]) })),
    ],
    [
      'M18: an inner wrap with one byte more',
      ({ innerWrap }) => upTo(256).map((byte) => ({ innerWrap: Buffer.concat([innerWrap, Buffer.of(byte)]) })),
    ],
    ['M31: any bit of the app', ({ place }) => asciiFlips(place.app).map((app) => at(place, { app }))],
    ['M31: any bit of the slot', ({ place }) => secondsFlips(place.slot).map((slot) => at(place, { slot }))],
    [
      'M31: any bit of the creation time',
      ({ place }) => secondsFlips(place.createdAtS).map((createdAtS) => at(place, { createdAtS })),
    ],
    [
      'M31: any bit of the wrap key',
      ({ secrets }) => flips(secrets.wrapKey).map((wrapKey) => ({ secrets: { ...secrets, wrapKey } })),
    ],
    [
      'M31: any bit of the possession tag that the reader derives',
      ({ secrets }) =>
        flips(secrets.possessionTag).map((possessionTag) => ({ secrets: { ...secrets, possessionTag } })),
    ],
    ['M31: any bit of the index', ({ place }) => upTo(8).map((bit) => at(place, { index: place.index ^ (1 << bit) }))],
    [
      'M31: any bit of the ref ID, which holds the expiry',
      ({ place }) => flips(place.refId).map((refId) => at(place, { refId })),
    ],
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

test('M31: an app whose name only begins or ends like the right one does not open', () => {
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

function at(place: FieldPlace, change: Partial<FieldPlace>): Change {
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
