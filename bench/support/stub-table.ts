// One DynamoDB table in memory, as far as the benches use one: pages, sizes and billed units as AWS documents them.

/** An attribute value as DynamoDB's JSON writes it: `{ "S": "text" }`, `{ "B": "base64" }`, … */
export type AttributeValue = { readonly [type: string]: unknown };
export type Item = Record<string, AttributeValue>;

export interface Page {
  readonly Items: Item[];
  readonly Count: number;
  readonly LastEvaluatedKey?: Item;
}

export interface Table {
  /** Stores an item; the write units that takes. */
  put(item: Item): number;
  get(key: Item): Item | undefined;
  /** Takes an item away, and the write units that takes. */
  remove(key: Item): { readonly Attributes?: Item; readonly write: number };
  /** Of a partition, or of the expiry index. */
  query(input: Record<string, unknown>): Page;
  scan(after?: Item): Page;
  /** Takes everything away, at no cost. */
  clear(): void;
  items(): Item[];
}

/** Most bytes of one answer (DynamoDB API reference, Query and Scan). */
const PAGE_BYTES = 1024 * 1024;
const WRITE_UNIT_BYTES = 1024;
const READ_UNIT_BYTES = 4096;

/** Write request units of an item (DynamoDB developer guide, "read and write operations"). */
export function writeUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / WRITE_UNIT_BYTES));
}

/** Read request units: half as many when the read need not be consistent. */
export function readUnits(bytes: number, consistent: unknown): number {
  return Math.max(1, Math.ceil(bytes / READ_UNIT_BYTES)) * (consistent === true ? 1 : 0.5);
}

/** A table keyed by `pk` and, where items have one, `sk`. Items with a `shard` are in its expiry index, keys only. */
export function stubTable(): Table {
  const partitions = new Map<string, Map<string, Item>>();
  const allItems = () => [...partitions.values()].flatMap((partition) => [...partition.values()]);
  const units = (item: Item) =>
    writeUnits(itemBytes(item)) + (item.shard ? writeUnits(itemBytes(indexEntry(item))) : 0);

  return {
    put(item) {
      const partition = partitions.get(textOf(item.pk)) ?? new Map<string, Item>();
      partitions.set(textOf(item.pk), partition.set(textOf(item.sk), item));
      return units(item);
    },
    get: (key) => partitions.get(textOf(key.pk))?.get(textOf(key.sk)),
    remove(key) {
      const partition = partitions.get(textOf(key.pk));
      const item = partition?.get(textOf(key.sk));
      if (!partition || !item) return { write: 1 };
      partition.delete(textOf(key.sk));
      if (partition.size === 0) partitions.delete(textOf(key.pk));
      return { Attributes: item, write: units(item) };
    },
    query({ IndexName, ExpressionAttributeValues, ExclusiveStartKey, Limit }) {
      const values = ExpressionAttributeValues as Item;
      if (IndexName !== undefined) return pageOf(dueIn(allItems(), values).map(indexEntry), Number(Limit));
      // Every other query here names its partition first; the one filter among them lets everything pass.
      const [partition] = Object.values(values);
      const rows = [...(partitions.get(textOf(partition)) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1));
      const after = ExclusiveStartKey ? textOf((ExclusiveStartKey as Item).sk) : '';
      return pageOf(rows.filter(([sk]) => sk > after).map(([, item]) => item));
    },
    scan(after) {
      const items = allItems();
      const start = after ? items.findIndex((item) => item.pk?.S === after.pk?.S && item.sk?.S === after.sk?.S) + 1 : 0;
      return pageOf(items.slice(start));
    },
    clear: () => partitions.clear(),
    items: allItems,
  };
}

/** Bytes of an item as DynamoDB counts them (developer guide, "DynamoDB item sizes and formats"). */
export function itemBytes(item: Item): number {
  return Object.entries(item).reduce((total, [name, value]) => total + Buffer.byteLength(name) + valueBytes(value), 0);
}

function valueBytes(value: AttributeValue): number {
  if (typeof value.S === 'string') return Buffer.byteLength(value.S);
  if (typeof value.B === 'string') return Buffer.byteLength(value.B, 'base64');
  if (typeof value.BOOL === 'boolean') return 1;
  // One byte for two digits, and one more.
  if (typeof value.N === 'string') return Math.ceil(value.N.length / 2) + 1;
  // Three bytes for a map or a list, and one for each member.
  if (Array.isArray(value.L)) return value.L.reduce((total, each) => total + 1 + valueBytes(each), 3);
  if (typeof value.M === 'object' && value.M !== null) {
    return 3 + Object.keys(value.M).length + itemBytes(value.M as Item);
  }
  throw new Error(`no size is known of ${Object.keys(value)}`);
}

function pageOf(items: readonly Item[], limit = Number.POSITIVE_INFINITY): Page {
  const Items: Item[] = [];
  let bytes = 0;
  for (const item of items) {
    if (Items.length >= limit || bytes >= PAGE_BYTES) {
      const last = Items.at(-1) as Item;
      return { Items, Count: Items.length, LastEvaluatedKey: keyOf(last) };
    }
    Items.push(item);
    bytes += itemBytes(item);
  }
  return { Items, Count: Items.length };
}

function dueIn(items: readonly Item[], values: Item): Item[] {
  const [shard, now] = [values[':shard']?.N, Number(values[':now']?.N)];
  return items.filter((item) => item.shard?.N === shard && Number(item.expiresAt?.N) <= now);
}

function keyOf({ pk, sk }: Item): Item {
  return { ...(pk && { pk }), ...(sk && { sk }) };
}

function indexEntry({ shard, expiresAt, ...item }: Item): Item {
  return { ...keyOf(item), ...(shard && { shard }), ...(expiresAt && { expiresAt }) };
}

function textOf(value: AttributeValue | undefined): string {
  return typeof value?.S === 'string' ? value.S : '';
}
