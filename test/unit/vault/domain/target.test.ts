// What becomes of an app when settings change: who may change it, what it becomes, and what stands in the way.

import { describe, expect, test } from 'vitest';
import { type AppOwner, type AppRecord, newRecord } from '../../../../vault/domain/app-record.ts';
import { endRecord, LONGEST_RUN_S, retireRecord } from '../../../../vault/domain/app-state.ts';
import { mostHolders } from '../../../../vault/domain/kek-life/capacity.ts';
import { DEFAULT_LIFE } from '../../../../vault/domain/kek-life/life.ts';
import type { AppSettings } from '../../../../vault/domain/settings.ts';
import {
  capacityOf,
  END_OF_VAULT,
  follow,
  isTaken,
  nextRecord,
  problemsOf,
  type Target,
} from '../../../../vault/domain/target.ts';
import type { VaultWide } from '../../../../vault/domain/vault-record.ts';
import { NOW_S, newGeneration, web } from '../../../support/app-records.ts';
import { someSettings } from '../../../support/virtual-vault.ts';

const LIFE = { ...DEFAULT_LIFE, cycleS: 3600, leadS: 3600 };
const VAULT = { life: LIFE, keyPools: 4, deletionWindowDays: 30, allowShortCycles: false, hasConsole: false };
/** So few that a test can list them all. */
const MOST_APPS = mostHolders(LIFE, 30);

const SHOP = someSettings({ integrations: { web } });

const live = (settings: AppSettings = SHOP, owner: AppOwner = 'stack'): AppRecord => ({
  ...follow(newRecord(settings.app), settings, owner, NOW_S, newGeneration),
  version: 1,
});
const targetOf = (apps: readonly AppSettings[], retire: readonly string[] = [], vault: VaultWide = VAULT): Target => ({
  apps: new Map(apps.map((settings) => [settings.app, settings])),
  retire: new Set(retire),
  vault,
});
const recordsOf = (...records: AppRecord[]) => new Map(records.map((record) => [record.app, record]));
const next = (record: AppRecord, target: Target | typeof END_OF_VAULT) =>
  nextRecord(record, target, NOW_S + 60, newGeneration);

describe('an app that is set up', () => {
  test('is the same record while settings and owner stay, and another when one of them changes', () => {
    const record = live();
    expect(follow(record, SHOP, 'stack', NOW_S + 1, newGeneration)).toBe(record);
    expect(follow(record, SHOP, 'cli', NOW_S + 1, newGeneration)).toMatchObject({ owner: 'cli' });
    const shorter = { ...SHOP, defaultTtlS: 60 };
    expect(follow(record, shorter, 'stack', NOW_S + 1, newGeneration).settings).toEqual(shorter);
    const retired = retireRecord(record, NOW_S);
    expect(follow(retired, SHOP, 'stack', NOW_S + 1, newGeneration).settings?.state).toBe('live');
  });

  test('is refused while it is being destroyed', () => {
    const ended = endRecord(live(), NOW_S);
    expect(() => follow(ended, SHOP, 'stack', NOW_S, newGeneration)).toThrow(
      expect.objectContaining({ code: 'conflict', message: expect.stringContaining('try again in half an hour') }),
    );
  });
});

describe('the next record of an app', () => {
  test('follows the settings that list it', () => {
    const bank = someSettings({ app: 'bank' });
    expect(next(newRecord('bank'), targetOf([bank])).settings).toEqual(bank);
  });

  test('is detached when the settings no longer list it, and retired when they say so', () => {
    expect(next(live(), targetOf([])).settings?.state).toBe('detached');
    expect(next(live(), targetOf([], ['shop'])).settings?.state).toBe('retired');
    expect(next(live(), targetOf([], ['bank'])).settings?.state).toBe('detached');
  });

  test('is gone at the end of the vault, for both owners, and stays as it is then', () => {
    for (const owner of ['stack', 'cli'] as const) {
      const gone = next(live(SHOP, owner), END_OF_VAULT);
      expect(gone.settings?.state).toBe('gone');
      expect(next(gone, END_OF_VAULT)).toBe(gone);
    }
    expect(next({ ...newRecord('shop'), version: 1 }, END_OF_VAULT).settings?.state).toBe('gone');
  });

  test('is the same where nothing was ever set up', () => {
    const { settings, ...unread } = live();
    expect(settings).toBeDefined();
    const never = { ...live(), version: 0 };
    const about = { ...newRecord('shop'), version: 1 };
    expect(next(never, targetOf([]))).toBe(never);
    expect(next(about, targetOf([]))).toBe(about);
    // Settings that cannot be read are settings all the same.
    expect(next(unread, targetOf([])).settings?.state).toBe('detached');
    expect(next({ ...live(), digest: undefined }, targetOf([])).settings?.state).toBe('detached');
  });

  test('of the command line keeps its state, with the life of keys of the vault', () => {
    const record = live({ ...SHOP, life: DEFAULT_LIFE, defaultTtlS: DEFAULT_LIFE.maxTtlS }, 'cli');
    const same = targetOf([], ['shop'], { ...VAULT, life: DEFAULT_LIFE });
    expect(next(record, same)).toBe(record);
    const withMaxTtlS = (defaultTtlS: number, maxTtlS: number) =>
      next(
        { ...record, settings: { ...SHOP, life: DEFAULT_LIFE, defaultTtlS } },
        targetOf([], [], { ...VAULT, life: { ...DEFAULT_LIFE, maxTtlS } }),
      ).settings;
    expect(withMaxTtlS(DEFAULT_LIFE.maxTtlS, 172_800)).toMatchObject({ state: 'live', defaultTtlS: 172_800 });
    expect(withMaxTtlS(600, 172_800)).toMatchObject({ life: { maxTtlS: 172_800 }, defaultTtlS: 600 });
    expect(withMaxTtlS(7200, 3600)?.defaultTtlS).toBe(3600);
    const { settings, ...unread } = record;
    expect(settings).toBeDefined();
    expect(next(unread, targetOf([]))).toEqual(unread);
  });
});

describe('problems of settings', () => {
  test('are apps of the command line, to set up or to retire, until they can no longer come back', () => {
    const ofCli = live(SHOP, 'cli');
    const text = 'the app shop belongs to the command line: retire it with `daykey app retire shop` first';
    const problems = (target: Target, record: AppRecord, nowS = NOW_S) => problemsOf(target, recordsOf(record), nowS);
    expect(problems(targetOf([SHOP]), ofCli)).toEqual([expect.stringContaining(`apps.shop: ${text}`)]);
    expect(problems(targetOf([], ['shop']), ofCli)).toEqual([expect.stringContaining(`retire: ${text}`)]);
    expect(problems(targetOf([SHOP], ['shop']), live())).toEqual([]);
    const retired = retireRecord(ofCli, NOW_S);
    expect(isTaken(retired, 'stack', NOW_S + 3599)).toBe(true);
    expect(isTaken(retired, 'stack', NOW_S + 3600)).toBe(false);
    expect([isTaken(ofCli, 'cli', NOW_S), isTaken(live(), 'cli', NOW_S), isTaken(undefined, 'cli', NOW_S)]).toEqual([
      false,
      true,
      false,
    ]);
    expect(isTaken(newRecord('shop'), 'cli', NOW_S)).toBe(false);
  });

  test('are apps that are being destroyed', () => {
    const ended = { ...endRecord(live(), NOW_S), hasRemains: false };
    const problems = (nowS: number) => problemsOf(targetOf([SHOP]), recordsOf(ended), nowS);
    expect(problems(NOW_S + LONGEST_RUN_S - 1)).toEqual([
      'apps.shop: the app shop has retired and is being destroyed: try again in half an hour',
    ]);
    expect(problems(NOW_S + LONGEST_RUN_S)).toEqual([]);
  });

  test('are roles that another stack gave to another integration', () => {
    const role = '111122223333/desk';
    const settings = someSettings({ integrations: { web: { ...web, roles: [role] }, desk: web } });
    const withAdded = (integration: string) => ({ ...live(settings), addedRoles: [{ id: 'a', integration, role }] });
    expect(problemsOf(targetOf([settings]), recordsOf(withAdded('desk')), NOW_S)).toEqual([
      `apps.shop.integrations.web.roleArns: lists the role ${role}, which another stack gave to desk: remove one of them`,
    ]);
    expect(problemsOf(targetOf([settings]), recordsOf(withAdded('web')), NOW_S)).toEqual([]);
  });

  test('are more keys than the account has, with those of live apps of the command line', () => {
    const apps = Array.from({ length: MOST_APPS }, (_, at) => someSettings({ app: `app-${at}` }));
    const [first, ...others] = apps;
    const tooMany = [expect.stringMatching(/^apps: \d+ apps with their own keys need /)];
    expect(problemsOf(targetOf(apps), recordsOf(), NOW_S)).toEqual([]);
    expect(problemsOf(targetOf([...apps, SHOP]), recordsOf(), NOW_S)).toEqual(tooMany);
    expect(problemsOf(targetOf(apps), recordsOf(live(SHOP, 'cli')), NOW_S)).toEqual(tooMany);
    expect(problemsOf(targetOf(apps), recordsOf(live(SHOP)), NOW_S)).toEqual([]);
    expect(problemsOf(targetOf(apps), recordsOf(retireRecord(live(SHOP, 'cli'), NOW_S)), NOW_S)).toEqual([]);
    const { settings, ...unread } = live(SHOP, 'cli');
    expect([settings?.app, first?.app]).toEqual(['shop', 'app-0']);
    expect(problemsOf(targetOf(apps), recordsOf(unread), NOW_S)).toEqual([]);
    expect(problemsOf(targetOf(others), recordsOf(live(SHOP, 'cli')), NOW_S)).toEqual([]);
  });
});

test('apps of one pool count once, as its keys', () => {
  const pooled = (app: string, pool: number) => someSettings({ app, keys: { pool } });
  const own = Array.from({ length: MOST_APPS - 2 }, (_, at) => someSettings({ app: `app-${at}` }));
  expect(capacityOf([...own, pooled('a', 1), pooled('b', 1), pooled('c', 2)], VAULT)).toBeUndefined();
  expect(capacityOf([...own, pooled('a', 1), pooled('b', 3), pooled('c', 2)], VAULT)).toContain('and 3 pools');
});
