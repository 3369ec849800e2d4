// The end of retired apps: only of those that cannot come back, each for itself, and as far as the time allows.

import { beforeEach, describe, expect, test } from 'vitest';
import { memoryParts, type Parts } from '../../../../../client/testing/parts.ts';
import { newRecord, RESTORABLE_S } from '../../../../../vault/domain/app-record.ts';
import { detachRecord, retireRecord } from '../../../../../vault/domain/app-state.ts';
import { destroyKeysOf, type EndDeps, endApp, endRetired } from '../../../../../vault/usecases/apps/end-app.ts';
import { RESERVED_MS } from '../../../../../vault/usecases/apps/first-keys.ts';
import { storeApp } from '../../../../../vault/usecases/apps/store-app.ts';
import { SLOT_S, someSettings } from '../../../../support/virtual-vault.ts';

let parts: Parts;
let waits: number[];
let removed: string[];

const deps = (more: Partial<EndDeps> = {}): EndDeps => ({
  ...parts.endDeps,
  register: parts.register,
  removeContent: async (app) => removed.push(app),
  remainingMs: () => RESERVED_MS,
  wait: async (ms) => waits.push(ms),
  ...more,
});
const nowS = () => parts.clock() / 1000;
const recordOf = (app: string) => parts.keyRing.readRecord(app);
const slotsOf = (app: string) => parts.keyRing.slotsOf({ app });
const keyStates = async (app: string) => (await slotsOf(app)).map(({ keyArn }) => parts.kms.stateOf(keyArn ?? ''));
const retire = (app: string) => storeApp(parts, app, (record) => retireRecord(record, nowS()));
const pastReturn = () => parts.setTime(parts.clock() + RESTORABLE_S * 1000);

/** A KMS that refuses to delete the keys of an app, the first `times`. */
async function refusing(
  app: string,
  times = Number.POSITIVE_INFINITY,
): Promise<EndDeps & { readonly asked: string[] }> {
  const refused = new Set((await slotsOf(app)).map(({ keyArn }) => keyArn));
  const asked: string[] = [];
  const { keyMaker } = parts.endDeps;
  const destroy: typeof keyMaker.destroy = async (arn) => {
    asked.push(arn);
    if (refused.has(arn) && asked.filter((each) => each === arn).length <= times) throw new Error('Rate exceeded');
    return await keyMaker.destroy(arn);
  };
  return { ...deps({ keyMaker: { ...keyMaker, destroy } }), asked };
}

beforeEach(async () => {
  parts = memoryParts({ startsAtMs: SLOT_S * 1000 });
  waits = [];
  removed = [];
  for (const app of ['shop', 'bank']) await parts.setUp(someSettings({ app }));
});

describe('a run', () => {
  test('ends every retired app that cannot come back, with its keys and its content', async () => {
    await retire('shop');
    pastReturn();
    await endRetired(deps());
    expect(await recordOf('shop')).toMatchObject({ settings: { state: 'gone' }, hasRemains: false, sinceS: nowS() });
    expect([await keyStates('shop'), await keyStates('bank'), removed]).toEqual([
      ['PendingDeletion'],
      ['Enabled'],
      ['shop'],
    ]);
  });

  test('counts the detached apps, and ends none of them', async () => {
    await retire('shop');
    await storeApp(parts, 'bank', (record) => detachRecord(record, nowS()));
    pastReturn();
    parts.setTime(parts.clock() - 1000);
    await endRetired(deps());
    expect(parts.telemetry.total('DetachedApps')).toBe(1);
    expect([await keyStates('shop'), await keyStates('bank')]).toEqual([['Enabled'], ['Enabled']]);
  });

  test('passes over a name without a record, and a record without settings', async () => {
    await parts.keyRing.storeRecord(newRecord('empty'), newRecord('empty'));
    await retire('shop');
    pastReturn();
    const register = { ending: async () => ['nobody', 'empty', 'shop'] };
    await endRetired(deps({ register }));
    expect((await recordOf('shop'))?.settings?.state).toBe('gone');
    expect([await recordOf('nobody'), (await recordOf('empty'))?.settings]).toEqual([undefined, undefined]);
  });

  test('goes on to the other apps when one fails, and the next run ends that one', async () => {
    await retire('shop');
    await retire('bank');
    pastReturn();
    const notes: unknown[] = [];
    const telemetry: EndDeps['telemetry'] = { ...parts.telemetry, note: (...note) => notes.push(note) };
    await expect(endRetired({ ...(await refusing('shop')), telemetry })).rejects.toMatchObject({
      message: 'of 1 retired apps something is left',
      errors: [{ message: '1 keys could not be destroyed: Rate exceeded' }],
    });
    const cause = expect.stringContaining('Rate exceeded');
    expect(notes).toEqual([['something of a retired app is left', { app: 'shop', cause }]]);
    expect(await recordOf('shop')).toMatchObject({ settings: { state: 'gone' }, hasRemains: true });
    expect([await recordOf('bank'), removed]).toMatchObject([{ hasRemains: false }, ['bank']]);
    await endRetired(deps());
    expect([await recordOf('shop'), removed]).toMatchObject([{ hasRemains: false }, ['bank', 'shop']]);
  });

  test('leaves an app to the next one when too little time is left', async () => {
    await retire('shop');
    pastReturn();
    await endRetired(deps({ remainingMs: () => RESERVED_MS - 1 }));
    expect((await recordOf('shop'))?.settings?.state).toBe('retired');
    await endRetired(deps());
    expect((await recordOf('shop'))?.settings?.state).toBe('gone');
  });
});

describe('an app is not ended', () => {
  test.each(['live', 'detached', 'taken back', 'never set up'])('that is %s', async (state) => {
    const app = state === 'never set up' ? 'nobody' : 'shop';
    if (state === 'detached') await storeApp(parts, app, (record) => detachRecord(record, nowS()));
    if (state === 'taken back') {
      await retire(app);
      await parts.setUp(someSettings());
    }
    pastReturn();
    const before = await recordOf(app);
    await endApp(deps(), app);
    expect(await recordOf(app)).toEqual(before);
    expect([await keyStates('shop'), removed]).toEqual([['Enabled'], []]);
  });

  test('that is retired and may still come back', async () => {
    await retire('shop');
    await endApp(deps(), 'shop');
    expect([(await recordOf('shop'))?.settings?.state, await keyStates('shop')]).toEqual(['retired', ['Enabled']]);
  });
});

test('an app that is ended again keeps the time of its end until nothing is left', async () => {
  await retire('shop');
  pastReturn();
  const failing = await refusing('shop');
  const endedAtS = nowS();
  await expect(endApp(failing, 'shop')).rejects.toThrow('Rate exceeded');
  parts.setTime(parts.clock() + 60_000);
  await expect(endApp(failing, 'shop')).rejects.toThrow('Rate exceeded');
  expect(await recordOf('shop')).toMatchObject({ sinceS: endedAtS, hasRemains: true });
});

describe('the keys of a holder', () => {
  test('that KMS refuses to delete are tried four times, 15 s apart, and do not stop the others', async () => {
    const [first] = await slotsOf('shop');
    const [other] = await slotsOf('bank');
    const both = { ...parts.keyRing, slotsOf: async () => [...(await slotsOf('shop')), ...(await slotsOf('bank'))] };
    const failing = { ...(await refusing('shop')), keyRing: both };
    await expect(destroyKeysOf(failing, { app: 'shop' })).rejects.toThrow(
      '1 keys could not be destroyed: Rate exceeded',
    );
    expect(waits).toEqual([15_000, 15_000, 15_000]);
    expect(failing.asked.filter((arn) => arn === first?.keyArn)).toHaveLength(4);
    expect(failing.asked.filter((arn) => arn === other?.keyArn)).toHaveLength(1);
    expect(await keyStates('bank')).toEqual(['PendingDeletion']);
  });

  test('are done once a later try succeeds', async () => {
    await destroyKeysOf(await refusing('shop', 1), { app: 'shop' });
    expect([waits, await keyStates('shop')]).toEqual([[15_000], ['PendingDeletion']]);
  });

  test('that are not made yet, or destroyed already, are left out', async () => {
    const [slot] = await slotsOf('shop');
    if (slot === undefined) throw new Error('the app has no key');
    const { keyArn: _, ...unmade } = slot;
    const keyRing = { ...parts.keyRing, slotsOf: async () => [unmade, { ...slot, state: 'destroyed' as const }] };
    const maker = await refusing('shop');
    await destroyKeysOf({ ...maker, keyRing }, { app: 'shop' });
    expect([maker.asked, waits]).toEqual([[], []]);
  });
});
