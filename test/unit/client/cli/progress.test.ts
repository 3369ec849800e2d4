// Progress: nothing for quick work, one line in a log, and a line that is overwritten on a terminal.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { withProgress } from '../../../../client/cli/progress.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** What is on stderr after work that takes this long. */
async function written(ms: number, isTTY: boolean): Promise<string> {
  let text = '';
  const write = (chunk: unknown) => {
    text += String(chunk);
    return true;
  };
  const work = withProgress(
    'reading',
    async (progress) => {
      progress.update('half');
      await new Promise((resolve) => setTimeout(resolve, ms));
    },
    { isTTY, write },
  );
  await vi.advanceTimersByTimeAsync(ms);
  await work;
  return text;
}

test.each([true, false])('work of less than two seconds prints nothing (terminal: %s)', async (isTTY) => {
  expect(await written(1999, isTTY)).toBe('');
});

test('in a log one line says that it is at work, without a carriage return', async () => {
  expect(await written(60_000, false)).toBe('daykey: reading …\n');
});

test('on a terminal one line says how far it is, and is removed at the end', async () => {
  const text = await written(5000, true);
  expect(text).toContain('reading: half, 4 s');
  expect(text).not.toContain('\n');
  expect(text).toMatch(/\r +\r$/);
});
