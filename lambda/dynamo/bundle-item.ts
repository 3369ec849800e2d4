// The DynamoDB item of a bundle. Items are checked when they are read.

import { type BundleKey, expiryShard, type StoredBundle } from '../../vault/ports/bundle-store.ts';

/** Version of the item's layout. */
const ITEM_VERSION = 1;
const PARTITION = /^([^#]+)#([A-Za-z0-9_-]+)$/;
/** 0 to 63 in its one spelling. */
const INDEX = /^(?:[0-9]|[1-5][0-9]|6[0-3])$/;

/** Partition and sort key of a bundle. App names contain no `#`, so two apps never share a partition. */
export function primaryKey(key: BundleKey): { pk: string; sk: string } {
  return { pk: bundlePartition(key.app, key.tag), sk: key.id };
}

/** The partition that holds the bundles of one subject tag. */
export function bundlePartition(app: string, tag: string): string {
  return `${app}#${tag}`;
}

/** The bundle key in these attributes, or `undefined` when they are malformed. */
export function readBundleKey(item: Readonly<Record<string, unknown>>): BundleKey | undefined {
  const [, app, tag] = typeof item.pk === 'string' ? (PARTITION.exec(item.pk) ?? []) : [];
  return app === undefined || tag === undefined || typeof item.sk !== 'string' ? undefined : { app, tag, id: item.sk };
}

/** The item that stores a bundle. */
export function bundleItem(bundle: StoredBundle): Record<string, unknown> {
  return {
    ...primaryKey(bundle),
    v: ITEM_VERSION,
    slot: bundle.slot,
    expiresAt: bundle.expiresAtS,
    createdAt: bundle.createdAtS,
    shard: expiryShard(bundle.id),
    wrapped: bundle.wrapped,
    fields: Object.fromEntries(bundle.fields),
  };
}

/** The bundle in an item; `undefined` when it is malformed, which readers treat as "no such bundle", not as an outage. */
export function readBundle(item: Readonly<Record<string, unknown>>): StoredBundle | undefined {
  const key = readBundleKey(item);
  const { v, slot, expiresAt, createdAt, wrapped } = item;
  const fields = readFields(item.fields);
  if (key === undefined || fields === undefined || v !== ITEM_VERSION) return undefined;
  if (!isSecond(slot) || !isSecond(expiresAt) || !isSecond(createdAt) || !(wrapped instanceof Uint8Array)) {
    return undefined;
  }
  return { ...key, slot, expiresAtS: expiresAt, createdAtS: createdAt, wrapped: bufferOver(wrapped), fields };
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
