// What the answer says of a refused body: paths and limits, in our own words, within four kilobytes, and no value.

import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import { checked } from '../../../../vault/operations/checked.ts';

const SCHEMA = z.strictObject({
  name: z.optional(z.string().check(z.minLength(2), z.maxLength(3))),
  count: z.optional(z.int()),
  at: z.optional(z.iso.datetime()),
  kind: z.optional(z.enum(['a', 'b'])),
  list: z.optional(z.array(z.strictObject({ text: z.string() }))),
  own: z.optional(z.string().check(z.regex(/^x$/, 'an x is expected'))),
});

function refusal(body: unknown): unknown {
  try {
    return checked(SCHEMA, body);
  } catch (error) {
    return error;
  }
}

test('a body of the documented shape is given as it is parsed', () => {
  expect(checked(SCHEMA, { name: 'ab' })).toEqual({ name: 'ab' });
});

test.each<[body: unknown, message: string, paths: string[]]>([
  [7, 'body: object expected', ['']],
  [{ name: 7 }, 'name: string expected', ['name']],
  [{ name: 'a' }, 'name: at least 2 expected', ['name']],
  [{ name: 'abcd' }, 'name: at most 3 expected', ['name']],
  [{ at: 'today' }, 'at: datetime expected', ['at']],
  [{ kind: 'c' }, 'kind: not the documented shape', ['kind']],
  [{ own: 'secret' }, 'own: an x is expected', ['own']],
  [{ more: 1 }, 'more: unknown member', ['more']],
  [{ a: 1, b: 2 }, 'a: unknown member; b: unknown member', ['a', 'b']],
  [
    { list: [{ text: 'x' }, { txt: 'x' }] },
    'list.1.text: string expected; list.1.txt: unknown member',
    ['list.1.text', 'list.1.txt'],
  ],
])('%j is refused: %s', (body, message, paths) => {
  expect(refusal(body)).toMatchObject({ code: 'invalid-request', message, paths });
});

test('the first ten faults are named', () => {
  const names = Array.from({ length: 11 }, (_, at) => `n${at}`);
  const refused = refusal(Object.fromEntries(names.map((name) => [name, 1])));
  expect(refused).toMatchObject({ paths: names.slice(0, 10) });
});

test('faults that would make the answer long are left out, and those after them', () => {
  // In JSON, each control character takes six bytes, and a path is in the answer twice.
  const names = ['a', 'b', 'c'].map((name) => `${name}${'\u0001'.repeat(127)}`);
  const refused = refusal(Object.fromEntries([...names, 'short'].map((name) => [name, 1])));
  expect(refused).toMatchObject({ paths: names.slice(0, 2) });
});
