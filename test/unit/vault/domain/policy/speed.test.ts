// The largest entries are worked through in time for an answer. Apart from the other tests: these read the clock.

import { expect, test } from 'vitest';
import { applyOpened, findRefs } from '../../../../../vault/domain/policy/opening.ts';
import { valueAt } from '../../../../../vault/domain/policy/pointer.ts';
import { anEntry, aRef, sealed } from '../../../../support/entries.ts';

test('10,000 sensitive fields of one entry are sealed in less than a second', () => {
  const buttons = Array.from({ length: 10_000 }, (_, i) => ({ text: `button ${i}` }));
  const startedAt = performance.now();
  const { entry, values } = sealed(anEntry({ type: 'buttons.ask', data: { buttons } }));
  expect(values.size).toBe(10_000);
  expect(valueAt(entry, '/data/buttons/9999/text')).toEqual(aRef('/data/buttons/9999/text'));
  expect(performance.now() - startedAt).toBeLessThan(1000);
});

test('10,000 refs of one entry are opened in less than a second', () => {
  const startedAt = performance.now();
  const value = Array.from({ length: 10_000 }, (_, i) => ({ text: { $sensitive: String(i) } }));
  const values = new Map(findRefs(value).map(({ pointer, token }) => [pointer, Number(token)]));
  expect(applyOpened(value, values)).toEqual(Array.from({ length: 10_000 }, (_, i) => ({ text: i })));
  expect(performance.now() - startedAt).toBeLessThan(1000);
});
