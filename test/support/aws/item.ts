// An item as DynamoDB's JSON writes it: its size, what it costs to read and write, and what DynamoDB does not store.

import { invalid } from './answer.ts';

/** `{ "S": "text" }`, `{ "N": "1" }`, `{ "B": "base64" }`, … */
export type AttributeValue = { readonly [type: string]: unknown };
export type Item = Record<string, AttributeValue>;

/** Names of the key attributes of a table. */
export interface KeySchema {
  readonly partition: string;
  readonly sort?: string | undefined;
}

/** Most bytes of one item (DynamoDB developer guide, quotas). */
const MAX_ITEM_BYTES = 400 * 1024;
const WRITE_UNIT_BYTES = 1024;
const READ_UNIT_BYTES = 4096;
const NUMBER = /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Write request units of an item (DynamoDB developer guide, "read and write operations"). */
export function writeUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / WRITE_UNIT_BYTES));
}

/** Read request units: half as many for an eventually consistent read. */
export function readUnits(bytes: number, isConsistent: boolean): number {
  return Math.max(1, Math.ceil(bytes / READ_UNIT_BYTES)) * (isConsistent ? 1 : 0.5);
}

/** Sizes that were counted: a write, a page and a bill ask for the same one, and a stored item never changes. */
const counted = new WeakMap<Item, number>();

/** Bytes of an item as DynamoDB counts them (DynamoDB developer guide, "item sizes and formats"). */
export function itemBytes(item: Item): number {
  const known = counted.get(item);
  if (known !== undefined) return known;
  let bytes = 0;
  for (const name in item) bytes += Buffer.byteLength(name) + valueBytes(item[name] as AttributeValue);
  counted.set(item, bytes);
  return bytes;
}

function valueBytes(value: AttributeValue): number {
  if (typeof value.S === 'string') return Buffer.byteLength(value.S);
  if (typeof value.B === 'string') return Buffer.byteLength(value.B, 'base64');
  if (typeof value.BOOL === 'boolean' || value.NULL === true) return 1;
  // One byte for two digits, and one more.
  if (typeof value.N === 'string') return Math.ceil(value.N.replace(/[-.]/g, '').length / 2) + 1;
  // Three bytes for a map or a list, and one for each member.
  if (Array.isArray(value.L)) return value.L.reduce((total, each) => total + 1 + valueBytes(each), 3);
  if (isMap(value)) return 3 + Object.keys(value.M).length + itemBytes(value.M);
  throw invalid(`Supplied AttributeValue has no known type: ${Object.keys(value)}`);
}

/** @throws Refusal for an item that DynamoDB does not store. */
export function checkItem(item: Item, keys: KeySchema): void {
  checkKey(item, keys);
  checkNumbers(item);
  if (itemBytes(item) > MAX_ITEM_BYTES) throw invalid('Item size has exceeded the maximum allowed size');
}

/** @throws Refusal unless the key attributes are there, of a type that keys have, and not empty. */
export function checkKey(item: Item, { partition, sort }: KeySchema): void {
  for (const name of sort === undefined ? [partition] : [partition, sort]) {
    const value = item[name];
    if (value === undefined) throw invalid(`One of the required keys was not given a value: ${name}`);
    if (!isKeyValue(value)) throw invalid(`The provided key element ${name} does not match the schema`);
  }
}

/** The key attributes of an item, and nothing else of it. */
export function keyIn(item: Item, { partition, sort }: KeySchema): Item {
  const names = sort === undefined ? [partition] : [partition, sort];
  return Object.fromEntries(names.flatMap((name) => (item[name] ? [[name, item[name]]] : [])));
}

export function isMap(value: AttributeValue | undefined): value is { readonly M: Item } {
  return typeof value?.M === 'object' && value.M !== null;
}

function isKeyValue({ S, N, B }: AttributeValue): boolean {
  return [S, N, B].some((value) => typeof value === 'string' && value !== '');
}

function checkNumbers(item: Item): void {
  for (const value of Object.values(item)) {
    if (isMap(value)) checkNumbers(value.M);
    else if (value.N !== undefined && !NUMBER.test(String(value.N))) {
      throw invalid('The parameter cannot be converted to a numeric value');
    }
  }
}
