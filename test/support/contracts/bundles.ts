// Builders of stored bundles: worthless bytes of the right shape, with named defaults.

import { randomBytes } from 'node:crypto';
import type { BundleKey, Expired, Removed, StoredBundle } from '../../../vault/ports/bundle-store.ts';

/** An instant that every bundle's default expiry is counted from, in seconds. */
export const NOW_S = 1_800_000_000;

/** A bundle of three fields that expires an hour from {@link NOW_S}, under a tag and ID of its own. */
export function aBundle(overrides: Partial<StoredBundle> = {}): StoredBundle {
  return {
    app: 'shop',
    tag: randomBytes(8).toString('base64url'),
    id: randomBytes(14).toString('base64url'),
    slot: NOW_S - 600,
    expiresAtS: NOW_S + 3600,
    createdAtS: NOW_S,
    wrapped: randomBytes(180),
    fields: new Map([0, 1, 2].map((index) => [index, randomBytes(64)])),
    ...overrides,
  };
}

/** Its address alone. */
export function keyOf({ app, tag, id }: BundleKey): BundleKey {
  return { app, tag, id };
}

/** The bundle as the expiry index knows it. */
export function dueOf(bundle: StoredBundle): Expired {
  return { key: keyOf(bundle), expiresAtS: bundle.expiresAtS };
}

/** What goes when the whole bundle goes. */
export function wholeOf(bundle: StoredBundle): Removed {
  return { fields: bundle.fields.size, bundles: new Map([[bundle.slot, 1]]) };
}
