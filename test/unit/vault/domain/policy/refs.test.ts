// Refs in JSON: found in one pass, with every object and array that holds one.

import { describe, expect, test } from 'vitest';
import { pointerTo } from '../../../../../vault/domain/policy/place.ts';
import { hasReservedKey, scanRefs, visitPartsWithoutRefs } from '../../../../../vault/domain/policy/refs.ts';
import { MAX_ENTRY_PARTS, MAX_JSON_DEPTH } from '../../../../../wire/limits.ts';
import { aRef } from '../../../../support/entries.ts';

test('only an object with the reserved key as its own member has it', () => {
  expect(hasReservedKey(aRef())).toBe(true);
  expect(hasReservedKey({ $sensitive: undefined, a: 1 })).toBe(true);
  for (const value of [null, 'x', ['$sensitive'], {}, Object.create({ $sensitive: 'x' })]) {
    expect(hasReservedKey(value)).toBe(false);
  }
});

describe('a scan', () => {
  const value = { a: [aRef(1), { b: { c: aRef(2) } }], d: [{ e: 1 }], f: aRef(3) };

  test('finds every ref in order, and what holds one', () => {
    const { refs, holders } = scanRefs(value);
    expect(refs).toEqual([
      { place: ['a', 0], ref: aRef(1).$sensitive },
      { place: ['a', 1, 'b', 'c'], ref: aRef(2).$sensitive },
      { place: ['f'], ref: aRef(3).$sensitive },
    ]);
    expect(holders.has(value.a[1])).toBe(true);
    expect(holders.has(value.f)).toBe(true);
    expect(holders.has(value.d)).toBe(false);
    expect(holders.size).toBe(7);
  });

  test('stops at the first ref that is refused', () => {
    const asked: unknown[] = [];
    const refuse = (ref: object) => {
      asked.push(ref);
      return asked.length === 2 ? 'not this one' : undefined;
    };
    expect(() => scanRefs(value, refuse)).toThrow(
      expect.objectContaining({ code: 'ref-not-allowed', message: 'not this one', paths: ['/a/1/b/c'] }),
    );
    expect(asked).toHaveLength(2);
  });

  test('stops at one ref too many, and says what to do', () => {
    const refs = Array.from({ length: MAX_ENTRY_PARTS + 1 }, aRef);
    expect(() => scanRefs(refs)).toThrow('an entry has at most 1024 refs: send it in smaller entries');
  });

  test('of a value without refs finds nothing, up to 64 levels', () => {
    const nested = (levels: number): unknown => (levels === 0 ? 'x' : [nested(levels - 1)]);
    expect(scanRefs(nested(MAX_JSON_DEPTH))).toEqual({ refs: [], holders: new Set() });
    expect(() => scanRefs(nested(MAX_JSON_DEPTH + 1))).toThrow('at most 64 objects and arrays');
    expect(scanRefs('x').refs).toEqual([]);
  });
});

test('the parts without refs are the largest ones, and refs are no parts', () => {
  const value = { a: [aRef(1), { b: 2 }], c: { d: [3] }, e: { f: aRef(2), g: null } };
  const parts: [string, unknown][] = [];
  visitPartsWithoutRefs(value, [], scanRefs(value).holders, (place, part) => parts.push([pointerTo(place), part]));
  expect(parts).toEqual([
    ['/a/1', { b: 2 }],
    ['/c', { d: [3] }],
    ['/e/g', null],
  ]);
});
