// The associated data says where a field belongs, and says it in one way only.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { associatedData, type FieldPlace, type Layer } from '../../../../../vault/domain/envelope/associated-data.ts';

const aTime = () => fc.oneof(fc.integer({ min: 0, max: 300 }), fc.maxSafeNat());
// Names made of what could pass for lengths, flags and digits.
const aName = () =>
  fc.string({ unit: fc.constantFrom('\0', '\u0001', '\u0016', '\u0080', 'a', '1', 'é'), maxLength: 40 });
const aLayer = () => fc.constantFrom<Layer>('daykey/v1/value', 'daykey/v1/dek');
const aPlace = (): fc.Arbitrary<FieldPlace> =>
  fc.record({
    app: aName(),
    slot: aTime(),
    expiresAtS: aTime(),
    refId: fc.uint8Array({ minLength: 22, maxLength: 22 }).map((bytes) => Buffer.from(bytes)),
    index: fc.integer({ min: 0, max: 63 }),
    hasSubject: fc.boolean(),
  });

test('M13: the bytes are the documented ones, and nothing is lost in them', () => {
  fc.assert(
    fc.property(aLayer(), aPlace(), (layer, place) => {
      expect(decoded(associatedData(layer, place))).toEqual({ layer, place, version: 1, suite: 1, contentType: 1 });
    }),
  );
});

test('M14: two different places or layers never have the same bytes', () => {
  fc.assert(
    fc.property(
      aLayer(),
      aPlace(),
      aLayer(),
      fc.record(partsOf(aPlace()), { requiredKeys: [] }),
      (layer, place, other, change) => {
        const changed = { ...place, ...change };
        const same = layer === other && describePlace(place) === describePlace(changed);
        expect(associatedData(layer, place).equals(associatedData(other, changed))).toBe(same);
      },
    ),
    { numRuns: 1000 },
  );
});

test('M14: what would not fit its place is refused, not cut', () => {
  const place: FieldPlace = { app: 'a', slot: 1, expiresAtS: 2, refId: Buffer.alloc(22), index: 0, hasSubject: false };
  const wrong: Partial<FieldPlace>[] = [
    { app: 'a'.repeat(65_536) },
    { slot: -1 },
    { slot: 1.5 },
    { expiresAtS: -1 },
    { expiresAtS: Number.NaN },
    { index: -1 },
    { index: 256 },
  ];
  for (const change of wrong) {
    expect(() => associatedData('daykey/v1/value', { ...place, ...change })).toThrow(RangeError);
  }
  expect(() => associatedData('daykey/v1/value', { ...place, slot: 1.5 })).toThrow('a whole number of seconds');
});

function partsOf(place: fc.Arbitrary<FieldPlace>) {
  return {
    app: place.map(({ app }) => app),
    slot: place.map(({ slot }) => slot),
    expiresAtS: place.map(({ expiresAtS }) => expiresAtS),
    refId: place.map(({ refId }) => refId),
    index: place.map(({ index }) => index),
    hasSubject: place.map(({ hasSubject }) => hasSubject),
  };
}

function describePlace({ app, slot, expiresAtS, refId, index, hasSubject }: FieldPlace): string {
  return JSON.stringify([app, slot, expiresAtS, refId.toString('hex'), index, hasSubject]);
}

/** Reads the bytes by the table of the format, so that a second encoding of a place would show. */
function decoded(bytes: Buffer) {
  const l = bytes.readUInt16BE(0);
  expect([0, 0x80]).toContain(bytes.readUInt8(4 + l));
  expect(bytes.readUInt16BE(6 + l)).toBe(22);
  expect(bytes.length).toBe(49 + l + bytes.readUInt16BE(47 + l));
  return {
    layer: bytes.toString('utf8', 2, 2 + l),
    version: bytes.readUInt8(2 + l),
    suite: bytes.readUInt8(3 + l),
    contentType: bytes.readUInt8(5 + l),
    place: {
      hasSubject: bytes.readUInt8(4 + l) === 0x80,
      refId: bytes.subarray(8 + l, 30 + l),
      index: bytes.readUInt8(30 + l),
      expiresAtS: Number(bytes.readBigUInt64BE(31 + l)),
      slot: Number(bytes.readBigUInt64BE(39 + l)),
      app: bytes.toString('utf8', 49 + l),
    },
  };
}
