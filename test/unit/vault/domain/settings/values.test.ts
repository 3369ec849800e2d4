// Placeholders in a settings document: only a whole text is one.

import { expect, test } from 'vitest';
import { putValues, takeValues } from '../../../../../vault/domain/settings/values.ts';

test('only a text that is a placeholder from end to end gets a value', () => {
  const document = ['@value:0', ' @value:0', '@value:0 ', 'x@value:0', '@value:0x', '@value:', '@value:1234567'];
  expect(putValues(document, ['arn'])).toEqual(['arn', ...document.slice(1)]);
});

test('a text that looks like a placeholder is taken out, and comes back as it was', () => {
  const taken = takeValues({ a: '@value:7', b: 'late', c: 'x@value:7' }, (text) => text === 'late');
  expect(taken).toEqual({ document: { a: '@value:0', b: '@value:1', c: 'x@value:7' }, values: ['@value:7', 'late'] });
  expect(putValues(taken.document, taken.values)).toEqual({ a: '@value:7', b: 'late', c: 'x@value:7' });
});
