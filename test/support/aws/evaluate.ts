// What DynamoDB's expressions mean: whether a condition holds for an item, and what an update makes of it.

import { isDeepStrictEqual } from 'node:util';
import { bytesOf, invalid } from './answer.ts';
import type { Comparator, Condition, Operand, Path, Update } from './expression.ts';
import { type AttributeValue, type Item, isMap } from './item.ts';

/** Whether the condition holds. An item that does not exist is one without attributes. */
export function holds(condition: Condition, item: Item): boolean {
  const read = (operand: Operand) => valueIn(operand, item);
  switch (condition.kind) {
    case 'and':
      return condition.parts.every((part) => holds(part, item));
    case 'or':
      return condition.parts.some((part) => holds(part, item));
    case 'not':
      return !holds(condition.part, item);
    case 'exists':
      return (valueAt(item, condition.path) !== undefined) === condition.isExpected;
    case 'compare':
      return compares(condition.comparator, read(condition.left), read(condition.right));
    case 'between': {
      const value = read(condition.value);
      return compares('>=', value, read(condition.low)) && compares('<=', value, read(condition.high));
    }
    case 'in':
      return condition.options.some((option) => compares('=', read(condition.value), read(option)));
    case 'begins-with':
      return contains(
        valueAt(item, condition.path),
        read(condition.operand),
        (whole, part) => whole.indexOf(part) === 0,
      );
    case 'contains':
      return contains(valueAt(item, condition.path), read(condition.operand), (whole, part) => whole.includes(part));
  }
}

/** The item after an update. @throws Refusal for paths that DynamoDB does not update. */
export function updated(item: Item, { set, remove, add }: Update): Item {
  const paths = [...set, ...add].map(({ path }) => path).concat(remove);
  for (const [at, one] of paths.entries()) {
    for (const other of paths.slice(at + 1)) {
      if (isPrefix(one, other) || isPrefix(other, one)) throw invalid('Two document paths overlap with each other');
    }
  }
  // Every operand is read from the item as it was.
  const assigned = set.map(({ path, to }) => ({ path, value: defined(valueIn(to, item)) }));
  const sums = add.map(({ path, value }) => ({ path, value: sum(valueAt(item, path) ?? { N: '0' }, value, 1) }));
  const after = structuredClone(item);
  for (const { path, value } of [...assigned, ...sums]) parentOf(after, path)[lastOf(path)] = value;
  for (const path of remove) delete parentOf(after, path)[lastOf(path)];
  return after;
}

/** Only these attributes, nested ones inside their maps. */
export function projected(item: Item, paths: readonly Path[]): Item {
  const chosen: Item = {};
  for (const path of paths) {
    const value = valueAt(item, path);
    if (value === undefined) continue;
    let target = chosen;
    for (const name of path.slice(0, -1)) {
      const inner = target[name];
      const map: { readonly M: Item } = isMap(inner) ? inner : { M: {} };
      target[name] = map;
      target = map.M;
    }
    target[lastOf(path)] = value;
  }
  return chosen;
}

function valueIn(operand: Operand, item: Item): AttributeValue | undefined {
  switch (operand.kind) {
    case 'path':
      return valueAt(item, operand.path);
    case 'value':
      return operand.value;
    case 'size':
      return sizeOf(valueAt(item, operand.path));
    case 'if-not-exists':
      return valueAt(item, operand.path) ?? valueIn(operand.otherwise, item);
    case 'sum':
      return sum(defined(valueIn(operand.left, item)), defined(valueIn(operand.right, item)), operand.sign);
  }
}

function valueAt(item: Item, path: Path): AttributeValue | undefined {
  let found: AttributeValue | undefined = { M: item };
  for (const name of path) found = isMap(found) && Object.hasOwn(found.M, name) ? found.M[name] : undefined;
  return found;
}

function sizeOf(value: AttributeValue | undefined): AttributeValue | undefined {
  if (value === undefined) return undefined;
  if (isMap(value)) return { N: String(Object.keys(value.M).length) };
  if (Array.isArray(value.L)) return { N: String(value.L.length) };
  const bytes = bytesIn(value);
  return bytes && { N: String(bytes.length) };
}

function sum(left: AttributeValue, right: AttributeValue, sign: 1 | -1): AttributeValue {
  if (typeof left.N !== 'string' || typeof right.N !== 'string') {
    throw invalid('An operand in the update expression has an incorrect data type');
  }
  return { N: String(Number(left.N) + sign * Number(right.N)) };
}

function defined(value: AttributeValue | undefined): AttributeValue {
  if (value === undefined)
    throw invalid('The provided expression refers to an attribute that does not exist in the item');
  return value;
}

/** The map that holds the last name of a path. */
function parentOf(item: Item, path: Path): Item {
  const parent = valueAt(item, path.slice(0, -1));
  if (!isMap(parent)) throw invalid('The document path provided in the update expression is invalid for update');
  return parent.M;
}

function lastOf(path: Path): string {
  return path.at(-1) ?? '';
}

function isPrefix(one: Path, other: Path): boolean {
  return one.every((name, at) => other[at] === name);
}

function compares(
  comparator: Comparator,
  left: AttributeValue | undefined,
  right: AttributeValue | undefined,
): boolean {
  if (comparator === '<>') return !compares('=', left, right);
  if (left === undefined || right === undefined) return false;
  const order = orderOf(left, right);
  if (comparator === '=') return order === 0 || isDeepStrictEqual(left, right);
  // Values of different types have no order.
  if (order === undefined) return false;
  if (comparator === '<') return order < 0;
  if (comparator === '<=') return order <= 0;
  return comparator === '>' ? order > 0 : order >= 0;
}

/** Below 0, 0 or above 0; `undefined` for values without an order. Text compares by its UTF-8 bytes. */
export function orderOf(left: AttributeValue, right: AttributeValue): number | undefined {
  if (typeof left.N === 'string' && typeof right.N === 'string') return Number(left.N) - Number(right.N);
  const [one, other] = [bytesIn(left), bytesIn(right)];
  return one && other && isText(left) === isText(right) ? Buffer.compare(one, other) : undefined;
}

function contains(
  whole: AttributeValue | undefined,
  part: AttributeValue | undefined,
  isIn: (whole: Buffer, part: Buffer) => boolean,
): boolean {
  if (whole === undefined || part === undefined || isText(whole) !== isText(part)) return false;
  const [one, other] = [bytesIn(whole), bytesIn(part)];
  return one !== undefined && other !== undefined && isIn(one, other);
}

function isText({ S }: AttributeValue): boolean {
  return typeof S === 'string';
}

function bytesIn({ S, B }: AttributeValue): Buffer | undefined {
  if (typeof S === 'string') return Buffer.from(S);
  return typeof B === 'string' ? bytesOf(B) : undefined;
}
