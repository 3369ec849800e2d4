// The words of settings errors, at the edges: what is quoted, cut and guessed.

import { expect, describe as group, test } from 'vitest';
import {
  describe,
  either,
  formatProblem,
  isToken,
  nearestName,
  unknownName,
} from '../../../../../vault/domain/settings/wording.ts';

const long = (length: number) => 'x'.repeat(length);

test.each<[readonly PropertyKey[], string]>([
  [[], 'is wrong'],
  [['apps', 'shop'], 'apps.shop: is wrong'],
  [['apps', 'my shop', 'roleArns', 0], 'apps["my shop"].roleArns[0]: is wrong'],
  [['$a_-1'], '$a_-1: is wrong'],
  [['1a'], '["1a"]: is wrong'],
  [[long(40)], `${long(40)}: is wrong`],
  [[long(41)], `["${long(39)}…"]: is wrong`],
])('a problem at %j reads %s', (path, line) => {
  expect(formatProblem({ path, text: 'is wrong' })).toBe(line);
});

test('a text of more than 500 characters is cut, and says so', () => {
  expect(formatProblem({ path: [], text: long(500) })).toBe(long(500));
  expect(formatProblem({ path: ['a'], text: long(501) })).toBe(`a: ${long(500)}…`);
});

group('a CDK token', () => {
  const text = `\${Token[TOKEN.7]}`;
  const lazy = { resolve: () => 1, creationStack: [] };

  test.each([text, `a ${text} b`, '#{Token[TOKEN.8]}', -1.8881545897087513e289, ['a', text], lazy])(
    'is in %j',
    (value) => {
      expect(isToken(value)).toBe(true);
      expect(describe(value)).toBe('a CDK token');
    },
  );

  test.each([
    'Token[TOKEN.7]',
    '#{Token}',
    1,
    0,
    ['a'],
    {},
    null,
    undefined,
    { resolve: 1 },
    { creationStack: [] },
    true,
  ])('is not in %j', (value) => {
    expect(isToken(value)).toBe(false);
    expect(describe(value)).not.toBe('a CDK token');
  });
});

test.each<[unknown, string]>([
  ['a "text"', '"a \\"text\\""'],
  [long(40), `"${long(40)}"`],
  [long(41), `"${long(39)}…"`],
  [() => 1, 'a function'],
  [[], 'an empty list'],
  [[1], 'a list'],
  [{}, 'an object'],
  [new (class {})(), 'an object'],
  [new Map(), 'an object of class Map'],
  [
    new (class Abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz {})(),
    'an object of class Abcdefghijklmnopqrstuvwxyzabcdefghijklmn',
  ],
  [null, 'null'],
  [undefined, 'undefined'],
  [7, '7'],
  [10n ** 50n, `1${'0'.repeat(39)}`],
])('%o is described as %s', (value, words) => {
  expect(describe(value)).toBe(words);
});

test('an object whose class has no name is an object', () => {
  for (const prototype of [null, { constructor: undefined }, { constructor: { name: 7 } }]) {
    expect(describe(Object.create(prototype))).toBe('an object');
  }
});

test.each([
  [[], ''],
  [['a'], 'a'],
  [['a', 'b'], 'a or b'],
  [['a', 'b', 'c'], 'a, b or c'],
])('%j are listed as %s', (words, text) => {
  expect(either(words)).toBe(text);
});

test.each<[string, readonly string[], string | undefined]>([
  ['lockKeyPolcy', ['lockKeyPolicy', 'keyPools'], 'lockKeyPolicy'],
  ['KEYPOOLS', ['lockKeyPolicy', 'keyPools'], 'keyPools'],
  // Two edits are always few; of a longer name, half of its characters.
  ['xxa', ['a'], 'a'],
  ['xxxa', ['a'], undefined],
  ['abcdxxxx', ['abcdefgh'], 'abcdefgh'],
  ['abcxxxxx', ['abcdefgh'], undefined],
  [long(64), [`${long(63)}y`], `${long(63)}y`],
  [long(65), [`${long(64)}y`], undefined],
  ['a', [], undefined],
])('%s among %j probably means %s', (wrong, known, meant) => {
  expect(nearestName(wrong, known)).toBe(meant);
});

test('a name that is like none is to be removed', () => {
  expect(unknownName('zzzzzzzz', ['cycle', 'lead'])).toBe('is not a known name: remove it, or use cycle or lead');
});
