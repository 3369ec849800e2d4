// Paths of fields: which texts are paths, what their steps are, and which places lie within which.

import { describe, expect, test } from 'vitest';
import { fieldPathBelow, isWithin, parseFieldPath } from '../../../../../vault/domain/policy/field-path.ts';

describe('a path', () => {
  test.each([
    ['data.text', ['text']],
    ['data.buttons[*].text', ['buttons', '[*]', 'text']],
    ['data.answers.*', ['answers', '*']],
    ['data.*', ['*']],
    ['data.*.*[*][*]', ['*', '*', '[*]', '[*]']],
    ['data.x-y_Z9', ['x-y_Z9']],
    ['data.__proto__', ['__proto__']],
  ])('%s has these steps, and is put together from them', (path, steps) => {
    expect(parseFieldPath(path)).toEqual(steps);
    expect(steps.reduce(fieldPathBelow, 'data')).toBe(path);
  });

  test.each([
    '',
    'data',
    'data.',
    'text',
    'date.text',
    'data[*]',
    'data.[*]',
    'data..text',
    'data.text.',
    ' data.text',
    'data.a b',
    'data.text ',
    'data.text\n',
    'data.a[0]',
    'data.a[]',
    'data.a[*',
    'data.a*',
    'data.*a',
    'data.$sensitive',
    'data.0',
    'data.a[*]b',
    'data/text',
    'DATA.text',
    `data.${'a'.repeat(129)}`,
  ])('is not %j', (path) => {
    expect(parseFieldPath(path)).toBeUndefined();
  });

  test.each([
    ['data.a', 'data.a', true],
    ['data.a.b', 'data.a', true],
    ['data.a', 'data.a.b', false],
    ['data.a', 'data.a.*', false],
    ['data.a.b', 'data.*', true],
    ['data.a.b', 'data.*.b', true],
    ['data.a.b', 'data.*.c', false],
    ['data.*', 'data.a', false],
    ['data.*.*', 'data.*', true],
    ['data.a[*].b', 'data.a.*', false],
    ['data.a[*].b', 'data.a[*].*', true],
    ['data.a.b', 'data.a[*]', false],
  ])('%s is within %s: %s', (path, wider, expected) => {
    expect(isWithin(parseFieldPath(path) ?? [], parseFieldPath(wider) ?? [])).toBe(expected);
  });
});
