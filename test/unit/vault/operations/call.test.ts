// The body of a call: within its limit, and strict JSON.

import { expect, test } from 'vitest';
import { parseBody } from '../../../../vault/operations/call.ts';
import { MAX_REQUEST_BYTES } from '../../../../wire/limits.ts';

const parse = (text: string) => parseBody({ bodyText: () => text });

test('a body has at most as many bytes as a request may have', () => {
  const text = (bytes: number) => `"${'x'.repeat(bytes - 2)}"`;
  expect(parse(text(MAX_REQUEST_BYTES)).mostBytes).toBe(MAX_REQUEST_BYTES);
  expect(() => parse(text(MAX_REQUEST_BYTES + 1))).toThrow(
    expect.objectContaining({ code: 'too-large', message: `a request has at most ${MAX_REQUEST_BYTES} bytes` }),
  );
});

test('bytes are counted in UTF-8, and numbers as they are written out', () => {
  expect(parse('"é"')).toEqual({ value: 'é', mostBytes: 4 });
  expect(parse('[1e20]').mostBytes).toBeGreaterThanOrEqual(JSON.stringify([1e20]).length);
});

test('what is no strict JSON is refused with its place', () => {
  expect(() => parse('{"a":{"b":1,"b":2}}')).toThrow(expect.objectContaining({ code: 'invalid-json', paths: ['a.b'] }));
});
