// The DynamoDB item of a bundle. Items are checked when they are read.

import { type BundleKey, type Expired, type StoredBundle, shardOf } from '../../vault/ports/bundle-store.ts';
import { VAULT_TABLE } from '../config.ts';

type Item = Readonly<Record<string, unknown>>;

/** Version of the item's layout. */
const ITEM_VERSION = 2;
const EXPIRY_DIGITS = 10;
const SHARD_DIGITS = 2;
const SORT_KEY = /^(\d{10})#([^#]+)#([A-Za-z0-9_-]{20})$/;
const INDEX = /^(?:[0-9]|[1-5][0-9]|6[0-3])$/;
const ERASURE_PARTITION = /^e#([^#]+)#([A-Za-z0-9_-]+)$/;
const ERASURE_SORT_KEY = 'erasure';
/** How long a pointer outlives its bundle, in seconds: until every writer of the bundle has ended, whatever its clock. */
const POINTER_STAYS_S = 3600;

/** Partition and sort key of a bundle: spread by its ID, sorted by its expiry. Names of apps hold no `#`. */
export function primaryKey({ app, expiresAtS, id }: BundleKey): { pk: string; sk: string } {
  const expiry = String(expiresAtS).padStart(EXPIRY_DIGITS, '0');
  return { pk: bundlePartition(shardOf(id)), sk: `${expiry}#${app}#${id}` };
}

/** The partition that holds the bundles of one shard, 0 to 63. */
export function bundlePartition(shard: number): string {
  return `b#${String(shard).padStart(SHARD_DIGITS, '0')}`;
}

/** Partition and sort key of the note of an erasure. */
export function erasureKeyOf(app: string, subjectTag: string): { pk: string; sk: string } {
  return { pk: `e#${app}#${subjectTag}`, sk: ERASURE_SORT_KEY };
}

/** The partition that holds the pointers to a subject's bundles. */
export function pointerPartition(app: string, subjectTag: string): string {
  return `s#${app}#${subjectTag}`;
}

/** The item that points from a subject to one of its bundles. It is not in the expiry index: only DynamoDB's TTL deletes it. */
export function pointerItem(bundle: StoredBundle, subjectTag: string): Record<string, unknown> {
  return {
    pk: pointerPartition(bundle.app, subjectTag),
    sk: primaryKey(bundle).sk,
    createdAt: bundle.createdAtS,
    [VAULT_TABLE.expiry]: bundle.expiresAtS + POINTER_STAYS_S,
  };
}

/** The key of the bundle that a sort key names, a bundle's own or a pointer's, or `undefined` for any other. */
export function keyInSortKey({ sk }: Item): BundleKey | undefined {
  const [, expiry, app, id] = typeof sk === 'string' ? (SORT_KEY.exec(sk) ?? []) : [];
  return expiry === undefined || app === undefined || id === undefined
    ? undefined
    : { app, expiresAtS: Number(expiry), id };
}

/** What the expiry index says is due in these attributes, or `undefined` when they are neither a bundle's nor a note's. */
export function expiredIn(item: Item): Expired | undefined {
  const key = readBundleKey(item);
  if (key !== undefined) return { kind: 'bundle', app: key.app, dueAtS: key.expiresAtS, id: key.id };
  const [, app, subjectTag] = ERASURE_PARTITION.exec(String(item.pk)) ?? [];
  const dueAtS = item[VAULT_TABLE.expiry];
  if (app === undefined || subjectTag === undefined || item.sk !== ERASURE_SORT_KEY || !isSecond(dueAtS)) {
    return undefined;
  }
  return { kind: 'erasure', app, dueAtS, subjectTag };
}

/** The key of a bundle, or `undefined` when these attributes are not a bundle's. */
export function readBundleKey(item: Item): BundleKey | undefined {
  const key = keyInSortKey(item);
  return key !== undefined && item.pk === bundlePartition(shardOf(key.id)) ? key : undefined;
}

/** The item that stores a bundle. */
export function bundleItem(bundle: StoredBundle): Record<string, unknown> {
  return {
    ...primaryKey(bundle),
    v: ITEM_VERSION,
    slot: bundle.slot,
    // For DynamoDB's TTL and the expiry index only: readers take the expiry from the sort key.
    [VAULT_TABLE.expiry]: bundle.expiresAtS,
    [VAULT_TABLE.shard]: shardOf(bundle.id),
    createdAt: bundle.createdAtS,
    wrapped: bundle.wrapped,
    fields: Object.fromEntries(bundle.fields),
    ...(bundle.subjectTag !== undefined && { subjectTag: bundle.subjectTag }),
  };
}

/** The bundle in an item, or `undefined` when it is malformed: to a reader that is no bundle, not an outage. */
export function readBundle(item: Item): StoredBundle | undefined {
  const key = readBundleKey(item);
  const { v, slot, createdAt, wrapped, subjectTag } = item;
  const fields = readFields(item.fields);
  if (key === undefined || fields === undefined || v !== ITEM_VERSION) return undefined;
  if (!isSecond(slot) || !isSecond(createdAt) || !(wrapped instanceof Uint8Array)) return undefined;
  const bundle = { ...key, slot, createdAtS: createdAt, wrapped: bufferOver(wrapped), fields };
  return typeof subjectTag === 'string' ? { ...bundle, subjectTag } : bundle;
}

function readFields(map: unknown): Map<number, Buffer> | undefined {
  if (typeof map !== 'object' || map === null || Array.isArray(map)) return undefined;
  const fields = new Map<number, Buffer>();
  for (const [index, bytes] of Object.entries(map)) {
    if (!INDEX.test(index) || !(bytes instanceof Uint8Array)) return undefined;
    fields.set(Number(index), bufferOver(bytes));
  }
  return fields;
}

function isSecond(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** A view of the same bytes, without a copy. */
function bufferOver(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
