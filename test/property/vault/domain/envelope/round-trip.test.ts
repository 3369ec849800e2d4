// What is sealed opens again, with its own token and no other, and two seals have nothing in common.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aesKey, gcmOpen, NONCE_BYTES } from '../../../../../vault/domain/envelope/aes-gcm.ts';
import { associatedData } from '../../../../../vault/domain/envelope/associated-data.ts';
import { bundleEntropyBytes, openFromBundle, sealBundle } from '../../../../../vault/domain/envelope/bundle.ts';
import { deriveFromDek } from '../../../../../vault/domain/envelope/derive.ts';
import { FIELD_ENTROPY_BYTES } from '../../../../../vault/domain/envelope/field.ts';
import { REF_ID_BYTES } from '../../../../../vault/domain/envelope/ref.ts';
import { MAX_FIELDS } from '../../../../../wire/limits.ts';
import {
  A_PLACE,
  aBundle,
  arbitraryBundle,
  arbitraryJson,
  arbitraryTag,
  bytesFrom,
  fieldOf,
  openToken,
  present,
  upTo,
} from '../../../../support/envelope.ts';

const WINDOW_BYTES = 8;

describe('a sealed bundle', () => {
  test('every JSON text comes back as it went in, from every position', () => {
    fc.assert(
      fc.property(arbitraryBundle(8), ({ bundle, jsons }) => {
        expect(jsons.map((_, index) => openToken(bundle, index))).toEqual(jsons);
      }),
    );
  });

  test('M6: 1 to 64 fields seal, fewer or more are refused', () => {
    const jsons = upTo(MAX_FIELDS).map(String);
    const bundle = aBundle({ jsons });
    expect(jsons.map((_, index) => openToken(bundle, index))).toEqual(jsons);
    expect(() => aBundle({ jsons: [] })).toThrow('1 to 64 fields, got 0');
    expect(() => aBundle({ jsons: [...jsons, '64'] })).toThrow('1 to 64 fields, got 65');
  });

  test('M25: the token of one field opens no other field', () => {
    fc.assert(
      fc.property(arbitraryBundle(5), ({ bundle, jsons }) => {
        for (const from of jsons.keys()) {
          for (const to of jsons.keys()) {
            if (from === to) continue;
            const { ref } = fieldOf(bundle, from);
            const { ciphertext } = fieldOf(bundle, to);
            expect(openFromBundle(bundle, ciphertext, bundle.innerWraps, ref)).toBeUndefined();
            const moved = { ...ref, index: to };
            expect(openFromBundle(bundle, ciphertext, bundle.innerWraps, moved)).toBeUndefined();
          }
        }
      }),
      { numRuns: 40 },
    );
  });

  test('M25: fields do not open in another bundle of the same app, slot and expiry', () => {
    fc.assert(
      fc.property(arbitraryJson(), arbitraryTag(), (json, subjectTag) => {
        const [here, there] = [1, 2].map((n) => aBundle({ jsons: [json], subjectTag, seed: `bundle ${n}` }));
        const [a, b] = [fieldOf(present(here)), fieldOf(present(there))];
        const open = (ciphertext: Buffer, innerWrap: Buffer, refKek: Buffer, refId: Buffer) =>
          openFromBundle(A_PLACE, ciphertext, innerWrap, { ...a.ref, refKek, refId });
        for (const mix of upTo(16).map((n) => [n & 1, n & 2, n & 4, n & 8].map((bit) => (bit ? b : a)))) {
          const [of1, of2, of3, of4] = mix.map(present);
          if (!of1 || !of2 || !of3 || !of4) throw new Error('four of each mix');
          const opened = open(of1.ciphertext, of2.innerWrap, of3.ref.refKek, of4.ref.refId);
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
          return [...bundle.ciphertexts, bundle.innerWraps];
        });
        const windows = stored.flatMap((bytes) =>
          upTo(bytes.length - WINDOW_BYTES + 1).map((at) => bytes.toString('hex', at, at + WINDOW_BYTES)),
        );
        expect(new Set(windows).size).toBe(windows.length);
      }),
      { numRuns: 30 },
    );
  });

  test('M22: no key and no plaintext stands in what is stored', () => {
    const json = JSON.stringify('a value that is long enough to be found again');
    fc.assert(
      fc.property(fc.string(), arbitraryTag(), (seed, subjectTag) => {
        const bundle = aBundle({ jsons: [json, json], seed, subjectTag });
        const entropy = bytesFrom(seed, bundleEntropyBytes(2));
        const stored = Buffer.concat([...bundle.ciphertexts, bundle.refId]);
        for (const index of [0, 1]) {
          const { dek, refKek } = entropyOf(entropy, index);
          const secrets = [
            dek,
            refKek,
            deriveFromDek(dek, bundle.refId).key,
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
      fc.property(fc.integer({ min: 1, max: MAX_FIELDS }), arbitraryTag(), fc.string(), (fields, subjectTag, seed) => {
        const jsons = upTo(fields).map(String);
        const entropy = bytesFrom(seed, bundleEntropyBytes(fields));
        const bundle = sealBundle(A_PLACE, jsons, subjectTag, Buffer.from(entropy));
        const randomTag = bundle.refId.subarray(0, 8);
        const used = jsons.flatMap((_, index) => {
          const { ref, place, innerWrap, ciphertext } = fieldOf(bundle, index);
          const dek = present(gcmOpen(aesKey(ref.refKek), innerWrap, associatedData('daykey/v1/dek', place)));
          return [dek, ref.refKek, innerWrap.subarray(0, NONCE_BYTES), ciphertext.subarray(33, 33 + NONCE_BYTES)];
        });
        used.push(bundle.refId.subarray(8), ...(subjectTag ? [] : [randomTag]));
        const ranges = used.map((bytes) => ({ start: entropy.indexOf(bytes), length: bytes.length }));
        let end = subjectTag ? randomTag.length : 0;
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
    const entropy = bytesFrom('order', 22 + 2 * 88);
    expect(bundleEntropyBytes(2)).toBe(entropy.length);
    const bundle = sealBundle(A_PLACE, ['1', '2'], undefined, Buffer.from(entropy));
    expect(bundle.refId).toEqual(entropy.subarray(0, 22));
    for (const index of [0, 1]) {
      const { dek, refKek, valueNonce, dekNonce } = entropyOf(entropy, index);
      const { ref, place, innerWrap, ciphertext } = fieldOf(bundle, index);
      expect(ref.refKek).toEqual(refKek);
      expect(innerWrap.subarray(0, 12)).toEqual(dekNonce);
      expect(ciphertext.subarray(33, 45)).toEqual(valueNonce);
      expect(gcmOpen(aesKey(refKek), innerWrap, associatedData('daykey/v1/dek', place))).toEqual(dek);
    }
    for (const wrong of [entropy.length - 1, entropy.length + 1]) {
      expect(() => sealBundle(A_PLACE, ['1', '2'], undefined, Buffer.alloc(wrong))).toThrow('wrong amount of entropy');
    }
  });

  test('M5: is all zeros once the bundle is sealed', () => {
    fc.assert(
      fc.property(fc.array(arbitraryJson(), { minLength: 1, maxLength: 4 }), arbitraryTag(), (jsons, subjectTag) => {
        const entropy = bytesFrom('spent', bundleEntropyBytes(jsons.length));
        sealBundle(A_PLACE, jsons, subjectTag, entropy);
        expect(entropy).toEqual(Buffer.alloc(entropy.length));
      }),
    );
  });

  test('M5: is all zeros when sealing throws half-way', () => {
    const entropy = bytesFrom('spent', bundleEntropyBytes(2));
    expect(() => sealBundle({ ...A_PLACE, expiresAtS: -1 }, ['1', '2'], undefined, entropy)).toThrow(RangeError);
    expect(entropy).toEqual(Buffer.alloc(entropy.length));
  });
});

/** What field `index` draws, by the offsets of the format. */
function entropyOf(entropy: Buffer, index: number) {
  const start = REF_ID_BYTES + index * FIELD_ENTROPY_BYTES;
  const part = (from: number, to: number) => entropy.subarray(start + from, start + to);
  return { dek: part(0, 32), refKek: part(32, 64), valueNonce: part(64, 76), dekNonce: part(76, 88) };
}
