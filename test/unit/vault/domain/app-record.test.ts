// Generations of integrations: what is removed does not come back, except by the exact reverse of the update that removed it.

import { describe, expect, test } from 'vitest';
import {
  type AppRecord,
  changeSettings,
  claimRequest,
  FORMER_POOL_S,
  isWithdrawn,
  MAX_ENDED,
  MAX_REQUESTS,
  needsSecret,
  newRecord,
  RESTORABLE_S,
  RETIRED,
  withAddedRoles,
  withdraw,
} from '../../../../vault/domain/app-record.ts';
import { detachRecord, endRecord, retireRecord } from '../../../../vault/domain/app-state.ts';
import { DEFAULT_LIFE } from '../../../../vault/domain/kek-life/life.ts';
import type { AppSettings } from '../../../../vault/domain/settings.ts';
import { changed, lab, NOW_S, newGeneration, settled, web } from '../../../support/app-records.ts';
import { someSettings } from '../../../support/virtual-vault.ts';

describe('the generation of an integration', () => {
  test('is new for each integration', () => {
    const { web: one, lab: other } = settled({ web, lab }).generations;
    expect(one).toMatch(/^generation-/);
    expect(other).toMatch(/^generation-/);
    expect(one).not.toBe(other);
  });

  test.each<[what: string, after: AppSettings['integrations']]>([
    ['others come', { web, lab }],
    ['its roles change', { web: { ...web, roles: ['111122223333/web'] } }],
    ['it may process sensitive data', { web: { ...web, processSensitive: true } }],
    ['its kind changes', { web: { ...web, kind: 'customer-support' } }],
  ])('stays when %s', (_, after) => {
    const before = settled({ web });
    expect(changed(before, after).generations.web).toBe(before.generations.web);
  });

  test.each<[what: string, again: AppSettings['integrations']]>([
    ['with another kind', { web: { ...web, kind: 'other' }, lab }],
    ['with roles', { web: { ...web, roles: ['111122223333/web'] }, lab }],
    ['and may process sensitive data', { web: { ...web, processSensitive: true }, lab }],
    ['as it was, while another one goes', { web }],
    ['as it was, together with another one', { web, lab, bot: lab }],
  ])('is another one when the integration is removed and set up again %s', (_, again) => {
    const before = settled({ web, lab });
    const removed = changed(before, { lab });
    expect(removed.generations).toEqual({ lab: before.generations.lab });
    const { generations } = changed(removed, again);
    expect(generations.web).toMatch(/^generation-/);
    expect(generations.web).not.toBe(before.generations.web);
  });

  test('is another one once the app is gone', () => {
    const before = settled({ web });
    const gone = endRecord(before, NOW_S);
    expect(gone).toMatchObject({ generations: {}, ended: [], digest: RETIRED, settings: { state: 'gone' } });
    expect(changed(gone, { web }).generations.web).not.toBe(before.generations.web);
  });
});

describe('the exact reverse of an update', () => {
  test('restores what the update removed, so that a rollback ends no token', () => {
    const before = settled({ web, lab });
    const rolledBack = changed(changed(before, { lab }), { web, lab });
    expect(rolledBack.generations).toEqual(before.generations);
    expect(rolledBack.ended).toEqual([]);
  });

  test('restores each of several updates, the last one first', () => {
    const before = settled({ web, lab, bot: lab });
    const updated = changed(changed(before, { web, lab }), { lab });
    const once = changed(updated, { web, lab });
    expect(once.generations).toEqual({ web: before.generations.web, lab: before.generations.lab });
    expect(changed(once, { web, lab, bot: lab }).generations).toEqual(before.generations);
  });

  test('restores nothing when it jumps over an update', () => {
    const before = settled({ web, lab, bot: lab });
    const updated = changed(changed(before, { web, lab }), { lab });
    const { generations } = changed(updated, { web, lab, bot: lab });
    expect(generations.web).not.toBe(before.generations.web);
    expect(generations.bot).not.toBe(before.generations.bot);
  });

  test.each([
    [RESTORABLE_S - 1, true],
    [RESTORABLE_S, false],
  ])('%i seconds later restores: %s', (laterS, restores) => {
    const before = settled({ web });
    const after = changed(changed(before, {}), { web }, NOW_S + laterS);
    expect(after.generations.web === before.generations.web).toBe(restores);
    expect(RESTORABLE_S).toBe(3600);
  });

  test('of the rollback itself removes again', () => {
    const before = settled({ web });
    const again = changed(changed(changed(before, {}), { web }), {});
    expect(again.generations).toEqual({});
    expect(again.ended).toMatchObject([{ integration: 'web', generation: before.generations.web }]);
  });
});

describe('a role that another stack added', () => {
  const added = { id: 'one', integration: 'web', role: '444455556666/app' };
  const trusting = (...steps: AppSettings['integrations'][]): AppRecord => ({
    ...settled(...steps),
    addedRoles: [added],
  });

  test('stays while its integration does, and while the app is away and comes back as it was', () => {
    const before = trusting({ web });
    expect(changed(before, { web, lab }).addedRoles).toEqual([added]);
    expect(changed(detachRecord(before, NOW_S), { web }).addedRoles).toEqual([added]);
    expect(changed(retireRecord(before, NOW_S), { web }).addedRoles).toEqual([added]);
  });

  test('comes back with its integration by the exact reverse of the update that removed it, for an hour', () => {
    const removed = changed(trusting({ web, lab }), { lab });
    expect(changed(removed, { web, lab }, NOW_S + RESTORABLE_S - 1).addedRoles).toEqual([added]);
    expect(changed(removed, { web, lab }, NOW_S + RESTORABLE_S).addedRoles).toEqual([]);
  });

  test('does not act as another integration of the same name', () => {
    const removed = changed(trusting({ web, lab }), { lab });
    expect(changed(removed, { web }).addedRoles).toEqual([]);
  });

  test('is dropped with the next change once its integration cannot come back', () => {
    const removed = changed(trusting({ web, lab }), { lab });
    expect(changed(removed, { lab, bot: lab }, NOW_S + RESTORABLE_S).addedRoles).toEqual([]);
  });

  test('does not act for another app of the same name', () => {
    const before = trusting({ web });
    expect(changed(retireRecord(before, NOW_S), { web, lab }).addedRoles).toEqual([]);
    expect(changed(retireRecord(before, NOW_S), { web }, NOW_S + RESTORABLE_S).addedRoles).toEqual([]);
    expect(changed(detachRecord(before, NOW_S), { web }, NOW_S + 55 * 3600).addedRoles).toEqual([]);
    expect(endRecord(before, NOW_S).addedRoles).toEqual([]);
  });
});

describe('the pool of an app', () => {
  const stored = (record: AppRecord, keys?: { pool: number }) =>
    changeSettings(record, { settings: someSettings(keys && { keys }), digest: `${keys?.pool}` }, NOW_S, newGeneration);

  test('stays when the number of pools changes', () => {
    expect(stored(stored(newRecord('shop'), { pool: 3 }), { pool: 1 }).settings?.keys).toEqual({ pool: 3 });
  });

  test('is another one when the app had its own keys meanwhile', () => {
    const own = stored(stored(newRecord('shop'), { pool: 3 }));
    expect(own.settings?.keys).toBeUndefined();
    expect(stored(own, { pool: 1 }).settings?.keys).toEqual({ pool: 1 });
  });
});

test('what ended is remembered for an hour, and only the last eighty', () => {
  const many = Object.fromEntries(Array.from({ length: MAX_ENDED + 20 }, (_, number) => [`it-${number}`, lab]));
  const emptied = changed(settled(many), {});
  expect(emptied.ended).toHaveLength(MAX_ENDED);
  expect(changed(emptied, { web }, NOW_S + RESTORABLE_S).ended).toEqual([]);
});

describe('a request', () => {
  test('is claimed by one delivery, which finds its own claim again', () => {
    const claimed = claimRequest(newRecord('shop'), 'one', 'first');
    expect(claimed?.requests).toEqual(['one#first']);
    expect(claimed && claimRequest(claimed, 'one', 'second')).toBeUndefined();
    expect(claimed && claimRequest(claimed, 'one', 'first')).toBe(claimed);
    expect(claimed && claimRequest(claimed, 'on', 'first')?.requests).toEqual(['one#first', 'on#first']);
  });

  test('is remembered until fifty others have come', () => {
    const ids = Array.from({ length: MAX_REQUESTS + 1 }, (_, number) => `request-${number}`);
    const record = ids.reduce((before, id) => claimRequest(before, id, 'first') ?? before, newRecord('shop'));
    expect(MAX_REQUESTS).toBe(50);
    expect(record.requests).toEqual(ids.slice(1).map((id) => `${id}#first`));
  });
});

describe('the keys of an app', () => {
  const OWN = undefined;
  /** The record once the app uses these keys. */
  function using(record: AppRecord, keys: AppSettings['keys'], nowS = NOW_S): AppRecord {
    const settings = { ...someSettings({}), keys };
    return changeSettings(record, { settings, digest: JSON.stringify(keys ?? 'own') }, nowS, newGeneration);
  }
  const former = ({ formerPools }: AppRecord) => formerPools.map(({ pool }) => pool);

  test('are those of the pool that it was first put into, however many pools there are later', () => {
    const record = using(using(newRecord('shop'), { pool: 3 }), { pool: 7 });
    expect(record.settings?.keys).toEqual({ pool: 3 });
    expect(record.formerPools).toEqual([]);
  });

  test('change for what is sealed later, and those before are remembered', () => {
    const pooled = using(using(newRecord('shop'), OWN), { pool: 3 });
    expect(pooled.settings?.keys).toEqual({ pool: 3 });
    expect(former(pooled)).toEqual(['own']);
    const own = using(pooled, OWN);
    expect(own.settings?.keys).toBeUndefined();
    expect(former(own)).toEqual([3]);
    expect(former(using(own, { pool: 5 }))).toEqual([3, 'own']);
  });

  test('are remembered longer than any value lives, but not without end', () => {
    const pooled = using(using(newRecord('shop'), OWN), { pool: 3 });
    expect(pooled.formerPools).toEqual([{ pool: 'own', untilS: NOW_S + FORMER_POOL_S }]);
    expect(former(using(pooled, { pool: 3 }, NOW_S + FORMER_POOL_S - 1))).toEqual(['own']);
    expect(former(using(pooled, { pool: 3 }, NOW_S + FORMER_POOL_S))).toEqual([]);
  });

  test('are remembered for as long as a long life of keys takes', () => {
    const life = { ...DEFAULT_LIFE, cycleS: 90 * 24 * 3600 };
    const settings = { ...someSettings({}), life };
    const owning = changeSettings(newRecord('shop'), { settings, digest: 'long' }, NOW_S, newGeneration);
    const [left] = using(owning, { pool: 3 }).formerPools;
    const longestS = 2 * life.cycleS + life.graceS + life.maxTtlS + life.marginS;
    expect(left).toEqual({ pool: 'own', untilS: NOW_S + longestS });
  });
});

describe('a withdrawn change', () => {
  const change = { from: 'one', to: 'two' };

  test('is refused for two minutes, and only it', () => {
    const record = withdraw(newRecord('shop'), change, NOW_S);
    expect(isWithdrawn(record, change, NOW_S)).toBe(true);
    expect(isWithdrawn(record, change, NOW_S + 119)).toBe(true);
    expect(isWithdrawn(record, change, NOW_S + 120)).toBe(false);
    expect(isWithdrawn(record, { from: 'two', to: 'one' }, NOW_S)).toBe(false);
    expect(isWithdrawn(record, { from: 'one', to: 'three' }, NOW_S)).toBe(false);
    expect(isWithdrawn(record, { from: 'none', to: 'two' }, NOW_S)).toBe(false);
    expect(isWithdrawn(newRecord('shop'), change, NOW_S)).toBe(false);
  });

  test('is remembered beside others, and forgotten when its time is over', () => {
    const other = { from: 'three', to: 'four' };
    const both = withdraw(withdraw(newRecord('shop'), change, NOW_S), other, NOW_S + 60);
    expect(both.withdrawn).toEqual([
      { ...change, untilS: NOW_S + 120 },
      { ...other, untilS: NOW_S + 180 },
    ]);
    expect([isWithdrawn(both, change, NOW_S + 60), isWithdrawn(both, other, NOW_S + 60)]).toEqual([true, true]);
    const later = withdraw(both, change, NOW_S + 120);
    expect(later.withdrawn.map(({ from }) => from)).toEqual(['three', 'one']);
  });
});

describe('roles that other stacks added', () => {
  const settings = someSettings({ integrations: { web: { ...web, roles: ['111122223333/web'] }, lab } });

  test('stand beside those of the settings of their integration, each once', () => {
    const added = [
      { id: 'a', integration: 'web', role: '111122223333/more' },
      { id: 'b', integration: 'web', role: '111122223333/web' },
      { id: 'c', integration: 'gone', role: '111122223333/gone' },
    ];
    const { integrations, ...others } = withAddedRoles(settings, added);
    expect(integrations).toEqual({ web: { ...web, roles: ['111122223333/web', '111122223333/more'] }, lab });
    expect(others).toEqual({ ...others, app: settings.app, life: settings.life });
  });

  test('change nothing where there are none', () => {
    expect(withAddedRoles(settings, [])).toBe(settings);
  });
});

test('an app needs a secret while it is live and its keys are pooled', () => {
  const withSettings = (settings: AppSettings | undefined): AppRecord => ({ ...newRecord('shop'), settings });
  const pooled = someSettings({ keys: { pool: 1 } });
  expect(needsSecret(withSettings(pooled))).toBe(true);
  expect(needsSecret(withSettings({ ...pooled, state: 'retired' }))).toBe(false);
  expect(needsSecret(withSettings(someSettings({})))).toBe(false);
  expect(needsSecret(withSettings(undefined))).toBe(false);
});

test('an app that was never set up has nothing, and belongs to the stack', () => {
  expect(newRecord('shop')).toEqual({
    app: 'shop',
    owner: 'stack',
    epoch: 0,
    sinceS: 0,
    hasRemains: false,
    version: 0,
    requests: [],
    generations: {},
    ended: [],
    withdrawn: [],
    addedRoles: [],
    formerPools: [],
  });
});

test('an app that comes back after its end has no remains', () => {
  const ended = endRecord(settled({ web }), NOW_S);
  expect(ended.hasRemains).toBe(true);
  expect(changed(ended, { web }).hasRemains).toBe(false);
});

test('without a digest, nothing is the reverse of the change that removed an integration', () => {
  expect(changed({ ...settled({ web }), digest: undefined }, {}).ended).toEqual([]);
  expect(changed(settled({ web }), {}).ended).toHaveLength(1);
});

test('keys that an app has left are remembered once, while it goes from one kind to the other and back', () => {
  const store = (record: AppRecord, keys: AppSettings['keys'], nowS: number) =>
    changeSettings(record, { settings: someSettings({ keys }), digest: `${nowS}` }, nowS, newGeneration);
  const own = store(newRecord('shop'), undefined, NOW_S);
  const pooled = store(own, { pool: 1 }, NOW_S + 1);
  const again = store(pooled, undefined, NOW_S + 2);
  const pools = [own, pooled, again, store(again, { pool: 1 }, NOW_S + 3)].map(({ formerPools }) =>
    formerPools.map(({ pool }) => pool),
  );
  expect(pools).toEqual([[], ['own'], [1], ['own']]);
});
