// One DynamoDB table in memory: partitions, index entries, pages and billed units as AWS documents them.

import { invalid } from './answer.ts';
import { orderOf } from './evaluate.ts';
import {
  type AttributeValue,
  checkItem,
  checkKey,
  type Item,
  itemBytes,
  type KeySchema,
  keyIn,
  writeUnits,
} from './item.ts';

export interface TableSchema extends KeySchema {
  /** Global secondary indexes by name, all with keys only. */
  readonly indexes?: Readonly<Record<string, KeySchema>>;
}

/** Rows in the order in which DynamoDB gives them, and that order. */
export interface Rows {
  readonly rows: readonly Item[];
  readonly order: (one: Item, other: Item) => number;
}

export interface Page {
  readonly rows: readonly Item[];
  /** The key that the next page begins after, if there may be one. */
  readonly lastKey?: Item;
}

export interface PageOptions {
  /** The last key of the page before. The row may be gone by now. */
  readonly after?: Item | undefined;
  readonly limit?: number | undefined;
  readonly isBackwards?: boolean;
}

export interface Table {
  readonly schema: TableSchema;
  /** The item of a key. @throws Refusal for a key that does not fit the schema. */
  get(key: Item): Item | undefined;
  /** Stores an item and gives the write units. @throws Refusal for what DynamoDB does not store. */
  put(item: Item): number;
  /** Removes the item of a key, if there is one, and gives the write units. */
  remove(key: Item): number;
  /** The keys of the table or of an index. @throws Refusal for an index that the table does not have. */
  keysOf(indexName?: string): KeySchema;
  /** The items of a partition, or the entries of a partition of an index. */
  partition(value: AttributeValue, indexName?: string): Rows;
  everything(): Rows;
  page(rows: Rows, options: PageOptions, indexName?: string): Page;
  items(): Item[];
  /** Removes everything and bills nothing. */
  clear(): void;
}

/** Most bytes that one Query or Scan reads (DynamoDB API reference, Query). */
const PAGE_BYTES = 1024 * 1024;

/** A table without items. */
export function fakeTable(schema: TableSchema): Table {
  const partitions = new Map<string, Map<string, Item>>();
  const indexes = Object.values(schema.indexes ?? {});
  const items = () => [...partitions.values()].flatMap((partition) => [...partition.values()]);

  /** The entry of an item in an index; an item without the index's keys has none. */
  function entryIn(index: KeySchema, item: Item | undefined): Item | undefined {
    if (!item?.[index.partition] || (index.sort !== undefined && !item[index.sort])) return undefined;
    return { ...keyIn(item, schema), ...keyIn(item, index) };
  }

  /** A write bills the larger of the item before and after, and each index entry that goes or comes. */
  function unitsOf(before: Item | undefined, after: Item | undefined): number {
    const [bytesBefore, bytesAfter] = [before, after].map((item) => (item ? itemBytes(item) : 0));
    let units = writeUnits(Math.max(bytesBefore ?? 0, bytesAfter ?? 0));
    for (const index of indexes) {
      const [gone, come] = [entryIn(index, before), entryIn(index, after)];
      if (JSON.stringify(gone) === JSON.stringify(come)) continue;
      for (const entry of [gone, come]) if (entry) units += writeUnits(itemBytes(entry));
    }
    return units;
  }

  function get(key: Item): Item | undefined {
    checkKey(key, schema);
    return partitions.get(partitionName(key))?.get(nameOf(key));
  }

  function partitionName(key: Item): string {
    return JSON.stringify(key[schema.partition]);
  }

  function nameOf(key: Item): string {
    return JSON.stringify(keyIn(key, schema));
  }

  function byName(one: Item, other: Item): number {
    return Buffer.compare(Buffer.from(nameOf(one)), Buffer.from(nameOf(other)));
  }

  function keysOf(indexName?: string): KeySchema {
    const keys = indexName === undefined ? schema : schema.indexes?.[indexName];
    if (keys === undefined) throw invalid(`The table does not have the specified index: ${indexName}`);
    return keys;
  }

  return {
    schema,
    get,
    keysOf,
    items,

    put(item) {
      checkItem(item, schema, indexes);
      const before = get(item);
      const partition = partitions.get(partitionName(item)) ?? new Map<string, Item>();
      partitions.set(partitionName(item), partition.set(nameOf(item), item));
      return unitsOf(before, item);
    },

    remove(key) {
      const before = get(key);
      const partition = partitions.get(partitionName(key));
      partition?.delete(nameOf(key));
      if (partition?.size === 0) partitions.delete(partitionName(key));
      return unitsOf(before, undefined);
    },

    partition(value, indexName) {
      const index = keysOf(indexName);
      const { sort } = index;
      const order = (one: Item, other: Item) =>
        (sort === undefined ? 0 : (orderOf(one[sort] ?? {}, other[sort] ?? {}) ?? 0)) || byName(one, other);
      if (indexName === undefined) {
        return { rows: [...(partitions.get(JSON.stringify(value))?.values() ?? [])].sort(order), order };
      }
      const entries = items().map((item) => entryIn(index, item));
      const rows = entries
        .filter((entry) => entry !== undefined)
        .filter((entry) => isEqual(entry[index.partition], value));
      return { rows: rows.sort(order), order };
    },

    everything: () => ({ rows: items().sort(byName), order: byName }),

    page({ rows, order }, { after, limit = Number.POSITIVE_INFINITY, isBackwards = false }, indexName) {
      const directed = isBackwards ? rows.toReversed() : rows;
      const isLeft = (row: Item) =>
        after === undefined || (isBackwards ? order(row, after) < 0 : order(row, after) > 0);
      const page: Item[] = [];
      let bytes = 0;
      for (const row of directed.filter(isLeft)) {
        page.push(row);
        bytes += itemBytes(row);
        if (page.length >= limit || bytes >= PAGE_BYTES) {
          return { rows: page, lastKey: { ...keyIn(row, schema), ...keyIn(row, keysOf(indexName)) } };
        }
      }
      return { rows: page };
    },

    clear: () => partitions.clear(),
  };
}

function isEqual(one: AttributeValue | undefined, other: AttributeValue): boolean {
  return one !== undefined && orderOf(one, other) === 0;
}
