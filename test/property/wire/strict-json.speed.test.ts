// Strict JSON: no text takes long, whatever it is made of.

import { expect, test } from 'vitest';
import { parseStrictJson } from '../../../wire/strict-json.ts';

test('a text of 2.75 MB is judged in time for an answer, whatever it is made of', () => {
  const size = 2.75 * 1024 * 1024;
  const fill = (unit: string) => unit.repeat(Math.floor(size / unit.length));
  const texts = [
    `"${fill('\\\\')}"`,
    `"${fill('\\"')}"`,
    `[${fill('1,')}1]`,
    `[${fill('"",')}1]`,
    `{${Array.from({ length: 200_000 }, (_, i) => `"${i}":0`).join(',')}}`,
    `[${'9'.repeat(size)}]`,
    `[1e${'9'.repeat(size)}]`,
    `["a"${fill(' ')}]`,
    fill('['),
  ];
  for (const text of texts) {
    expect(cpuSecondsOf(() => parseStrictJson(text))).toBeLessThan(5);
  }
});

test('a number of a million digits costs no more than a look at each', () => {
  // Each zero in the middle once began another search: 80,000 of them took eighteen seconds.
  const text = `[1${'0'.repeat(1_000_000)}1]`;
  expect(parseStrictJson(text)).toHaveProperty('fault');
  expect(cpuSecondsOf(() => parseStrictJson(text))).toBeLessThan(5);
});

/** The wall clock would also count what else the machine does. */
function cpuSecondsOf(work: () => unknown): number {
  const started = process.cpuUsage();
  work();
  return process.cpuUsage(started).user / 1e6;
}
