// What is too large for an answer is refused before the answer is built.

import { expect, test } from 'vitest';
import { assertAnswerFits, assertPartFits, jsonBytes } from '../../../../vault/usecases/answer-bytes.ts';
import { MAX_ANSWER_BYTES } from '../../../../wire/limits.ts';

test('a size is that of the JSON text in UTF-8; what has none takes no bytes', () => {
  expect(jsonBytes({ a: 'é' })).toBe(10);
  expect(jsonBytes(undefined)).toBe(0);
});

test('an answer fits to the last byte, and the error names both sizes and what to do', () => {
  expect(() => assertAnswerFits(MAX_ANSWER_BYTES, 'the entry')).not.toThrow();
  expect(() => assertAnswerFits(MAX_ANSWER_BYTES + 1, 'the entry')).toThrow(
    `the entry would take ${MAX_ANSWER_BYTES + 1} bytes of the answer, which has at most ${MAX_ANSWER_BYTES}: send smaller requests`,
  );
});

test('a part of the request is weighed only if the request may be too large', () => {
  const unprintable = {
    toJSON() {
      throw new Error('printed');
    },
  };
  expect(() => assertPartFits({ bodyBytes: 100 }, unprintable, MAX_ANSWER_BYTES - 100, 'it')).not.toThrow();
  expect(() => assertPartFits({ bodyBytes: 100 }, unprintable, MAX_ANSWER_BYTES - 99, 'it')).toThrow('printed');
  expect(() => assertPartFits({}, unprintable, 0, 'it')).toThrow('printed');
});

test('a part fits by its own size and that of the rest, whatever the request was', () => {
  const part = 'x'.repeat(98);
  expect(() => assertPartFits({ bodyBytes: 5000 }, part, MAX_ANSWER_BYTES - 100, 'it')).not.toThrow();
  expect(() => assertPartFits({ bodyBytes: 5000 }, part, MAX_ANSWER_BYTES - 99, 'it')).toThrow('it would take');
});
