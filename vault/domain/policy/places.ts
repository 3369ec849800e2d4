// Holds a value against its expected shape and says what in it is sensitive.

import { isJsonObject, type JsonObject } from './entry.ts';
import { pointerBelow } from './pointer.ts';
import { hasReservedKey } from './refs.ts';
import type { Member, Shape } from './shape.ts';

/** What is told of a value. Refs are passed over: they are sealed already. */
export interface Visitor {
  /** A sensitive field, or what stands in the way of one: then `asExpected` is false and `path` what was expected. */
  sensitive(pointer: string, value: unknown, path: string, asExpected: boolean): void;
  /** What the catalogue says nothing about. */
  unlisted?(pointer: string, value: unknown): void;
}

/**
 * Visits the sensitive places. A value of another shape than expected is sensitive as a whole, since the fields that
 * were expected below may be anywhere in it; only `null` holds nothing.
 */
export function visitPlaces(value: unknown, pointer: string, shape: Shape, visitor: Visitor): void {
  if (hasReservedKey(value)) return;
  if (shape.kind === 'sensitive') {
    visitor.sensitive(pointer, value, shape.path, true);
  } else if (value === null) {
    visitor.unlisted?.(pointer, value);
  } else if (shape.kind === 'array' && Array.isArray(value)) {
    for (const [index, element] of value.entries()) {
      visitPlaces(element, pointerBelow(pointer, index), shape.each, visitor);
    }
  } else if (shape.kind === 'map' && isJsonObject(value)) {
    for (const [name, member] of Object.entries(value)) {
      visitPlaces(member, pointerBelow(pointer, name), shape.each, visitor);
    }
  } else if (shape.kind === 'object' && isJsonObject(value)) {
    visitMembers(value, pointer, shape.members, visitor);
  } else {
    visitor.sensitive(pointer, value, shape.path, false);
  }
}

function visitMembers(value: JsonObject, pointer: string, members: readonly Member[], visitor: Visitor): void {
  for (const { name, pointer: below, shape } of members) {
    if (Object.hasOwn(value, name)) visitPlaces(value[name], pointer + below, shape, visitor);
  }
  if (visitor.unlisted) {
    for (const [name, member] of Object.entries(value)) {
      const isListed = members.some((listed) => listed.name === name);
      if (!isListed) visitor.unlisted(pointerBelow(pointer, name), member);
    }
  }
}
