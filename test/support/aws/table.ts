// One DynamoDB table in memory: partitions, indexes, pages and billed units as AWS documents them.

import { invalid } from './answer.ts';
import { orderOf } from './evaluate.ts';
import { type AttributeValue, checkItem, checkKey, type Item, itemBytes, type KeySchema, writeUnits } from './item.ts';

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

/** What can be queried: a table, or one of its indexes. */
export interface Partitions {
  readonly schema: KeySchema;
  /** The items of a partition. */
  partition(value: AttributeValue): Rows;
  page(rows: Rows, options: PageOptions): Page;
}

export interface Table extends Partitions {
  /** The item of a key. @throws Refusal for a key that does not fit the schema. */
  get(key: Item): Item | undefined;
  /** Stores an item and gives the write units. @throws Refusal for what DynamoDB does not store. */
  put(item: Item): number;
  /** Removes the item of a key, if there is one, and gives the write units. */
  remove(key: Item): number;
  /** @throws Refusal for an index that the table does not have. */
  index(name: string): Partitions;
  everything(): Rows;
  items(): Item[];
  /** Removes everything and bills nothing. */
  clear(): void;
}

/** Most bytes that one Query or Scan reads (DynamoDB API reference, Query). */
const PAGE_BYTES = 1024 * 1024;

/** A table without items. @param indexes schemas by name: sparse, with keys only, and never behind the table */
export function fakeTable(schema: KeySchema, indexes: Readonly<Record<string, KeySchema>> = {}): Table {
  const rows = fakePartitions(schema);
  const indexed = new Map(
    Object.entries(indexes).map(([name, keys]) => [name, fakePartitions(keys, [schema.partition, schema.sort])]),
  );
  let everything: Rows | undefined;

  /** A write bills the larger of the item before and after, and in each index an entry that goes and one that comes. */
  function replace(before: Item | undefined, after: Item | undefined): number {
    everything = undefined;
    const [bytesBefore, bytesAfter] = [before, after].map((item) => (item ? itemBytes(item) : 0));
    if (before) rows.remove(before);
    if (after) rows.put(after);
    let units = writeUnits(Math.max(bytesBefore ?? 0, bytesAfter ?? 0));
    for (const index of indexed.values()) {
      const [old, now] = [before, after].map((item) => item && index.entry(item));
      if (JSON.stringify(old) === JSON.stringify(now)) continue;
      if (old) index.remove(old);
      if (now) index.put(now);
      units += [old, now].reduce((sum, entry) => sum + (entry ? writeUnits(itemBytes(entry)) : 0), 0);
    }
    return units;
  }

  function get(key: Item): Item | undefined {
    checkKey(key, schema);
    return rows.get(key);
  }

  return {
    ...rows,
    get,

    index(name) {
      const found = indexed.get(name);
      if (!found) throw invalid('The table does not have the specified index');
      return found;
    },

    put(item) {
      checkItem(item, schema);
      for (const index of indexed.values()) index.entry(item);
      return replace(get(item), item);
    },

    remove: (key) => replace(get(key), undefined),

    everything() {
      everything ??= { rows: rows.sorted(), order: rows.byName };
      return everything;
    },

    clear() {
      everything = undefined;
      for (const each of [rows, ...indexed.values()]) each.clear();
    },
  };
}

/** Rows by partition. @param further names of the key attributes of the table that an index belongs to */
function fakePartitions(schema: KeySchema, further: readonly (string | undefined)[] = []) {
  const partitions = new Map<string, Map<string, Item>>();
  const keyNames = [schema.partition, schema.sort, ...further].filter((name) => name !== undefined);
  const keys = (item: Item): Item =>
    Object.fromEntries(keyNames.flatMap((name) => (item[name] ? [[name, item[name]]] : [])));
  const nameOf = (item: Item) => keyNames.map((name) => JSON.stringify(item[name])).join();
  const partitionName = (item: Item) => JSON.stringify(item[schema.partition]);
  const byName = (one: Item, other: Item) => Buffer.compare(Buffer.from(nameOf(one)), Buffer.from(nameOf(other)));

  return {
    schema,
    byName,
    items: () => [...partitions.values()].flatMap((partition) => [...partition.values()]),
    get: (key: Item) => partitions.get(partitionName(key))?.get(nameOf(key)),
    clear: () => partitions.clear(),

    /** All items, each name of which is made once. */
    sorted(): Item[] {
      const named = [...partitions.values()].flatMap((partition) =>
        [...partition].map(([name, item]) => [Buffer.from(name), item] as const),
      );
      return named.sort(([one], [other]) => Buffer.compare(one, other)).map(([, item]) => item);
    },

    /** What an index keeps of an item; `undefined` for one without its keys. @throws Refusal for keys of a wrong type */
    entry(item: Item): Item | undefined {
      const own = [schema.partition, schema.sort].filter((name) => name !== undefined);
      if (own.some((name) => item[name] === undefined)) return undefined;
      checkKey(item, schema);
      return keys(item);
    },

    put(item: Item): void {
      const partition = partitions.get(partitionName(item)) ?? new Map<string, Item>();
      partitions.set(partitionName(item), partition.set(nameOf(item), item));
    },

    remove(key: Item): void {
      const partition = partitions.get(partitionName(key));
      partition?.delete(nameOf(key));
      if (partition?.size === 0) partitions.delete(partitionName(key));
    },

    partition(value: AttributeValue): Rows {
      const { sort } = schema;
      const order = (one: Item, other: Item) =>
        (sort === undefined ? 0 : (orderOf(one[sort] ?? {}, other[sort] ?? {}) ?? 0)) || byName(one, other);
      return { rows: [...(partitions.get(JSON.stringify(value))?.values() ?? [])].sort(order), order };
    },

    page({ rows, order }: Rows, { after, limit = Number.POSITIVE_INFINITY, isBackwards = false }: PageOptions): Page {
      const directed = isBackwards ? rows.toReversed() : rows;
      const isLeft = (row: Item) =>
        after === undefined || (isBackwards ? order(row, after) < 0 : order(row, after) > 0);
      const page: Item[] = [];
      let bytes = 0;
      for (let at = firstThat(directed, isLeft); at < directed.length; at += 1) {
        const row = directed[at] as Item;
        page.push(row);
        bytes += itemBytes(row);
        if (page.length >= limit || bytes >= PAGE_BYTES) return { rows: page, lastKey: keys(row) };
      }
      return { rows: page };
    },
  };
}

/** Where the items begin that a predicate holds for, all of which come last. */
function firstThat(items: readonly Item[], holds: (item: Item) => boolean): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(items[middle] as Item)) high = middle;
    else low = middle + 1;
  }
  return low;
}
