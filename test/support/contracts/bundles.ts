// Builders of stored bundles: random bytes of the right shape, with named defaults.

import { randomBytes } from 'node:crypto';
import {
  type BundleKey,
  type BundleReaper,
  type Due,
  type DueBundle,
  type Removed,
  SHARDS,
  type StoredBundle,
  shardOf,
  type WantedFields,
} from '../../../vault/ports/bundle-store.ts';
import { collected } from '../simulation-network.ts';

/** Now, in the tests of stores, in seconds since 1970. */
export const NOW_S = 1_800_000_000;

/** A bundle of three fields that expires an hour from {@link NOW_S}, with an ID that no other has. */
export function aBundle(overrides: Partial<StoredBundle> = {}): StoredBundle {
  return {
    app: 'shop',
    pool: 'own',
    id: randomBytes(15).toString('base64url'),
    slot: NOW_S - 600,
    expiresAtS: NOW_S + 3600,
    createdAtS: NOW_S,
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

/** All of its fields. */
export function wanted(bundle: StoredBundle): WantedFields {
  return { ...keyOf(bundle), indexes: new Set(bundle.fields.keys()) };
}

/** The bundle as the sweeper sees it. */
export function dueBundle({ app, pool, slot, expiresAtS, id }: StoredBundle): DueBundle {
  return { kind: 'bundle', shard: shardOf(id), row: `${expiresAtS}#${app}#${id}`, app, pool, slot, dueAtS: expiresAtS };
}

/** Everything that is due, in these shards. */
export async function dueAt(
  reaper: Pick<BundleReaper, 'due'>,
  nowS: number,
  shards: Iterable<number> = Array(SHARDS).keys(),
): Promise<Due[]> {
  const pages = Array.from(shards, (shard) => collected(reaper.due(shard, nowS)));
  return (await Promise.all(pages)).flat(2);
}

/** What the removal of the whole bundle counts. */
export function removal(bundle: StoredBundle): Removed {
  return { fields: bundle.fields.size, bundles: [{ pool: bundle.pool, slot: bundle.slot, count: 1 }] };
}
