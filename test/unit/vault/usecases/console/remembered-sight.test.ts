import { beforeEach, expect, test } from 'vitest';
import type { Sight } from '../../../../../vault/domain/console/viewers.ts';
import { withRememberedSight } from '../../../../../vault/usecases/console/remembered-sight.ts';
import { sees } from '../../../../../vault/usecases/console/sight.ts';
import { memoryVault } from '../../../../support/memory-vault.ts';

const ADA = { app: 'shop', values: ['support'] };

/** Sight by a vault that answers so. */
const remembered = (answer: (of: Sight) => Promise<boolean>, clock = () => nowMs) =>
  withRememberedSight(clock, { sees: answer, appsOf: () => Promise.reject(new Error('not asked for')) }).sees;

let nowMs: number;
let asked: Sight[];
let isShown: boolean;
let sight: (of: Sight) => Promise<boolean>;
beforeEach(() => {
  [nowMs, asked, isShown] = [1_000_000, [], true];
  sight = remembered(async (of) => {
    asked.push(of);
    return isShown;
  });
});

test('a yes is used for 55 seconds, a no for five', async () => {
  expect(await sight(ADA)).toBe(true);
  isShown = false;
  nowMs += 54_999;
  expect(await sight(ADA)).toBe(true);
  nowMs += 1;
  expect(await sight(ADA)).toBe(false);
  isShown = true;
  nowMs += 4999;
  expect(await sight(ADA)).toBe(false);
  nowMs += 1;
  expect([await sight(ADA), asked.length]).toEqual([true, 3]);
});

test('an answer is for one app and for people with the same values', async () => {
  const others = [
    { ...ADA, app: 'clinic' },
    { ...ADA, values: ['support', 'leads'] },
    { ...ADA, values: ['sup', 'port'] },
  ];
  await sight(ADA);
  isShown = false;
  for (const other of others) expect(await sight(other)).toBe(false);
  expect([await sight({ ...ADA }), asked]).toEqual([true, [ADA, ...others]]);
});

test('a person without any value sees nothing, and no one is asked', async () => {
  expect([await sight({ ...ADA, values: [] }), asked]).toEqual([false, []]);
});

test('the apps that a person sees are asked for each time, and of a person without any value not at all', async () => {
  const appsOf = async (values: readonly string[], beginning: string) => ({
    apps: [...values, beginning],
    hasMore: true,
  });
  const vault = withRememberedSight(() => nowMs, { sees: async () => true, appsOf });
  expect(await vault.appsOf(['support'], 'sh')).toEqual({ apps: ['support', 'sh'], hasMore: true });
  expect(await vault.appsOf([], 'sh')).toEqual({ apps: [], hasMore: false });
});

test('an answer that does not come is an error, which is not remembered', async () => {
  let isBroken = true;
  const flaky = remembered(() => (isBroken ? Promise.reject(new Error('no decrypt function')) : Promise.resolve(true)));
  await expect(flaky(ADA)).rejects.toThrow('no decrypt function');
  isBroken = false;
  expect(await flaky(ADA)).toBe(true);
});

test('settings that were read before a viewer is removed show the app for a minute in all', async () => {
  const console = { viewers: ['support'], showPlain: false, requireApproval: false };
  const vault = await memoryVault({ settings: { console } });
  const remembering = remembered((of) => sees(vault, of), vault.clock);
  await vault.rings.get('shop');
  await vault.setUp({ ...vault.settings, console: { ...console, viewers: ['doctors'] } });
  vault.advance(4);
  // By the settings of four seconds ago.
  expect(await remembering(ADA)).toBe(true);
  vault.advance(56);
  expect(await remembering(ADA)).toBe(false);
});
