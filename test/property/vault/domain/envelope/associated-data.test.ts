// The associated data says where a field belongs, and says it in one way only.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { associatedData, type FieldPlace, type Layer } from '../../../../../vault/domain/envelope/associated-data.ts';
import type { KeyPool } from '../../../../../vault/domain/kek-life/holder.ts';

const aTime = () => fc.oneof(fc.integer({ min: 0, max: 300 }), fc.maxSafeNat());
// Names made of characters that could be mistaken for lengths and digits.
const aName = () =>
  fc.string({ unit: fc.constantFrom('\0', '\u0001', '\u0013', '\u0080', 'a', '1', 'é'), maxLength: 40 });
const aLayer = () => fc.constantFrom<Layer>('daykey/v2/value', 'daykey/v2/dek');
const aPool = () => fc.oneof(fc.constant<KeyPool>('own'), fc.integer({ min: 0, max: 63 }));
const parts = {
  app: aName(),
  pool: aPool(),
  slot: aTime(),
  createdAtS: aTime(),
  refId: fc.uint8Array({ minLength: 19, maxLength: 19 }).map((bytes) => Buffer.from(bytes)),
  index: fc.integer({ min: 0, max: 63 }),
};
const aPlace = (): fc.Arbitrary<FieldPlace> => fc.record(parts);

test('M15: the bytes are the documented ones, and nothing is lost in them', () => {
  fc.assert(
    fc.property(aLayer(), aPlace(), (layer, place) => {
      expect(decoded(associatedData(layer, place))).toEqual({ layer, place, version: 2, suite: 1, contentType: 1 });
    }),
  );
});

test('M16: two different places or layers never have the same bytes', () => {
  fc.assert(
    fc.property(aLayer(), aPlace(), aLayer(), fc.record(parts, { requiredKeys: [] }), (layer, place, other, change) => {
      const changed = { ...place, ...change };
      const same = layer === other && describePlace(place) === describePlace(changed);
      expect(associatedData(layer, place).equals(associatedData(other, changed))).toBe(same);
    }),
    { numRuns: 1000 },
  );
});

test('M16: a value that does not fit its place is refused, not cut', () => {
  const place: FieldPlace = { app: 'a', pool: 'own', slot: 1, createdAtS: 2, refId: Buffer.alloc(19), index: 0 };
  const wrong: Partial<FieldPlace>[] = [
    { app: 'a'.repeat(65_536) },
    { slot: -1 },
    { slot: 1.5 },
    { createdAtS: -1 },
    { createdAtS: Number.NaN },
    { index: -1 },
    { index: 256 },
  ];
  for (const change of wrong) {
    expect(() => associatedData('daykey/v2/value', { ...place, ...change })).toThrow(RangeError);
  }
  expect(() => associatedData('daykey/v2/value', { ...place, slot: 1.5 })).toThrow('a whole number of seconds');
});

function describePlace({ app, pool, slot, createdAtS, refId, index }: FieldPlace): string {
  return JSON.stringify([app, pool, slot, createdAtS, refId.toString('hex'), index]);
}

/** Reads the bytes by the table of the format, so that a second encoding of a place would show. */
function decoded(bytes: Buffer) {
  const l = bytes.readUInt16BE(0);
  expect(bytes.readUInt16BE(5 + l)).toBe(19);
  const poolAt = 45 + l + bytes.readUInt16BE(43 + l);
  expect(bytes.length).toBe(poolAt + 2 + bytes.readUInt16BE(poolAt));
  const pool = bytes.toString('utf8', poolAt + 2);
  return {
    layer: bytes.toString('utf8', 2, 2 + l),
    version: bytes.readUInt8(2 + l),
    suite: bytes.readUInt8(3 + l),
    contentType: bytes.readUInt8(4 + l),
    place: {
      refId: bytes.subarray(7 + l, 26 + l),
      index: bytes.readUInt8(26 + l),
      createdAtS: Number(bytes.readBigUInt64BE(27 + l)),
      slot: Number(bytes.readBigUInt64BE(35 + l)),
      app: bytes.toString('utf8', 45 + l, poolAt),
      pool: pool === 'own' ? pool : Number(pool),
    },
  };
}
