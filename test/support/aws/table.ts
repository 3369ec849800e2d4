// One DynamoDB table in memory: partitions, pages and billed units as AWS documents them. It has no indexes.

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
  readonly schema: KeySchema;
  /** The item of a key. @throws Refusal for a key that does not fit the schema. */
  get(key: Item): Item | undefined;
  /** Stores an item and gives the write units. @throws Refusal for what DynamoDB does not store. */
  put(item: Item): number;
  /** Removes the item of a key, if there is one, and gives the write units. */
  remove(key: Item): number;
  /** The items of a partition. */
  partition(value: AttributeValue): Rows;
  everything(): Rows;
  page(rows: Rows, options: PageOptions): Page;
  items(): Item[];
  /** Removes everything and bills nothing. */
  clear(): void;
}

/** Most bytes that one Query or Scan reads (DynamoDB API reference, Query). */
const PAGE_BYTES = 1024 * 1024;

/** A table without items. */
export function fakeTable(schema: KeySchema): Table {
  const partitions = new Map<string, Map<string, Item>>();
  const items = () => [...partitions.values()].flatMap((partition) => [...partition.values()]);

  /** A write bills the larger of the item before and after. */
  function unitsOf(before: Item | undefined, after: Item | undefined): number {
    const [bytesBefore, bytesAfter] = [before, after].map((item) => (item ? itemBytes(item) : 0));
    return writeUnits(Math.max(bytesBefore ?? 0, bytesAfter ?? 0));
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

  return {
    schema,
    get,
    items,

    put(item) {
      checkItem(item, schema);
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

    partition(value) {
      const { sort } = schema;
      const order = (one: Item, other: Item) =>
        (sort === undefined ? 0 : (orderOf(one[sort] ?? {}, other[sort] ?? {}) ?? 0)) || byName(one, other);
      return { rows: [...(partitions.get(JSON.stringify(value))?.values() ?? [])].sort(order), order };
    },

    everything: () => ({ rows: items().sort(byName), order: byName }),

    page({ rows, order }, { after, limit = Number.POSITIVE_INFINITY, isBackwards = false }) {
      const directed = isBackwards ? rows.toReversed() : rows;
      const isLeft = (row: Item) =>
        after === undefined || (isBackwards ? order(row, after) < 0 : order(row, after) > 0);
      const page: Item[] = [];
      let bytes = 0;
      for (const row of directed.filter(isLeft)) {
        page.push(row);
        bytes += itemBytes(row);
        if (page.length >= limit || bytes >= PAGE_BYTES) {
          return { rows: page, lastKey: keyIn(row, schema) };
        }
      }
      return { rows: page };
    },

    clear: () => partitions.clear(),
  };
}
