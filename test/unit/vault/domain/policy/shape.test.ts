// Shapes: the tree that the lines of a type describe, and which lines of an app's take the place of others.

import { describe, expect, test } from 'vitest';
import { buildShape, type Line, override, WORD } from '../../../../../vault/domain/policy/shape.ts';

const line = (path: string, becomes: Line['becomes'] = 'sealed'): Line => ({ path: path as Line['path'], becomes });
const SEALED = { kind: 'sealed' };

test('lines become a tree of objects and arrays, with what becomes of everything else', () => {
  const lines = [line('data.id', 'word'), line('data.list[*].a.*', 'scalar'), line('data.list[*].b')];
  expect(buildShape(lines, 'sealed')).toEqual({
    problems: [],
    shape: {
      kind: 'object',
      path: 'data',
      rest: SEALED,
      members: new Map<string, unknown>([
        ['id', { kind: 'word', path: 'data.id' }],
        [
          'list',
          {
            kind: 'array',
            path: 'data.list',
            each: {
              kind: 'object',
              path: 'data.list[*]',
              rest: SEALED,
              members: new Map<string, unknown>([
                [
                  'a',
                  {
                    kind: 'object',
                    path: 'data.list[*].a',
                    members: new Map(),
                    rest: { kind: 'scalar', path: 'data.list[*].a.*' },
                  },
                ],
                ['b', { kind: 'sealed', path: 'data.list[*].b' }],
              ]),
            },
          },
        ],
      ]),
    },
  });
});

test('without lines, every member is what is said of the rest', () => {
  for (const unlisted of ['sealed', 'readable'] as const) {
    const rest = { kind: unlisted };
    expect(buildShape([], unlisted).shape).toEqual({ kind: 'object', path: 'data', members: new Map(), rest });
  }
});

test('where lines contradict each other, the place is sealed and the problem listed', () => {
  const twice = buildShape([line('data.a', 'word'), line('data.a.b', 'word')], 'readable');
  expect(twice.problems).toEqual(['data.a is listed more than once, or with a part of it: list it once']);
  expect(twice.shape).toMatchObject({ members: new Map([['a', { kind: 'sealed', path: 'data.a' }]]) });
  const mixed = buildShape([line('data.a[*]', 'word'), line('data.a.b', 'word')], 'sealed');
  expect(mixed.problems).toEqual(['data.a is described in 2 ways: use names, .* or [*] below it, one of them']);
  expect(mixed.shape).toMatchObject({ members: new Map([['a', { kind: 'sealed', path: 'data.a' }]]) });
});

describe('a line that is put over others', () => {
  test.each<[string, string[], string[]]>([
    ['data.a', ['data.a', 'data.b'], ['data.b']],
    ['data.a', ['data.a.x', 'data.a[*].y', 'data.ab'], ['data.ab']],
    ['data.a.x', ['data.a'], []],
    ['data.a.x', ['data.a.*', 'data.a.y'], ['data.a.*', 'data.a.y']],
    ['data.a.*', ['data.a.x', 'data.a.y.z', 'data.a[*].x'], ['data.a[*].x']],
    ['data.*', ['data.a', 'data.b[*].c'], []],
    ['data.a[*].*', ['data.a[*].x', 'data.a.x'], ['data.a.x']],
  ])('%s leaves of %j only %j', (over, lines, kept) => {
    const result = override(
      lines.map((path) => line(path)),
      [line(over, 'scalar')],
    );
    expect(result).toEqual([...kept.map((path) => line(path)), line(over, 'scalar')]);
  });
});

test.each([
  ['GET', true],
  ['en-GB', true],
  ['image/svg+xml', true],
  ['4', true],
  ['x'.repeat(128), true],
  ['x'.repeat(129), false],
  ['', false],
  ['two words', false],
  ['line\n', false],
  ['maya@example.org', false],
  ['https://example.org', false],
  ['/etc', false],
  ['a,b', false],
  ['naïve', false],
])('%j is a word: %s', (text, isWord) => {
  expect(WORD.test(text)).toBe(isWord);
});
