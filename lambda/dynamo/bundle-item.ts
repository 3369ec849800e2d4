// The rows of a shard in DynamoDB: bundles and notes for the sweeper, sorted by when they are due. Rows are checked when read.

import { type BlobAddress, isBlobDays } from '../../vault/domain/blob-object.ts';
import type { KeyPool } from '../../vault/domain/kek-life/holder.ts';
import {
  type BundleKey,
  type Due,
  ERASURE_REPEAT_S,
  type StoredBundle,
  shardOf,
} from '../../vault/ports/bundle-store.ts';
import { bufferOver } from '../aws/buffer-over.ts';
import { TTL_ATTRIBUTE } from '../config.ts';
import type { Item, ItemKey } from './calls.ts';

/** Version of the item's layout. */
const ITEM_VERSION = 2;
const EXPIRY_DIGITS = 10;
const SHARD_DIGITS = 2;
/** `second#app#ID` of a bundle, `second#app#blob3#ID` of an erased blob, `second#app#erase#tag` of an erasure. */
const SORT_KEY = /^(\d{10})#([^#]+)#(?:(erase|blob[1-8])#)?([A-Za-z0-9_-]{20,22})$/;
const ID_LENGTH = 20;
const TAG_LENGTH = 22;
const DUE = /^\d{10}(?=#)/;
const INDEX = /^(?:[0-9]|[1-5][0-9]|6[0-3])$/;

/**
 * How much later DynamoDB's TTL deletes the row of a blob's key, in seconds: the sweeper has to find the row to know which
 * object to delete.
 */
const BLOB_ROW_STAYS_S = 24 * 3600;

/** Partition and sort key of a bundle: spread by its ID, sorted by its expiry. Names of apps hold no `#`. */
export function primaryKey({ app, expiresAtS, id }: BundleKey): ItemKey {
  return { pk: shardPartition(shardOf(id)), sk: `${expiryDigits(expiresAtS)}#${app}#${id}` };
}

/** The partition of one shard, 0 to 63. */
export function shardPartition(shard: number): string {
  return `b#${String(shard).padStart(SHARD_DIGITS, '0')}`;
}

/** A second as sort keys begin with it: keys that begin with an earlier second sort before it, those with the same one after it. */
export function expiryDigits(atS: number): string {
  return String(atS).padStart(EXPIRY_DIGITS, '0');
}

/**
 * The item that notes an erasure: a row among the bundles, so that the query that finds them finds it too. It has no TTL:
 * only the sweeper deletes it, once the erasure was repeated.
 */
export function erasureNote(app: string, subjectTag: string, requestedAtS: number): ItemKey {
  const dueAt = expiryDigits(requestedAtS + ERASURE_REPEAT_S);
  return { pk: shardPartition(shardOf(subjectTag)), sk: `${dueAt}#${app}#erase#${subjectTag}` };
}

/** The item that notes an erased blob, in the shard of its bundle. Like the note of an erasure, it is a key and no more. */
export function blobNote({ app, id, days }: BlobAddress, dueAtS: number): ItemKey {
  return { pk: shardPartition(shardOf(id)), sk: `${expiryDigits(dueAtS)}#${app}#blob${days}#${id}` };
}

/** What a sort key names; `undefined` for one that no vault has written. */
function readSortKey(sk: unknown) {
  const [, digits, app, note, id] = SORT_KEY.exec(String(sk)) ?? [];
  if (app === undefined || id?.length !== (note === 'erase' ? TAG_LENGTH : ID_LENGTH)) return undefined;
  return { dueAtS: Number(digits), app, note, id };
}

/** The key of the bundle that a sort key names, a bundle's own or a pointer's, or `undefined` for any other. */
export function keyInSortKey(sk: unknown): BundleKey | undefined {
  const named = readSortKey(sk);
  return named && named.note === undefined ? { app: named.app, expiresAtS: named.dueAtS, id: named.id } : undefined;
}

/** What a row of a shard says by its sort key, its pool and its slot. */
export function readDue(shard: number, { sk, slot, blobDays, ...item }: Item): Due {
  const row = String(sk);
  const named = readSortKey(row);
  const pool = readPool(item.pool);
  if (named !== undefined && shardOf(named.id) === shard) {
    const { dueAtS, app, note, id } = named;
    if (note === 'erase') return { kind: 'erasure', shard, row, app, subjectTag: id, dueAtS };
    if (note !== undefined) return { kind: 'blob', shard, row, blob: { app, id, days: Number(note.at(-1)) }, dueAtS };
    if (pool !== undefined && isSecond(slot))
      return { kind: 'bundle', shard, row, app, pool, slot, dueAtS, blob: blobOf({ app, id }, blobDays) };
  }
  const [digits] = DUE.exec(row) ?? [];
  return { kind: 'unreadable', shard, row, dueAtS: digits === undefined ? undefined : Number(digits) };
}

/** The blob of a bundle with this attribute. */
export function blobOf({ app, id }: Pick<BundleKey, 'app' | 'id'>, blobDays: unknown): BlobAddress | undefined {
  return isBlobDays(blobDays) ? { app, id, days: blobDays } : undefined;
}

/** The item that stores a bundle. */
export function bundleItem(bundle: StoredBundle): Record<string, unknown> {
  return {
    ...primaryKey(bundle),
    v: ITEM_VERSION,
    ...poolAttribute(bundle.pool),
    slot: bundle.slot,
    // For DynamoDB's TTL only: readers take the expiry from the sort key.
    [TTL_ATTRIBUTE]: bundle.expiresAtS + (bundle.blobDays === undefined ? 0 : BLOB_ROW_STAYS_S),
    createdAt: bundle.createdAtS,
    wrapped: bundle.wrapped,
    fields: Object.fromEntries(bundle.fields),
    ...(bundle.blobDays !== undefined && { blobDays: bundle.blobDays }),
  };
}

/**
 * The bundle in an item, or `undefined` when it is malformed: to a reader that is no bundle, not an outage. An item without
 * the map is one of which no wanted field is left.
 */
export function readBundle(item: Item): StoredBundle | undefined {
  const key = keyInSortKey(item.sk);
  const { pk, v, slot, createdAt, wrapped, blobDays } = item;
  const fields = readFields(item.fields ?? {});
  const pool = readPool(item.pool);
  if (key === undefined || pk !== shardPartition(shardOf(key.id))) return undefined;
  if (fields === undefined || pool === undefined || v !== ITEM_VERSION || !isSecond(slot) || !isSecond(createdAt))
    return undefined;
  if (!(wrapped instanceof Uint8Array)) return undefined;
  const bundle = { ...key, pool, slot, createdAtS: createdAt, wrapped: bufferOver(wrapped), fields };
  return isBlobDays(blobDays) ? { ...bundle, blobDays } : bundle;
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

/** The attribute that names a pool. An app's own keys need none: most bundles have it, and each byte costs. */
export function poolAttribute(pool: KeyPool): { readonly pool?: number } {
  return pool === 'own' ? {} : { pool };
}

/** What {@link poolAttribute} wrote; `undefined` for anything else. */
export function readPool(pool: unknown): KeyPool | undefined {
  if (pool === undefined) return 'own';
  return typeof pool === 'number' && Number.isSafeInteger(pool) && pool >= 0 ? pool : undefined;
}

/** Whether this is a second since 1970. */
export function isSecond(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
