// What one run of the rotator does for one app, step by step, and what operators see of it.

import { describe, expect, test } from 'vitest';
import { DaykeyError } from '../../../../../vault/domain/errors.ts';
import { holderName } from '../../../../../vault/domain/kek-life/holder.ts';
import { DEFAULT_LIFE } from '../../../../../vault/domain/kek-life/life.ts';
import type { RingSlot } from '../../../../../vault/domain/kek-life/ring.ts';
import { slotDates } from '../../../../../vault/domain/kek-life/slot.ts';
import type { AppSettings } from '../../../../../vault/domain/settings.ts';
import { type RotateDeps, reconcile, rotate } from '../../../../../vault/usecases/keys/rotate.ts';
import { counted } from '../../../../support/counting.ts';
import { present } from '../../../../support/envelope.ts';
import { storeSettings } from '../../../../support/store-settings.ts';
import { SLOT_S, someSettings, virtualVault } from '../../../../support/virtual-vault.ts';

const { cycleS, graceS, leadS, marginS } = DEFAULT_LIFE;
const UNAVAILABLE = new DaykeyError('unavailable', 'KMS is throttled');
const CONFLICT = new DaykeyError('conflict', 'another rotator was first');

/** A vault with an app, a rotator whose calls are counted, and the notes that it takes. */
async function aVault(settings: Partial<AppSettings> = {}, kms: Parameters<typeof virtualVault>[0] = {}) {
  const vault = virtualVault(kms);
  await storeSettings(vault.keyRing, someSettings(settings));
  const [ring, maker] = [counted(vault.keyRing), counted(vault.rotator.keyMaker)];
  const notes: object[] = [];
  const telemetry: typeof vault.telemetry = {
    ...vault.telemetry,
    note: (message: string, details = {}) => void notes.push({ message, ...details }),
  };
  const deps: RotateDeps = { ...vault.rotator, keyRing: ring.port, keyMaker: maker.port, telemetry };
  return {
    ...vault,
    ring,
    maker,
    notes,
    deps,
    total: telemetry.total,
    /** Reconciles the app with some ports replaced. */
    async reconcile(replaced: Partial<RotateDeps> = {}) {
      const read = present(await vault.keyRing.planned({ app: 'shop' }));
      ring.forget();
      maker.forget();
      await reconcile({ ...deps, ...replaced }, read);
    },
    async slot(id = SLOT_S): Promise<RingSlot> {
      const found = (await vault.keyRing.read('shop'))?.slots.find(({ slot }) => slot === id);
      if (!found) throw new Error(`the ring has no slot ${id}`);
      return found;
    },
  };
}

describe('making a key', () => {
  test('that ignores the context notes that its values end at T2 only', async () => {
    const vault = await aVault();
    const create: RotateDeps['keyMaker']['create'] = async (...args) => ({
      ...(await vault.deps.keyMaker.create(...args)),
      ignoresContext: true,
    });
    await vault.reconcile({ keyMaker: { ...vault.deps.keyMaker, create } });
    expect(vault.notes).toEqual([{ message: 'KMS ends the values of this key at T2 only', holder: 'shop' }]);
  });

  test('claims the slot, makes the key, records it with a salt of 32 bytes, and marks it ready', async () => {
    const vault = await aVault();
    await vault.reconcile();
    expect(vault.ring.calls).toEqual(['claim', 'recordKey', 'markReady', 'planned', 'planNext']);
    expect(vault.maker.calls).toEqual(['create']);
    const { state, salt, lease } = await vault.slot();
    expect([state, salt?.length, lease]).toEqual(['ready', 32, undefined]);
    expect(vault.total('KeysMade')).toBe(1);
    expect(vault.notes).toEqual([]);
  });

  test('draws another salt for each slot', async () => {
    const vault = await aVault();
    await vault.reconcile();
    vault.at(SLOT_S + cycleS - leadS);
    await vault.reconcile();
    const [one, other] = [await vault.slot(), await vault.slot(SLOT_S + cycleS)];
    expect(one.salt?.equals(other.salt ?? Buffer.alloc(32))).toBe(false);
    expect(one.salt?.equals(Buffer.alloc(32))).toBe(false);
  });

  test('leases the slot for two minutes, to a new owner each time', async () => {
    const vault = await aVault();
    const leases: { owner: string; untilS: number }[] = [];
    const claim: RotateDeps['keyRing']['claim'] = async (app, dates, lease, nowS) => {
      leases.push(lease);
      expect(nowS).toBe(SLOT_S);
      return await vault.keyRing.claim(app, dates, lease, nowS);
    };
    const keyMaker = { ...vault.deps.keyMaker, create: () => Promise.reject(UNAVAILABLE) };
    for (let run = 0; run < 2; run += 1) {
      await vault.reconcile({ keyRing: { ...vault.keyRing, claim }, keyMaker }).catch(() => undefined);
    }
    expect(leases.map(({ untilS }) => untilS)).toEqual([SLOT_S + 120, 0, SLOT_S + 120, 0]);
    const [first, ended, second] = leases.map(({ owner }) => owner);
    expect(ended).toBe(first);
    expect(second).not.toBe(first);
  });

  test('finishes a key that another rotator has made, without making one', async () => {
    const vault = await aVault({}, { visibleAfterMs: 3000 });
    await vault.reconcile();
    expect(vault.notes).toEqual([{ message: 'a new key did not pass its canary yet', holder: 'shop', slot: SLOT_S }]);
    const { keyArn } = await vault.slot();
    vault.at(SLOT_S + 3);
    await vault.reconcile();
    expect(vault.ring.calls).toEqual(['claim', 'markReady', 'planned', 'planNext']);
    expect(vault.maker.calls).toEqual([]);
    expect(await vault.slot()).toMatchObject({ state: 'ready', keyArn });
    expect(vault.total('KeysMade')).toBe(1);
  });

  test.each<[string, Partial<RotateDeps['keyRing']>]>([
    ['cannot be recorded', { recordKey: () => Promise.reject(UNAVAILABLE) }],
    ['cannot be marked ready', { markReady: () => Promise.reject(UNAVAILABLE) }],
  ])('ends the lease of a key that %s, so that the next run may try', async (_, broken) => {
    const vault = await aVault();
    await expect(vault.reconcile({ keyRing: { ...vault.keyRing, ...broken } })).rejects.toThrow(AggregateError);
    expect((await vault.slot()).lease?.untilS).toBe(0);
    await vault.reconcile();
    expect((await vault.slot()).state).toBe('ready');
  });

  test('reports why it failed, not that its lease could not be ended', async () => {
    const vault = await aVault();
    let claims = 0;
    const claim: RotateDeps['keyRing']['claim'] = async (...args) => {
      claims += 1;
      if (claims > 1) throw new Error('the lease could not be ended');
      return await vault.keyRing.claim(...args);
    };
    const keyMaker = { ...vault.deps.keyMaker, create: () => Promise.reject(UNAVAILABLE) };
    const failure: unknown = await vault.reconcile({ keyRing: { ...vault.keyRing, claim }, keyMaker }).catch((e) => e);
    expect(failure).toMatchObject({ errors: [UNAVAILABLE] });
    expect(claims).toBe(2);
  });
});

describe('a run with nothing to do', () => {
  test('looks at the key in use, and reads and writes nothing', async () => {
    const vault = await aVault();
    await vault.reconcile();
    await vault.reconcile();
    expect(vault.ring.calls).toEqual([]);
    expect(vault.maker.calls).toEqual(['isHealthy']);
  });
});

describe('looking after the key in use', () => {
  test('happens until T1, and not from T1 on', async () => {
    const vault = await aVault();
    await vault.reconcile();
    const T1 = SLOT_S + cycleS + graceS;
    // The next key is there, so that the run has nothing else to do.
    vault.at(SLOT_S + cycleS - leadS);
    await vault.reconcile();
    for (const [nowS, looks] of [
      [T1 - 1, 2],
      [T1, 1],
    ] as const) {
      vault.at(nowS);
      await vault.reconcile();
      expect(vault.maker.count('isHealthy')).toBe(looks);
    }
  });

  test('is left out for a key that is not ready, and for a slot without a key', async () => {
    const vault = await aVault();
    const dates = slotDates(SLOT_S, SLOT_S + cycleS, DEFAULT_LIFE);
    await vault.keyRing.claim({ app: 'shop' }, dates, { owner: 'other', untilS: SLOT_S + 60 }, SLOT_S);
    await vault.reconcile();
    expect(vault.maker.calls).toEqual([]);
    await vault.keyRing.recordKey({ app: 'shop' }, SLOT_S, 'other', { arn: 'arn:one' }, Buffer.alloc(32));
    await vault.reconcile();
    expect(vault.maker.calls).toEqual([]);
  });

  test('takes a disabled key out, says so, and makes another in the same run', async () => {
    const vault = await aVault();
    await vault.reconcile();
    await vault.kms.operate('DisableKey', (await vault.slot()).keyArn ?? '');
    await vault.reconcile();
    expect(vault.ring.calls).toEqual(['markLost', 'claim', 'recordKey', 'markReady', 'planned']);
    expect(vault.notes).toEqual([
      { message: 'an app KEK is disabled, gone or pending deletion before its time', holder: 'shop', slot: SLOT_S },
    ]);
    expect(await vault.slots()).toEqual([
      [SLOT_S, 'lost'],
      [SLOT_S - 1, 'ready'],
    ]);
  });

  test('is left out for a retired app, which gets no new key either', async () => {
    const vault = await aVault();
    await vault.reconcile();
    await storeSettings(vault.keyRing, someSettings({ state: 'retired' }));
    await vault.kms.operate('DisableKey', (await vault.slot()).keyArn ?? '');
    await vault.reconcile();
    expect(vault.maker.calls).toEqual([]);
    expect(await vault.slots()).toEqual([[SLOT_S, 'ready']]);
    expect(vault.total('NextSlotMissing')).toBe(0);
  });
});

describe('a step that fails', () => {
  test('is noted with its holder and its causes, without their messages, and fails the run at the end', async () => {
    const vault = await aVault();
    const cause = Object.assign(new Error('a secret'), { name: 'LimitExceededException' });
    const error = new Error('failed to make an app KEK', { cause });
    const keyMaker = { ...vault.deps.keyMaker, create: () => Promise.reject(error) };
    const failure: unknown = await vault.reconcile({ keyMaker }).catch((reason: unknown) => reason);
    expect(failure).toBeInstanceOf(AggregateError);
    expect(failure).toMatchObject({ message: 'some steps failed; the next run repeats them', errors: [error] });
    expect(vault.notes).toEqual([
      {
        message: 'a step of the rotation failed',
        holder: 'shop',
        cause: expect.stringMatching(/^Error .* < LimitExceededException /),
      },
    ]);
    expect(JSON.stringify(vault.notes)).not.toContain('secret');
  });

  test('does not keep another from being taken', async () => {
    const vault = await aVault();
    await vault.reconcile();
    const T2 = (await vault.slot()).decryptUntilS;
    vault.at(T2);
    const keyMaker = { ...vault.deps.keyMaker, create: () => Promise.reject(UNAVAILABLE) };
    await expect(vault.reconcile({ keyMaker })).rejects.toThrow(AggregateError);
    expect((await vault.slot()).state).toBe('destroyed');
  });

  test('is no failure when another rotator was first', async () => {
    const vault = await aVault();
    const claim = () => Promise.reject(CONFLICT);
    await vault.reconcile({ keyRing: { ...vault.keyRing, claim } });
    expect(vault.notes).toEqual([]);
  });

  test('may be the last look at the ring, which then is not reported on', async () => {
    const vault = await aVault();
    const planned = () => Promise.reject(UNAVAILABLE);
    await expect(vault.reconcile({ keyRing: { ...vault.keyRing, planned } })).rejects.toThrow(AggregateError);
    expect((await vault.slot()).state).toBe('ready');
    expect(vault.notes).toHaveLength(1);
  });

  test('is not reported on when the app is gone by then', async () => {
    const vault = await aVault();
    await vault.reconcile({ keyRing: { ...vault.keyRing, read: async () => undefined } });
    expect(vault.notes).toEqual([]);
  });
});

describe('forgetting', () => {
  test('drops an abandoned slot past T1, once its lease has ended', async () => {
    const vault = await aVault();
    const dates = slotDates(SLOT_S, SLOT_S + cycleS, DEFAULT_LIFE);
    vault.at(dates.encryptUntilS);
    await vault.keyRing.claim({ app: 'shop' }, dates, { owner: 'cut off', untilS: dates.encryptUntilS + 60 }, SLOT_S);
    await vault.reconcile();
    expect(vault.ring.count('forget')).toBe(0);
    vault.at(dates.encryptUntilS + 60);
    await vault.reconcile();
    expect(vault.ring.count('forget')).toBe(1);
    expect((await vault.slots()).map(([slot]) => slot)).not.toContain(SLOT_S);
  });
});

describe('the alarms', () => {
  test('hear of a missing key when none covers now', async () => {
    const vault = await aVault();
    const canary = { passes: async () => false };
    await vault.reconcile({ canary });
    expect(vault.total('NextSlotMissing')).toBe(1);
    await vault.reconcile();
    expect(vault.total('NextSlotMissing')).toBe(1);
  });

  test('hear of a key past its end from the margin after T2 on, and no more once it is destroyed', async () => {
    const vault = await aVault();
    await vault.reconcile();
    const { decryptUntilS } = await vault.slot();
    const keyMaker = { ...vault.deps.keyMaker, destroy: () => Promise.reject(UNAVAILABLE) };
    vault.at(decryptUntilS + marginS - 1);
    await expect(vault.reconcile({ keyMaker })).rejects.toThrow(AggregateError);
    expect(vault.total('KeyPastItsEnd')).toBe(0);
    vault.at(decryptUntilS + marginS);
    await expect(vault.reconcile({ keyMaker })).rejects.toThrow(AggregateError);
    expect(vault.total('KeyPastItsEnd')).toBe(1);
    await vault.reconcile();
    expect(vault.total('KeyPastItsEnd')).toBe(1);
  });

  test('hear of a key that KMS still has two days after its deletion was due', async () => {
    const vault = await aVault();
    await vault.reconcile();
    vault.at((await vault.slot()).decryptUntilS);
    await vault.reconcile();
    const { goneAtS = 0 } = await vault.slot();
    const keyMaker = { ...vault.deps.keyMaker, isGone: () => Promise.reject(UNAVAILABLE) };
    vault.at(goneAtS + 2 * 24 * 3600 - 1);
    await expect(vault.reconcile({ keyMaker })).rejects.toThrow(AggregateError);
    expect(vault.total('KeyPastItsEnd')).toBe(0);
    vault.at(goneAtS + 2 * 24 * 3600);
    await expect(vault.reconcile({ keyMaker })).rejects.toThrow(AggregateError);
    expect(vault.total('KeyPastItsEnd')).toBe(1);
  });

  test('hear how long the holder that waits longest has been due, and that the rotator runs', async () => {
    const vault = await aVault();
    for (const app of ['bank', 'clinic']) await storeSettings(vault.keyRing, someSettings({ app }));
    const counts: [string, number][] = [];
    const telemetry = {
      ...vault.deps.telemetry,
      count: (name: string, value: number) => void counts.push([name, value]),
    };
    await rotate({ ...vault.deps, telemetry });
    // What is due at once has waited for no date.
    expect(counts).toContainEqual(['RotationBehindSeconds', 0]);
    for (const [app, dueAtS] of [
      ['shop', SLOT_S + 10],
      ['bank', SLOT_S + 20],
      ['clinic', SLOT_S + 30],
    ] as const) {
      await vault.keyRing.planNext(present(await vault.keyRing.planned({ app })), dueAtS);
    }
    counts.length = 0;
    vault.at(SLOT_S + 40);
    await rotate({ ...vault.deps, telemetry });
    expect(counts).toContainEqual(['RotationBehindSeconds', 30]);
    expect(counts).toContainEqual(['NextSlotMissing', 0]);
  });

  test('hear nothing of slots past their end that never had a key', async () => {
    const vault = await aVault();
    const dates = slotDates(SLOT_S, SLOT_S + cycleS, DEFAULT_LIFE);
    const endS = dates.decryptUntilS + marginS;
    await vault.keyRing.claim({ app: 'shop' }, dates, { owner: 'other', untilS: endS + 60 }, SLOT_S);
    vault.at(endS);
    await vault.reconcile();
    expect((await vault.slot()).state).toBe('claimed');
    expect(vault.total('KeyPastItsEnd')).toBe(0);
  });

  test('hear of a plan that cannot be read, with the holder and the paths at fault', async () => {
    const vault = await aVault();
    await storeSettings(vault.keyRing, someSettings({ app: 'bank' }));
    const error = new DaykeyError('settings-unreadable', 'malformed', { paths: ['life', 'retired'] });
    const keyRing: RotateDeps['keyRing'] = {
      ...vault.keyRing,
      planned: async (holder) =>
        holderName(holder) === 'bank' ? Promise.reject(error) : await vault.keyRing.planned(holder),
    };
    await rotate({ ...vault.deps, keyRing });
    expect(vault.total('UnreadableSettings')).toBe(1);
    const message = 'a stored plan of keys is malformed';
    expect(vault.notes).toEqual([{ message, holder: 'bank', paths: 'life, retired' }]);
    expect(await vault.slots()).toEqual([[SLOT_S, 'ready']]);
  });
});

describe('rotating many apps', () => {
  /** Rotates so many apps whose canaries take a moment, and says how many ran at the same time at most. */
  async function mostAtOnce(apps: number): Promise<number> {
    const vault = await aVault();
    for (let number = 1; number < apps; number += 1)
      await storeSettings(vault.keyRing, someSettings({ app: `app-${number}` }));
    let running = 0;
    let most = 0;
    const canary = {
      async passes() {
        running += 1;
        most = Math.max(most, running);
        await new Promise(setImmediate);
        running -= 1;
        return true;
      },
    };
    await rotate({ ...vault.deps, canary });
    // An app whose slot ends within the lead gets its next key as well.
    expect(vault.total('KeysMade')).toBeGreaterThanOrEqual(apps);
    return most;
  }

  test('happens four at a time in each of four shards', async () => {
    expect(await mostAtOnce(3)).toBe(3);
    expect(await mostAtOnce(60)).toBe(16);
  });

  test('collects the failures of all', async () => {
    const vault = await aVault();
    await storeSettings(vault.keyRing, someSettings({ app: 'bank' }));
    const keyMaker = { ...vault.deps.keyMaker, create: () => Promise.reject(UNAVAILABLE) };
    const failure: unknown = await rotate({ ...vault.deps, keyMaker }).catch((error: unknown) => error);
    const message = '2 holders of keys could not be reconciled: KMS is throttled';
    expect(failure).toMatchObject({ message, errors: [{}, {}] });
  });
});
