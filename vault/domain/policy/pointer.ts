// JSON pointers (RFC 6901): puts other values where they point.

import { isJsonObject } from '../../../wire/json-object.ts';
import { type Place, shownPointerTo } from './place.ts';

interface Branch {
  readonly below: Map<string, Branch>;
  /** Wrapped, so that any value can stand here, `undefined` too. */
  replacement?: { readonly value: unknown };
}

/**
 * A copy with other values at these pointers. Shares everything else with the original, which is not changed. A name such
 * as `__proto__` stays an ordinary member. New values are put in as they are and not searched.
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
  return copied(root, tree, []);
}

function copied(value: unknown, { below, replacement }: Branch, place: Place): unknown {
  if (replacement) {
    if (below.size > 0) throw new Error(`${shownPointerTo(place)} is replaced, and a part of it too`);
    return replacement.value;
  }
  if (below.size === 0) return value;
  const copy = Array.isArray(value) ? [...value] : { ...(value as object) };
  for (const [name, branch] of below) {
    const at = [...place, name];
    if (!hasChild(value, name)) throw new Error(`nothing at ${shownPointerTo(at)}`);
    // An assignment would set the prototype where the name is `__proto__`.
    const descriptor = { value: copied(value[name], branch, at), writable: true, enumerable: true, configurable: true };
    Object.defineProperty(copy, name, descriptor);
  }
  return copy;
}

function hasChild(value: unknown, name: string): value is { readonly [name: string]: unknown } {
  // The own properties of a JSON array are its elements and its length.
  if (Array.isArray(value)) return name !== 'length' && Object.hasOwn(value, name);
  return isJsonObject(value) && Object.hasOwn(value, name);
}

function namesIn(pointer: string): string[] {
  const names = pointer.split('/').slice(1);
  return pointer.includes('~') ? names.map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~')) : names;
}
