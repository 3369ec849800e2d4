// The encryption context of the app KEK call: bound by KMS to the blob, and judged by the key's policy.

import { type KeyHolder, poolOf } from '../kek-life/holder.ts';
import { FORMAT_VERSION } from './associated-data.ts';

/** `v` in every encryption context: the format version. */
export const CONTEXT_VERSION = `${FORMAT_VERSION}` as const;

/** Every key of an encryption context; a key's policy refuses more and fewer. */
export const CONTEXT_KEYS = ['v', 'app', 'pool', 'slot', 'b', 'x'] as const;

/**
 * Version, app, pool, slot, bundle ID and expiry bucket, as text. CloudTrail shows it in plaintext, so it holds no subject,
 * user or field name.
 */
export type WrapContext = Readonly<Record<(typeof CONTEXT_KEYS)[number], string>>;

/**
 * The encryption context of a bundle of an app.
 *
 * @param bundleId as text; what is no bundle ID can never be mistaken for a bundle.
 * @param bucket where the bundle's expiry lies: {@link bucketAt}.
 */
export function wrapContext(
  app: string,
  { holder, slot }: { readonly holder: KeyHolder; readonly slot: number },
  bundleId: string,
  bucket: number,
): WrapContext {
  return { v: CONTEXT_VERSION, app, pool: String(poolOf(holder)), slot: String(slot), b: bundleId, x: String(bucket) };
}
