// Builders of stored bundles: random bytes of the right shape, with named defaults.

import { randomBytes } from 'node:crypto';
import type { BundleKey, Expired, Removed, StoredBundle } from '../../../vault/ports/bundle-store.ts';

/** Now, in the tests of stores, in seconds since 1970. */
export const NOW_S = 1_800_000_000;

/** A bundle of three fields that expires an hour from {@link NOW_S}, with a subject and an ID that no other has. */
export function aBundle(overrides: Partial<StoredBundle> = {}): StoredBundle {
  return {
    app: 'shop',
    id: randomBytes(15).toString('base64url'),
    slot: NOW_S - 600,
    expiresAtS: NOW_S + 3600,
    createdAtS: NOW_S,
    subjectTag: aTag(),
    wrapped: randomBytes(180),
    fields: new Map([0, 1, 2].map((index) => [index, randomBytes(80)])),
    ...overrides,
  };
}

/** A subject's tag that no other bundle has. */
export function aTag(): string {
  return randomBytes(16).toString('base64url');
}

/** Only its address. */
export function keyOf({ app, expiresAtS, id }: BundleKey): BundleKey {
  return { app, expiresAtS, id };
}

/** The bundle as the sweeper sees it. */
export function indexEntry({ app, expiresAtS, id }: StoredBundle): Expired {
  return { kind: 'bundle', app, dueAtS: expiresAtS, id };
}

/** What the removal of the whole bundle counts. */
export function removal(bundle: StoredBundle): Removed {
  return { fields: bundle.fields.size, bundles: new Map([[bundle.slot, 1]]) };
}
