// Texts for logs: no ref and no part of one is left in them.

import { expect, test } from 'vitest';
import { redactRefs } from '../../../../client/sdk/index.ts';
import { aRefText } from '../../../support/entries.ts';

test('every ref becomes stars, and everything else stays', () => {
  const text = `{"a":"${aRefText(1)}","b":["${aRefText(2)}",7]} and ${aRefText(3)}.`;
  expect(redactRefs(text)).toBe('{"a":"★★★★★","b":["★★★★★",7]} and ★★★★★.');
});

test.each([4, 5, 30, 79])('a ref that is cut off after %i characters becomes stars', (length) => {
  expect(redactRefs(`sealed as ${aRefText().slice(0, length)}`)).toBe('sealed as ★★★★★');
});

test.each(['', 'nothing to hide', 'dkt_token', 'DK2_', 'dk2', 'dk-2_'])('%j stays', (text) => {
  expect(redactRefs(text)).toBe(text);
});
