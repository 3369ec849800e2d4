// JSON pointers: every spelling of RFC 6901 leads to its value, and other values go where they lead.

import { expect, test } from 'vitest';
import { replaced } from '../../../../../vault/domain/policy/pointer.ts';
import { frozen, valueAt } from '../../../../support/entries.ts';

test('the pointers of RFC 6901, section 5, are followed', () => {
  const document = {
    foo: ['bar', 'baz'],
    '': 0,
    'a/b': 1,
    'c%d': 2,
    'e^f': 3,
    'g|h': 4,
    'i\\j': 5,
    'k"l': 6,
    ' ': 7,
    'm~n': 8,
  };
  const pointers = ['', '/foo', '/foo/0', '/', '/a~1b', '/c%d', '/e^f', '/g|h', '/i\\j', '/k"l', '/ ', '/m~0n'];
  const values = [document, ['bar', 'baz'], 'bar', 0, 1, 2, 3, 4, 5, 6, 7, 8];
  expect(pointers.map((pointer) => valueAt(document, pointer))).toEqual(values);
  for (const pointer of pointers) {
    expect(valueAt(replaced(document, new Map([[pointer, 'new']])), pointer)).toBe('new');
  }
  expect(valueAt({ '~1': 'x' }, '/~01')).toBe('x');
});

test('a replaced member called __proto__ stays a member', () => {
  const value = frozen(JSON.parse('{"__proto__":{"a":1},"b":[{"__proto__":2}]}'));
  const after = replaced(
    value,
    new Map<string, unknown>([
      ['/__proto__/a', 3],
      ['/b/0/__proto__', { c: 4 }],
    ]),
  ) as object;
  expect(JSON.stringify(after)).toBe('{"__proto__":{"a":3},"b":[{"__proto__":{"c":4}}]}');
  expect(Object.getPrototypeOf(after)).toBe(Object.prototype);
});

test('what is not replaced is shared, in the order it had', () => {
  const value = frozen({ z: { y: [1] }, a: [{ b: 1 }, { c: 2 }], m: 'x' });
  const after = replaced(value, new Map([['/a/1/c', 'new']])) as typeof value;
  expect(JSON.stringify(after)).toBe('{"z":{"y":[1]},"a":[{"b":1},{"c":"new"}],"m":"x"}');
  expect([after.z, after.a[0]]).toEqual([value.z, value.a[0]]);
  expect(after.z).toBe(value.z);
  expect(after.a[0]).toBe(value.a[0]);
});

test.each([
  ['/a/2', 'nothing at /a/2'],
  ['/a/length', 'nothing at /a/length'],
  ['/a/00', 'nothing at /a/00'],
  ['/b/0', 'nothing at /b/0'],
  ['/constructor', 'nothing at /constructor'],
  ['/n/x', 'nothing at /n/x'],
])('a pointer that leads nowhere is refused: %s', (pointer, message) => {
  expect(() => replaced({ a: [1, 2], b: 'text', n: null }, new Map([[pointer, 'new']]))).toThrow(message);
});

test('a pointer into another replacement is refused', () => {
  for (const pointers of [
    ['/a', '/a/0'],
    ['/a/0', '/a'],
  ]) {
    const replacements = new Map(pointers.map((pointer) => [pointer, 'new']));
    expect(() => replaced({ a: [1] }, replacements)).toThrow('/a is replaced, and a part of it too');
  }
});

test('what is put in may be changed and taken out again, as any member', () => {
  const after = replaced(
    frozen({ a: { b: 1 }, c: [1] }),
    new Map([
      ['/a/b', 2],
      ['/c/0', 3],
    ]),
  ) as { a: { b?: number }; c: number[] };
  after.a.b = 4;
  after.c[0] = 5;
  expect(after).toEqual({ a: { b: 4 }, c: [5] });
  delete after.a.b;
  expect(after).toEqual({ a: {}, c: [5] });
});
