// A sealed field opens with its own ref and no other, and two seals have nothing in common.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aesKey, gcmOpen, NONCE_BYTES } from '../../../../../vault/domain/envelope/aes-gcm.ts';
import { associatedData } from '../../../../../vault/domain/envelope/associated-data.ts';
import { bundleEntropyBytes, sealBundle } from '../../../../../vault/domain/envelope/bundle.ts';
import { deriveFromDek, deriveFromRefKek } from '../../../../../vault/domain/envelope/derive.ts';
import { FIELD_ENTROPY_BYTES } from '../../../../../vault/domain/envelope/field.ts';
import { BUNDLE_ID_BYTES } from '../../../../../vault/domain/envelope/ref.ts';
import { MAX_FIELDS } from '../../../../../wire/limits.ts';
import {
  A_PLACE,
  aBundle,
  arbitraryBundle,
  arbitraryJson,
  bytesFrom,
  fieldOf,
  openRef,
  openWith,
  present,
  upTo,
} from '../../../../support/envelope.ts';

const WINDOW_BYTES = 8;

describe('a sealed bundle', () => {
  test('every JSON text comes back as it went in, from every position', () => {
    fc.assert(
      fc.property(arbitraryBundle(8), ({ bundle, jsons }) => {
        expect(jsons.map((_, index) => openRef(bundle, index))).toEqual(jsons);
      }),
    );
  });

  test('M6: 1 to 64 fields seal, fewer or more are refused', () => {
    const jsons = upTo(MAX_FIELDS).map(String);
    const bundle = aBundle({ jsons });
    expect(jsons.map((_, index) => openRef(bundle, index))).toEqual(jsons);
    expect(() => aBundle({ jsons: [] })).toThrow('1 to 64 fields, got 0');
    expect(() => aBundle({ jsons: [...jsons, '64'] })).toThrow('1 to 64 fields, got 65');
  });

  test('M31: the ref of one field opens no other field', () => {
    fc.assert(
      fc.property(arbitraryBundle(5), ({ bundle, jsons }) => {
        for (const from of jsons.keys()) {
          for (const to of jsons.keys()) {
            if (from === to) continue;
            const { ref } = fieldOf(bundle, from);
            const { stored } = fieldOf(bundle, to);
            expect(openWith(ref, bundle, stored, bundle.innerWraps)).toBeUndefined();
            expect(openWith({ ...ref, index: to }, bundle, stored, bundle.innerWraps)).toBeUndefined();
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  test('M31: fields do not open in another bundle of the same app, slot and expiry', () => {
    fc.assert(
      fc.property(arbitraryJson(), (json) => {
        const [a, b] = [1, 2].map((n) => fieldOf(aBundle({ jsons: [json], seed: `bundle ${n}` })));
        for (const mix of upTo(16).map((n) => [n & 1, n & 2, n & 4, n & 8].map((bit) => present(bit ? b : a)))) {
          const [stored, innerWrap, refKek, refId] = mix.map(present);
          if (!stored || !innerWrap || !refKek || !refId) throw new Error('four of each mix');
          const ref = { ...refId.ref, refKek: refKek.ref.refKek };
          const opened = openWith(ref, A_PLACE, stored.stored, innerWrap.innerWrap);
          expect(opened).toBe(new Set(mix).size === 1 ? json : undefined);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('equal plaintexts share no run of eight bytes', () => {
    fc.assert(
      fc.property(arbitraryJson(), fc.string(), (json, seed) => {
        const jsons = upTo(6).map(() => json);
        const stored = [1, 2].flatMap((n) => {
          const bundle = aBundle({ jsons, seed: `${seed} ${n}` });
          return [...bundle.sealedFields, bundle.innerWraps];
        });
        const windows = stored.flatMap((bytes) =>
          upTo(bytes.length - WINDOW_BYTES + 1).map((at) => bytes.toString('hex', at, at + WINDOW_BYTES)),
        );
        expect(new Set(windows).size).toBe(windows.length);
      }),
      { numRuns: 30 },
    );
  });

  test('M27: no key and no plaintext is in what is stored', () => {
    const json = JSON.stringify('a value that is long enough to be found again');
    fc.assert(
      fc.property(fc.string(), (seed) => {
        const bundle = aBundle({ jsons: [json, json], seed });
        const entropy = bytesFrom(seed, bundleEntropyBytes(2));
        const stored = Buffer.concat([...bundle.sealedFields, bundle.refId]);
        for (const index of [0, 1]) {
          const { dek, refKek } = entropyOf(entropy, index);
          const secrets = [
            dek,
            refKek,
            deriveFromDek(dek, bundle.refId).key,
            deriveFromRefKek(refKek, bundle.refId, index).wrapKey,
            Buffer.from(json),
            fieldOf(bundle, index).innerWrap,
          ];
          expect(secrets.map((secret) => stored.includes(secret))).toEqual(secrets.map(() => false));
          expect(bundle.innerWraps.includes(dek) || bundle.innerWraps.includes(refKek)).toBe(false);
        }
      }),
    );
  });
});

describe('entropy', () => {
  test('M3: no key, nonce or ID of a bundle uses a byte that another one used', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: MAX_FIELDS }), fc.string(), (fields, seed) => {
        const jsons = upTo(fields).map(String);
        const entropy = bytesFrom(seed, bundleEntropyBytes(fields));
        const bundle = sealBundle(A_PLACE, jsons, Buffer.from(entropy));
        const used = jsons.flatMap((_, index) => {
          const { ref, secrets, place, innerWrap, stored } = fieldOf(bundle, index);
          const dek = present(gcmOpen(aesKey(secrets.wrapKey), innerWrap, associatedData('daykey/v2/dek', place)));
          return [dek, ref.refKek, innerWrap.subarray(0, NONCE_BYTES), stored.subarray(49, 49 + NONCE_BYTES)];
        });
        used.push(bundle.refId.subarray(4));
        const ranges = used.map((bytes) => ({ start: entropy.indexOf(bytes), length: bytes.length }));
        let end = 0;
        for (const { start, length } of ranges.toSorted((a, b) => a.start - b.start)) {
          expect(start).toBe(end);
          end += length;
        }
        expect(end).toBe(entropy.length);
      }),
      { numRuns: 30 },
    );
  });

  test('M4: is drawn in the documented order and amount', () => {
    const entropy = bytesFrom('order', 15 + 2 * 88);
    expect(bundleEntropyBytes(2)).toBe(entropy.length);
    const bundle = sealBundle(A_PLACE, ['1', '2'], Buffer.from(entropy));
    expect(bundle.refId.subarray(4)).toEqual(entropy.subarray(0, 15));
    for (const index of [0, 1]) {
      const { dek, refKek, valueNonce, dekNonce } = entropyOf(entropy, index);
      const { ref, secrets, place, innerWrap, stored } = fieldOf(bundle, index);
      expect(ref.refKek).toEqual(refKek);
      expect(innerWrap.subarray(0, 12)).toEqual(dekNonce);
      expect(stored.subarray(49, 61)).toEqual(valueNonce);
      expect(gcmOpen(aesKey(secrets.wrapKey), innerWrap, associatedData('daykey/v2/dek', place))).toEqual(dek);
    }
    for (const wrong of [entropy.length - 1, entropy.length + 1]) {
      expect(() => sealBundle(A_PLACE, ['1', '2'], Buffer.alloc(wrong))).toThrow('wrong amount of entropy');
    }
  });

  test('M5: is all zeros once the bundle is sealed', () => {
    fc.assert(
      fc.property(fc.array(arbitraryJson(), { minLength: 1, maxLength: 4 }), (jsons) => {
        const entropy = bytesFrom('spent', bundleEntropyBytes(jsons.length));
        sealBundle(A_PLACE, jsons, entropy);
        expect(entropy).toEqual(Buffer.alloc(entropy.length));
      }),
    );
  });

  test('M5: is all zeros when sealing throws half-way', () => {
    const entropy = bytesFrom('spent', bundleEntropyBytes(2));
    expect(() => sealBundle({ ...A_PLACE, slot: -1 }, ['1', '2'], entropy)).toThrow(RangeError);
    expect(entropy).toEqual(Buffer.alloc(entropy.length));
  });
});

/** What field `index` draws, by the offsets of the format. */
function entropyOf(entropy: Buffer, index: number) {
  const start = BUNDLE_ID_BYTES + index * FIELD_ENTROPY_BYTES;
  const part = (from: number, to: number) => entropy.subarray(start + from, start + to);
  return { dek: part(0, 32), refKek: part(32, 64), valueNonce: part(64, 76), dekNonce: part(76, 88) };
}
