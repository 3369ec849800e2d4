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
import { deriveFromRefKek, type RefSecrets } from '../../vault/domain/envelope/derive.ts';
import { INNER_WRAP_BYTES } from '../../vault/domain/envelope/field.ts';
import { MAX_EXPIRY_S, parseRef, type Ref } from '../../vault/domain/envelope/ref.ts';
import type { KeyPool } from '../../vault/domain/kek-life/holder.ts';
import { aCodePoint, anyText } from './texts.ts';

/** Bytes that look random and are the same for the same seed. Only for tests. */
export function bytesFrom(seed: string, length: number): Buffer {
  return createHash('shake256', { outputLength: length }).update(seed).digest();
}

export interface BundleRecipe {
  place?: BundlePlace;
  jsons?: readonly string[];
  seed?: string;
}

export const A_PLACE: BundlePlace = {
  app: 'support-bot',
  pool: 'own',
  slot: 1_780_000_000,
  createdAtS: 1_780_003_600,
  expiresAtS: 1_780_086_400,
};

/** A fresh bundle, by default of one field. */
export function aBundle({ place = A_PLACE, jsons = ['"x"'], seed = 'a bundle' }: BundleRecipe = {}): FreshBundle {
  return sealBundle(place, jsons, bytesFrom(seed, bundleEntropyBytes(jsons.length)));
}

/** One field with all that is needed to open it. */
export interface SealedCase {
  stored: Buffer;
  innerWrap: Buffer;
  /** The ref as its caller holds it, and what is in it. */
  text: string;
  ref: Ref;
  secrets: RefSecrets;
  place: FieldPlace;
}

/** Field `index` of a bundle, without its neighbours. */
export function fieldOf(bundle: FreshBundle, index = 0): SealedCase {
  const text = present(bundle.refs[index]);
  const ref = present(parseRef(text));
  const { app, pool, slot, createdAtS } = bundle;
  return {
    stored: present(bundle.sealedFields[index]),
    innerWrap: innerWrapOf(bundle, index),
    text,
    ref,
    secrets: secretsOf(ref),
    place: { app, pool, slot, createdAtS, refId: ref.refId, index },
  };
}

export function innerWrapOf(bundle: FreshBundle, index: number): Buffer {
  return bundle.innerWraps.subarray(index * INNER_WRAP_BYTES, (index + 1) * INNER_WRAP_BYTES);
}

/** What a reader derives from a ref. */
export function secretsOf({ refKek, refId, index }: Ref): RefSecrets {
  return deriveFromRefKek(refKek, refId, index);
}

/** Opens a stored field with a ref, as a reader does once KMS has answered. */
export function openWith(ref: Ref, place: BundlePlace, stored: Buffer, innerWraps: Buffer): string | undefined {
  return openFromBundle(place, stored, innerWraps, ref, secretsOf(ref));
}

/** Opens field `index` the way a reader does: from its ref. */
export function openRef(bundle: FreshBundle, index: number): string | undefined {
  const { stored, ref } = fieldOf(bundle, index);
  return openWith(ref, bundle, stored, bundle.innerWraps);
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

const aTime = () => fc.integer({ min: 0, max: MAX_EXPIRY_S });
const anApp = () => fc.stringMatching(/^[a-z][a-z0-9-]{0,30}$/);

const aPool = () => fc.oneof(fc.constant<KeyPool>('own'), fc.integer({ min: 0, max: 63 }));

export function arbitraryPlace(): fc.Arbitrary<BundlePlace> {
  return fc.record({ app: anApp(), pool: aPool(), slot: aTime(), createdAtS: aTime(), expiresAtS: aTime() });
}

/** Any JSON text: as JSON.stringify writes it, and with the white space that JSON allows. */
export function arbitraryJson(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.json({ stringUnit: aCodePoint }),
    fc.jsonValue().map((value) => JSON.stringify(value, null, 2)),
    anyText({ maxLength: 300 }).map((text) => JSON.stringify(text)),
  );
}

/** A fresh bundle of 1 to `maxFields` fields, with what went in. */
export function arbitraryBundle(maxFields = 4): fc.Arbitrary<{ bundle: FreshBundle; jsons: string[] }> {
  return fc
    .record({
      place: arbitraryPlace(),
      jsons: fc.array(arbitraryJson(), { minLength: 1, maxLength: maxFields }),
      seed: fc.string(),
    })
    .map((recipe) => ({ bundle: aBundle(recipe), jsons: recipe.jsons }));
}
