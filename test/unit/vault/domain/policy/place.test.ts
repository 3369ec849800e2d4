// Places: JSON pointers from names, and a count that stops before any pointer is built.

import { describe, expect, test } from 'vitest';
import { DaykeyError } from '../../../../../vault/domain/errors.ts';
import { type Place, placeCounter, pointerTo, shownPointerTo } from '../../../../../vault/domain/policy/place.ts';
import { MAX_ANSWER_BYTES } from '../../../../../wire/limits.ts';

test.each<[Place, string]>([
  [[], ''],
  [['data'], '/data'],
  [['data', 'list', 7, 'text'], '/data/list/7/text'],
  [['a/b', 'm~n', '~1', ''], '/a~1b/m~0n/~01/'],
  [['__proto__', '%', ' '], '/__proto__/%/ '],
])('the pointer to %j is %s', (place, pointer) => {
  expect(pointerTo(place)).toBe(pointer);
  expect(shownPointerTo(place)).toBe(pointer);
});

test('a pointer in an error has at most 256 characters and says that it goes on', () => {
  expect(shownPointerTo(['n'.repeat(255)])).toBe(`/${'n'.repeat(255)}`);
  expect(shownPointerTo(['n'.repeat(256)])).toBe(`/${'n'.repeat(255)}…`);
});

describe('a counter of places', () => {
  test('stops at the first one too many, in words that say what to do', () => {
    const count = placeCounter('refs', 2);
    count(['a']);
    count(['a']);
    expect(() => count(['a'])).toThrow(
      new DaykeyError('too-large', 'an entry has at most 2 refs: send it in smaller entries'),
    );
  });

  test('stops where the pointers would be too long together, names of all levels and indexes included', () => {
    const deep = ['n'.repeat(100), 'm'.repeat(50), 1234];
    const length = pointerTo(deep).length;
    const fitting = Math.floor(MAX_ANSWER_BYTES / length);
    const count = placeCounter('refs', Number.POSITIVE_INFINITY);
    for (let places = 0; places < fitting; places += 1) count(deep);
    expect(() => count(deep)).toThrow(`have at most ${MAX_ANSWER_BYTES} bytes together: use shorter names`);
  });

  test.each([
    ['★', 3],
    ['"', 2],
    ['~', 2],
    ['\u0001', 6],
    ['\ud800', 6],
  ])('counts %j as the %i bytes that it takes in the JSON text of an answer', (character, bytes) => {
    const name = character.repeat(1000);
    expect(Buffer.byteLength(JSON.stringify(pointerTo([name])))).toBe(1000 * bytes + '"/"'.length);
    const fitting = Math.floor(MAX_ANSWER_BYTES / (1000 * bytes + 1));
    const count = placeCounter('refs', Number.POSITIVE_INFINITY);
    for (let places = 0; places < fitting; places += 1) count([name]);
    expect(() => count([name])).toThrow('use shorter names');
  });

  // Up to 32 letters, digits and underscores print as they are; any other name is looked at.
  test.each([
    '★',
    'a/b',
    '/ab',
    'ab~',
    '~',
    '"',
    'é',
    'a.b',
    '',
    '_x9',
    'x'.repeat(32),
    `${'x'.repeat(32)}/`,
    `/${'x'.repeat(32)}`,
  ])('counts the short name %j as it prints, again and again', (name) => {
    const bytes = Buffer.byteLength(JSON.stringify(pointerTo([name]))) - 2;
    const count = placeCounter('refs', Number.POSITIVE_INFINITY);
    count(['x'.repeat(MAX_ANSWER_BYTES - 1000 * bytes - 1)]);
    count(Array.from({ length: 1000 }, () => name));
    expect(() => count(['y'])).toThrow('use shorter names');
  });

  test('takes pointers that have exactly the bytes of an answer', () => {
    const count = placeCounter('refs', 1);
    expect(() => count(['x'.repeat(MAX_ANSWER_BYTES - 1)])).not.toThrow();
    expect(() => placeCounter('refs', 1)(['x'.repeat(MAX_ANSWER_BYTES)])).toThrow('use shorter names');
  });

  test('counts the root as a place without bytes', () => {
    const count = placeCounter('refs', 1);
    count([]);
    expect(() => count([])).toThrow('at most 1 refs');
  });
});
