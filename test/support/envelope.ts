// Builders and arbitraries of everything the envelope takes. Deterministic: the same seed gives the same keys.

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import type { FieldPlace } from '../../vault/domain/envelope/associated-data.ts';
import {
  type BundlePlace,
  bundleEntropyBytes,
  type FreshBundle,
  openFromBundle,
  sealBundle,
} from '../../vault/domain/envelope/bundle.ts';
import { INNER_WRAP_BYTES } from '../../vault/domain/envelope/field.ts';
import { parseRef, type Ref } from '../../vault/domain/envelope/ref.ts';

/** Bytes that look random and are the same for the same seed. Never for anything but tests. */
export function bytesFrom(seed: string, length: number): Buffer {
  return createHash('shake256', { outputLength: length }).update(seed).digest();
}

export interface BundleRecipe {
  place?: BundlePlace;
  jsons?: readonly string[];
  subjectTag?: Buffer | undefined;
  seed?: string;
}

export const A_PLACE: BundlePlace = { app: 'support-bot', slot: 1_780_000_000, expiresAtS: 1_780_086_400 };

/** A fresh bundle, by default of one field without a subject. */
export function aBundle({ place = A_PLACE, jsons = ['"x"'], subjectTag, seed = 'a bundle' }: BundleRecipe = {}) {
  return sealBundle(place, jsons, subjectTag, bytesFrom(seed, bundleEntropyBytes(jsons.length)));
}

/** One field with all that is needed to open it. */
export interface SealedCase {
  ciphertext: Buffer;
  innerWrap: Buffer;
  token: string;
  ref: Ref;
  place: FieldPlace;
}

/** Field `index` of a bundle, apart from its neighbours. */
export function fieldOf(bundle: FreshBundle, index = 0): SealedCase {
  const token = present(bundle.tokens[index]);
  const ref = present(parseRef(token));
  const { refId, hasSubject } = ref;
  return {
    ciphertext: present(bundle.ciphertexts[index]),
    innerWrap: innerWrapOf(bundle, index),
    token,
    ref,
    place: { app: bundle.app, slot: bundle.slot, expiresAtS: bundle.expiresAtS, refId, index, hasSubject },
  };
}

export function innerWrapOf(bundle: FreshBundle, index: number): Buffer {
  return bundle.innerWraps.subarray(index * INNER_WRAP_BYTES, (index + 1) * INNER_WRAP_BYTES);
}

/** Opens field `index` the way a reader does: from its token. */
export function openToken(bundle: FreshBundle, index: number): string | undefined {
  const { ciphertext, ref } = fieldOf(bundle, index);
  return openFromBundle(bundle, ciphertext, bundle.innerWraps, ref);
}

/** The value, or a failed test when there is none. */
export function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('expected a value');
  return value;
}

/** A copy with one bit changed; bit 0 is the highest of the first byte. */
export function withBitFlipped(bytes: Buffer, bit: number): Buffer {
  const out = Buffer.from(bytes);
  const at = bit >> 3;
  out.writeUInt8(out.readUInt8(at) ^ (0x80 >> (bit & 7)), at);
  return out;
}

/** The numbers 0 to `count` - 1. */
export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

const aTime = () => fc.integer({ min: 0, max: 4_102_444_800 });
const anApp = () => fc.stringMatching(/^[a-z][a-z0-9-]{0,30}$/);

export function arbitraryPlace(): fc.Arbitrary<BundlePlace> {
  return fc.record({ app: anApp(), slot: aTime(), expiresAtS: aTime() });
}

/** Any JSON text: as JSON.stringify writes it, and with the white space that JSON allows. */
export function arbitraryJson(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.json({ stringUnit: 'binary' }),
    fc.jsonValue().map((value) => JSON.stringify(value, null, 2)),
    fc.string({ unit: 'binary', maxLength: 300 }).map((text) => JSON.stringify(text)),
  );
}

export function arbitraryTag(): fc.Arbitrary<Buffer | undefined> {
  return fc.option(
    fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
    { nil: undefined },
  );
}

/** A fresh bundle of 1 to `maxFields` fields, with what went in. */
export function arbitraryBundle(maxFields = 4): fc.Arbitrary<{ bundle: FreshBundle; jsons: string[] }> {
  return fc
    .record({
      place: arbitraryPlace(),
      jsons: fc.array(arbitraryJson(), { minLength: 1, maxLength: maxFields }),
      subjectTag: arbitraryTag(),
      seed: fc.string(),
    })
    .map((recipe) => ({ bundle: aBundle(recipe), jsons: recipe.jsons }));
}
