// Builders of stored bundles: random bytes of the right shape, with named defaults.

import { randomBytes } from 'node:crypto';
import type { BundleKey, Expired, Removed, StoredBundle } from '../../../vault/ports/bundle-store.ts';

/** Now, in the tests of stores, in seconds since 1970. */
export const NOW_S = 1_800_000_000;

/** A bundle of three fields that expires an hour from {@link NOW_S}, under its own tag and ID. */
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

/** Only its address. */
export function keyOf({ app, tag, id }: BundleKey): BundleKey {
  return { app, tag, id };
}

/** Its entry in the expiry index. */
export function indexEntry(bundle: StoredBundle): Expired {
  return { key: keyOf(bundle), expiresAtS: bundle.expiresAtS };
}

/** What the removal of the whole bundle counts. */
export function removal(bundle: StoredBundle): Removed {
  return { fields: bundle.fields.size, bundles: new Map([[bundle.slot, 1]]) };
}
