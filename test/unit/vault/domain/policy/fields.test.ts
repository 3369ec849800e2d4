// Fields: a value is held against its shape in one visit to each place, and what does not fit is sealed.

import { describe, expect, test } from 'vitest';
import { isFieldSealed, visitFields } from '../../../../../vault/domain/policy/fields.ts';
import { pointerTo } from '../../../../../vault/domain/policy/place.ts';
import { planSealing } from '../../../../../vault/domain/policy/plan.ts';
import { buildShape, type Line, type Shape } from '../../../../../vault/domain/policy/shape.ts';
import { aRef, SENSITIVE_CONTEXT, STANDARD_POLICY } from '../../../../support/entries.ts';

describe('a field', () => {
  const SHAPES: Record<string, Shape> = {
    sealed: { kind: 'sealed' },
    readable: { kind: 'readable' },
    scalar: { kind: 'scalar', path: 'data.x' },
    word: { kind: 'word', path: 'data.x' },
    object: { kind: 'object', path: 'data.x', members: new Map(), rest: { kind: 'readable' } },
    array: { kind: 'array', path: 'data.x', each: { kind: 'readable' } },
  };

  test.each<[string, unknown, boolean | undefined]>([
    ['sealed', 'GET', true],
    ['sealed', null, true],
    ['sealed', {}, true],
    ['readable', { a: 'two words' }, false],
    ['scalar', 'two words', false],
    ['scalar', 7, false],
    ['scalar', false, false],
    ['scalar', null, false],
    ['scalar', [], true],
    ['scalar', {}, true],
    ['word', 'GET', false],
    ['word', 'two words', true],
    ['word', 7, false],
    ['word', true, false],
    ['word', null, false],
    ['word', ['GET'], true],
    ['object', null, false],
    ['object', 'x', true],
    ['object', [], true],
    ['object', {}, undefined],
    ['array', null, false],
    ['array', 'x', true],
    ['array', {}, true],
    ['array', [], undefined],
  ])('expected as %s and found as %j is sealed: %s', (kind, value, sealed) => {
    const found: boolean[] = [];
    visitFields(value, ['data'], SHAPES[kind] as Shape, (_place, _value, shape, isExpected) =>
      found.push(isFieldSealed(shape, isExpected)),
    );
    expect(found).toEqual(sealed === undefined ? [] : [sealed]);
  });

  test('is visited with its place; a ref is not', () => {
    const lines: Line[] = [{ path: 'data.list[*].a', becomes: 'word' }];
    const value = { list: [{ a: 'x', b: 1 }, aRef(), 7], c: aRef(), d: [1] };
    const visited: string[] = [];
    visitFields(value, ['data'], buildShape(lines, 'sealed').shape, (place) => visited.push(pointerTo(place)));
    expect(visited).toEqual(['/data/list/0/a', '/data/list/0/b', '/data/list/2', '/data/d']);
  });
});

// Counted, not timed: how often a plan asks an object or array of the entry for its members.
test('planning asks each object and array of an entry at most three times, whatever its size', () => {
  for (const count of [1, 10, 100]) {
    for (const type of ['form.answer', 'buttons.ask', 'component.response', 'unheard.of']) {
      const { value, asked, containers } = counted({
        answers: Object.fromEntries(Array.from({ length: count }, (_, at) => [`q${at}`, { a: [at, { b: at }] }])),
        buttons: Array.from({ length: count }, () => ({ text: 'x', style: 'bold', value: [{ a: 1 }] })),
        result: [aRef(), ...Array.from({ length: count }, () => ({ a: { b: [1] } }))],
      });
      planSealing({ type, data: value }, SENSITIVE_CONTEXT, STANDARD_POLICY, { refsAllowed: true });
      expect(asked()).toBeLessThanOrEqual(3 * containers);
    }
  }
});

/** The value with a count of how often its objects are asked for their names and its arrays for their length. */
function counted<T extends object>(root: T): { value: T; asked: () => number; containers: number } {
  let asked = 0;
  let containers = 0;
  const wrap = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value;
    containers += 1;
    const copy = Array.isArray(value)
      ? value.map(wrap)
      : Object.fromEntries(Object.entries(value).map(([name, below]) => [name, wrap(below)]));
    return new Proxy(copy, {
      ownKeys: (target) => {
        asked += 1;
        return Reflect.ownKeys(target);
      },
      get: (target, name, receiver) => {
        if (name === Symbol.iterator || name === 'entries') asked += 1;
        return Reflect.get(target, name, receiver);
      },
    });
  };
  return { value: wrap(root) as T, asked: () => asked, containers };
}
