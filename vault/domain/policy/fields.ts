// Holds a value against its expected shape, field by field.

import { isJsonObject } from '../../../wire/json-object.ts';
import type { Trail } from './place.ts';
import { hasReservedKey } from './refs.ts';
import { type Shape, WORD } from './shape.ts';

/** Takes one field: the trail at it, its value, what is expected there, and whether the value is as expected. */
export type FieldVisitor = (trail: Trail, value: unknown, shape: Shape, isExpected: boolean) => void;

/** Whether a field is sealed in a sensitive entry. What is not as expected is: anything may be in it. */
export function isFieldSealed(shape: Shape, isExpected: boolean): boolean {
  return !isExpected || shape.kind === 'sealed';
}

/** Visits the fields that together make up a value. Refs are left out: they are sealed already. */
export function visitFields(value: unknown, trail: Trail, shape: Shape, visit: FieldVisitor): void {
  if (hasReservedKey(value)) return;
  if (shape.kind === 'object' && isJsonObject(value)) {
    for (const name of Object.keys(value)) {
      trail.push(name);
      visitFields(value[name], trail, shape.members.get(name) ?? shape.rest, visit);
      trail.pop();
    }
  } else if (shape.kind === 'array' && Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      trail.push(index);
      visitFields(value[index], trail, shape.each, visit);
      trail.pop();
    }
  } else {
    visit(trail, value, shape, isExpected(value, shape));
  }
}

function isExpected(value: unknown, shape: Shape): boolean {
  switch (shape.kind) {
    case 'sealed':
    case 'readable':
      return true;
    case 'scalar':
      return isScalar(value);
    case 'word':
      return typeof value === 'string' ? WORD.test(value) : isScalar(value);
    case 'object':
    case 'array':
      return value === null;
  }
}

function isScalar(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}
