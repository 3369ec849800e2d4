// The item of one bundle, and the bundle in an item. What is read back is checked: a table is not a type.

import { type BundleKey, expiryShardOf, type StoredBundle } from '../../vault/ports/bundle-store.ts';

/** Version of the item's layout. */
const ITEM_VERSION = 1;
const PARTITION = /^([^#]+)#([A-Za-z0-9_-]+)$/;
const INDEX = /^(?:[0-9]|[1-5][0-9]|6[0-3])$/;

/** Partition and sort key of a bundle. Names of apps hold no `#`, so two apps never share a partition. */
export function primaryKeyOf(key: BundleKey): { pk: string; sk: string } {
  return { pk: partitionOf(key.app, key.tag), sk: key.id };
}

/** The partition that holds the bundles of one subject tag. */
export function partitionOf(app: string, tag: string): string {
  return `${app}#${tag}`;
}

/** The key of a bundle, or `undefined` when these attributes are not one's. */
export function bundleKeyOf(item: Readonly<Record<string, unknown>>): BundleKey | undefined {
  const [, app, tag] = typeof item.pk === 'string' ? (PARTITION.exec(item.pk) ?? []) : [];
  return app === undefined || tag === undefined || typeof item.sk !== 'string' ? undefined : { app, tag, id: item.sk };
}

/** What is stored of a bundle. */
export function itemOf(bundle: StoredBundle): Record<string, unknown> {
  return {
    ...primaryKeyOf(bundle),
    v: ITEM_VERSION,
    slot: bundle.slot,
    expiresAt: bundle.expiresAtS,
    createdAt: bundle.createdAtS,
    shard: expiryShardOf(bundle.id),
    wrapped: bundle.wrapped,
    fields: Object.fromEntries(bundle.fields),
  };
}

/** The bundle in an item, or `undefined` when it is malformed: to a reader that is no bundle, not an outage. */
export function bundleOf(item: Readonly<Record<string, unknown>>): StoredBundle | undefined {
  const key = bundleKeyOf(item);
  const { v, slot, expiresAt, createdAt, wrapped } = item;
  const fields = fieldsOf(item.fields);
  if (key === undefined || fields === undefined || v !== ITEM_VERSION) return undefined;
  if (!isSecond(slot) || !isSecond(expiresAt) || !isSecond(createdAt) || !(wrapped instanceof Uint8Array)) {
    return undefined;
  }
  return { ...key, slot, expiresAtS: expiresAt, createdAtS: createdAt, wrapped: bufferOf(wrapped), fields };
}

function fieldsOf(map: unknown): Map<number, Buffer> | undefined {
  if (typeof map !== 'object' || map === null || Array.isArray(map)) return undefined;
  const fields = new Map<number, Buffer>();
  for (const [index, bytes] of Object.entries(map)) {
    if (!INDEX.test(index) || !(bytes instanceof Uint8Array)) return undefined;
    fields.set(Number(index), bufferOf(bytes));
  }
  return fields;
}

function isSecond(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** A view of the same bytes. */
function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
