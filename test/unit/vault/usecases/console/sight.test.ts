import { beforeEach, expect, test } from 'vitest';
import { LISTED_APPS, MAX_CLAIM_VALUES } from '../../../../../vault/domain/console/viewers.ts';
import { appsOf, ringForConsole, sees } from '../../../../../vault/usecases/console/sight.ts';
import { type MemoryVault, memoryVault } from '../../../../support/memory-vault.ts';

const SEEN = { app: 'shop', values: ['others', 'support'] };
const HIDDEN = { app: 'shop', values: ['others'] };

let vault: MemoryVault;
beforeEach(async () => {
  const console = { viewers: ['support'], showPlain: false, requireApproval: false };
  vault = await memoryVault({ settings: { console } });
});

const withoutConsole = () => vault.setUp({ ...vault.settings, console: undefined });

test('a person sees an app that lists one of their values, and no other', async () => {
  expect(await sees(vault, SEEN)).toBe(true);
  for (const sight of [HIDDEN, { ...SEEN, values: [] }, { ...SEEN, app: 'none' }]) {
    expect(await sees(vault, sight)).toBe(false);
  }
});

test('the settings behind an answer are at most five seconds old', async () => {
  expect(await sees(vault, SEEN)).toBe(true);
  await withoutConsole();
  vault.advance(5);
  expect(await sees(vault, SEEN)).toBe(false);
});

test('a ring is given for an app that the person sees, by settings that are at most a minute old', async () => {
  expect((await ringForConsole(vault, SEEN)).settings.app).toBe('shop');
  await expect(ringForConsole(vault, HIDDEN)).rejects.toMatchObject({ code: 'forbidden' });
  await withoutConsole();
  vault.advance(60);
  await expect(ringForConsole(vault, SEEN)).rejects.toMatchObject({ code: 'forbidden' });
});

test('a list of apps asks once for each value, some at a time, and never for more apps than it needs', async () => {
  let [running, most] = [0, 0];
  const asked: string[] = [];
  const limits = new Set<number>();
  const viewers = {
    async appsOf(viewer: string, _: string, limit: number) {
      asked.push(viewer);
      limits.add(limit);
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      running -= 1;
      return [`app-of-${viewer}`, 'shop'];
    },
  };
  const values = Array.from({ length: MAX_CLAIM_VALUES }, (_, number) => `g-${number}`);
  const { apps, hasMore } = await appsOf({ viewers }, values, '');
  expect([asked.length, [...limits], hasMore]).toEqual([MAX_CLAIM_VALUES, [LISTED_APPS + 1], true]);
  expect(most).toBeLessThanOrEqual(16);
  const all = [...values.map((value) => `app-of-${value}`), 'shop'].sort();
  expect(apps).toEqual(all.slice(0, LISTED_APPS));
});

test('a list of as many apps as it holds has no more', async () => {
  const listed = (count: number) =>
    appsOf({ viewers: { appsOf: async () => Array.from({ length: count }, (_, at) => `app-${at}`) } }, ['g'], '');
  expect(await listed(LISTED_APPS)).toMatchObject({ hasMore: false });
  expect(await listed(LISTED_APPS + 1)).toMatchObject({ hasMore: true });
});

test('an index that cannot answer is an error, and not a short list', async () => {
  const viewers = { appsOf: () => Promise.reject(new Error('no ring table')) };
  await expect(appsOf({ viewers }, ['support'], '')).rejects.toThrow('no ring table');
});
