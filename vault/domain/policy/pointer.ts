// JSON pointers (RFC 6901): how a place in an entry is named, looked up and replaced.

import { isJsonObject, type JsonObject } from './entry.ts';

interface Branch {
  readonly below: Map<string, Branch>;
  /** Wrapped, so that any value can stand here, `undefined` too. */
  replacement?: { readonly value: unknown };
}

/** The pointer of a member or element of what `pointer` points at. */
export function pointerBelow(pointer: string, name: string | number): string {
  const text = typeof name === 'number' || !/[~/]/.test(name) ? name : name.replaceAll('~', '~0').replaceAll('/', '~1');
  return `${pointer}/${text}`;
}

/** The value at a pointer. @throws Error when there is none: the pointer is another value's. */
export function valueAt(root: unknown, pointer: string): unknown {
  let value = root;
  for (const name of namesIn(pointer)) {
    if (!hasChild(value, name)) throw new Error(`nothing at ${pointer}`);
    value = value[name];
  }
  return value;
}

/**
 * A copy with other values at these pointers. What is not on the way to one is shared with the original, which stays as
 * it was; names such as `__proto__` stay what they are: members. New values are put in as they are, never looked into.
 *
 * @throws Error when a pointer leads nowhere, or to a part of another replacement.
 */
export function replaced(root: unknown, replacements: ReadonlyMap<string, unknown>): unknown {
  const tree: Branch = { below: new Map() };
  for (const [pointer, value] of replacements) {
    let branch = tree;
    for (const name of namesIn(pointer)) {
      const next = branch.below.get(name) ?? { below: new Map() };
      branch.below.set(name, next);
      branch = next;
    }
    branch.replacement = { value };
  }
  return copied(root, tree, '');
}

function copied(value: unknown, { below, replacement }: Branch, pointer: string): unknown {
  if (replacement) {
    if (below.size > 0) throw new Error(`${pointer} is replaced, and a part of it too`);
    return replacement.value;
  }
  if (below.size === 0) return value;
  for (const name of below.keys()) {
    if (!hasChild(value, name)) throw new Error(`nothing at ${pointerBelow(pointer, name)}`);
  }
  const child = (name: string | number, old: unknown): unknown => {
    const branch = below.get(String(name));
    return branch ? copied(old, branch, pointerBelow(pointer, name)) : old;
  };
  if (Array.isArray(value)) return value.map((old, index) => child(index, old));
  // What has a child and is no array is an object. Unlike an assignment, fromEntries defines `__proto__` as a member
  // like any other.
  return Object.fromEntries(Object.entries(value as JsonObject).map(([name, old]) => [name, child(name, old)]));
}

function hasChild(value: unknown, name: string): value is { readonly [name: string]: unknown } {
  // Of its own an array of JSON has its elements and its length.
  if (Array.isArray(value)) return name !== 'length' && Object.hasOwn(value, name);
  return isJsonObject(value) && Object.hasOwn(value, name);
}

function namesIn(pointer: string): string[] {
  const names = pointer.split('/').slice(1);
  return pointer.includes('~') ? names.map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~')) : names;
}
