// The janitor destroys orphaned keys past their T2, and no other key.

import { describe, expect, test } from 'vitest';
import { DaykeyError } from '../../../../../vault/domain/errors.ts';
import { CHECK_EVERY_S } from '../../../../../vault/domain/kek-life/due.ts';
import type { KeyHolder } from '../../../../../vault/domain/kek-life/holder.ts';
import { slotDates } from '../../../../../vault/domain/kek-life/slot.ts';
import type { UpkeepChange } from '../../../../../vault/domain/kek-life/upkeep.ts';
import { memoryTelemetry } from '../../../../../vault/memory/telemetry.ts';
import { AT_ONCE_S, type RingRow } from '../../../../../vault/ports/key-ring.ts';
import { type JanitorDeps, tidyUp } from '../../../../../vault/usecases/keys/janitor.ts';
import { rotate } from '../../../../../vault/usecases/keys/rotate.ts';
import { present } from '../../../../support/envelope.ts';
import { collected } from '../../../../support/simulation-network.ts';
import { storeSettings } from '../../../../support/store-settings.ts';
import { SLOT_S, someSettings, virtualVault } from '../../../../support/virtual-vault.ts';

const UNAVAILABLE = new DaykeyError('unavailable', 'throttled');

/** A vault whose app is set up, and what its janitor uses. */
async function aVault() {
  const vault = virtualVault();
  const settings = someSettings();
  await storeSettings(vault.keyRing, settings);
  const { app, life } = settings;
  const dates = slotDates(SLOT_S, SLOT_S + 60, life);
  const keyMaker = vault.kms.keyMaker('rotate');
  const janitor: JanitorDeps = {
    clock: () => vault.nowS() * 1000,
    keyRing: vault.keyRing,
    keyMaker,
    telemetry: vault.telemetry,
  };
  return {
    ...vault,
    janitor,
    dates,
    T2: dates.decryptUntilS,
    orphan: async () => (await keyMaker.create({ app }, dates)).arn,
    /** A key that the ring names. */
    async known() {
      const { arn } = await keyMaker.create({ app }, dates);
      await vault.keyRing.claim({ app }, dates, { owner: 'rotator', untilS: SLOT_S + 300 }, SLOT_S);
      await vault.keyRing.recordKey({ app }, SLOT_S, 'rotator', { arn }, Buffer.alloc(32));
      return arn;
    },
  };
}

describe('the janitor', () => {
  test('destroys an orphaned key from T2 on, and not a second before', async () => {
    const vault = await aVault();
    const arn = await vault.orphan();
    vault.at(vault.T2 - 1);
    await tidyUp(vault.janitor);
    expect(vault.kms.stateOf(arn)).toBe('Enabled');
    expect(vault.kms.calls.ScheduleKeyDeletion).toBe(0);
    vault.at(vault.T2);
    await tidyUp(vault.janitor);
    expect(vault.kms.stateOf(arn)).toBe('PendingDeletion');
  });

  test('never destroys keys that the ring names, even past their T2', async () => {
    const vault = await aVault();
    const arn = await vault.known();
    vault.at(vault.T2);
    await tidyUp(vault.janitor);
    expect(vault.kms.stateOf(arn)).toBe('Enabled');
    expect(vault.telemetry.total('OrphanedKeys')).toBe(0);
    expect(vault.telemetry.total('KeysDestroyed')).toBe(0);
  });

  test('gives the list every key of the ring, and slots without a key add nothing', async () => {
    const vault = await aVault();
    const arn = await vault.known();
    await vault.keyRing.claim(
      { app: 'shop' },
      { ...vault.dates, slot: SLOT_S + 1 },
      { owner: 'r', untilS: SLOT_S },
      SLOT_S,
    );
    let known: ReadonlySet<string> = new Set();
    const list = (given: ReadonlySet<string>) => {
      known = given;
      return vault.janitor.keyMaker.list(given);
    };
    await tidyUp({ ...vault.janitor, keyMaker: { ...vault.janitor.keyMaker, list } });
    expect([...known]).toEqual([arn]);
  });

  test('counts orphaned keys, and those that it destroys', async () => {
    const vault = await aVault();
    await Promise.all([vault.orphan(), vault.orphan(), vault.known()]);
    await tidyUp(vault.janitor);
    expect(vault.telemetry.total('OrphanedKeys')).toBe(2);
    expect(vault.telemetry.total('KeysDestroyed')).toBe(0);
    vault.at(vault.T2);
    await tidyUp(vault.janitor);
    expect(vault.telemetry.total('OrphanedKeys')).toBe(2 + 2);
    expect(vault.telemetry.total('KeysDestroyed')).toBe(2);
    await tidyUp(vault.janitor);
    expect(vault.telemetry.total('OrphanedKeys')).toBe(2 + 2);
  });

  test('goes on when one key cannot be destroyed, counts the others, and fails at the end', async () => {
    const vault = await aVault();
    const [stuck, other] = [await vault.orphan(), await vault.orphan()];
    vault.at(vault.T2);
    const { destroy } = vault.janitor.keyMaker;
    const cause = new DaykeyError('app-kek-refused', 'the policy was changed');
    const keyMaker = {
      ...vault.janitor.keyMaker,
      destroy: (arn: string) => (arn === stuck ? Promise.reject(cause) : destroy(arn)),
    };
    const failure: unknown = await tidyUp({ ...vault.janitor, keyMaker }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ message: '1 keys could not be planned or destroyed', errors: [cause] });
    expect([stuck, other].map(vault.kms.stateOf)).toEqual(['Enabled', 'PendingDeletion']);
    expect(vault.telemetry.total('KeysDestroyed')).toBe(1);
    expect(vault.telemetry.total('OrphanedKeys')).toBe(2);
  });

  test('never destroys keys of an app whose settings cannot be read: the rotator destroys them with a receipt', async () => {
    const vault = await aVault();
    const mine = await vault.orphan();
    vault.at(vault.T2);
    const keyRing: JanitorDeps['keyRing'] = {
      ...vault.janitor.keyRing,
      async *rows() {
        yield [{ kind: 'unreadable-app', app: 'shop', paths: ['settings.life'] }];
      },
    };
    await tidyUp({ ...vault.janitor, keyRing });
    expect(vault.kms.stateOf(mine)).toBe('Enabled');
    expect(vault.telemetry.total('OrphanedKeys')).toBe(0);
  });

  test('notes each app whose settings cannot be read, and each holder that it plans', async () => {
    const { janitor, telemetry } = await aVault();
    const notes: object[] = [];
    const { life } = someSettings();
    const keyRing: JanitorDeps['keyRing'] = {
      plan: async () => undefined,
      async *rows() {
        yield [
          { kind: 'unreadable-app', app: 'shop', paths: ['life', 'state'] },
          { kind: 'app', app: 'bank', holder: { app: 'bank' }, life, retired: false },
        ];
      },
    };
    const note = (message: string, details = {}) => void notes.push({ message, ...details });
    await tidyUp({ ...janitor, keyRing, telemetry: { ...telemetry, note } });
    expect(notes).toEqual([
      { message: 'the stored settings of an app are malformed', app: 'shop', paths: 'life, state' },
      { message: 'keys had no plan, one for other settings, or one that is never due', holder: 'bank' },
    ]);
    expect(telemetry.total('UnreadableSettings')).toBe(1);
  });

  test.each(['the ring', 'the list of keys'])('destroys nothing on half of the facts: %s breaks off', async (what) => {
    const vault = await aVault();
    const arn = await vault.orphan();
    vault.at(vault.T2);
    const broken = () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(UNAVAILABLE) }) });
    const deps: JanitorDeps = {
      ...vault.janitor,
      ...(what === 'the ring'
        ? { keyRing: { ...vault.janitor.keyRing, rows: broken } }
        : { keyMaker: { ...vault.janitor.keyMaker, list: broken } }),
    };
    await expect(tidyUp(deps)).rejects.toMatchObject({ code: 'unavailable' });
    expect(vault.kms.stateOf(arn)).toBe('Enabled');
  });

  test('has nothing to do in an empty account, and says so', async () => {
    const { janitor } = await aVault();
    const telemetry = memoryTelemetry();
    await tidyUp({ ...janitor, telemetry });
    expect(telemetry.total('OrphanedKeys')).toBe(0);
    expect(await collected(janitor.keyMaker.list(new Set()))).toEqual([]);
  });
});

describe('a plan', () => {
  const holder = { app: 'shop' };
  const pool = { pool: 2 };

  /** What the janitor plans of these rows. */
  async function planned(rows: readonly RingRow[]): Promise<UpkeepChange[]> {
    const vault = await aVault();
    const plans: UpkeepChange[] = [];
    const keyRing: JanitorDeps['keyRing'] = {
      plan: async (change) => void plans.push(change),
      async *rows() {
        // A row a page: none of them needs another one beside it.
        for (const row of rows) yield [row];
      },
    };
    await tidyUp({ ...vault.janitor, keyRing });
    return plans;
  }

  const { life } = someSettings();
  const otherLife = { ...life, maxTtlS: life.maxTtlS / 2 };
  const app = (more: object = {}): RingRow => ({ kind: 'app', app: 'shop', holder, life, retired: false, ...more });
  const plan = (more: object = {}, ofHolder: KeyHolder = holder, dueAtS: number | undefined = AT_ONCE_S): RingRow => ({
    kind: 'plan',
    holder: ofHolder,
    upkeep: { life, retired: false, ...more },
    dueAtS,
  });
  /** A plan that the index of dates does not have. */
  const unseen = (more: object = {}): RingRow => ({ ...plan(more), dueAtS: undefined }) as RingRow;
  const slot = (ofHolder: KeyHolder = holder): RingRow => ({ kind: 'slot', holder: ofHolder, slot: 1, state: 'ready' });

  test.each<[string, RingRow[]]>([
    ['is what the settings ask', [app(), plan(), slot()]],
    [
      'is what one of the apps of a pool asks',
      [app({ holder: pool, life: otherLife }), app({ holder: pool }), plan({}, pool)],
    ],
    ['is lost of a retired app that has no slot left', [app({ retired: true })]],
    [
      'of a pool is not asked for, but an app cannot be read',
      [plan({}, pool), { kind: 'unreadable-app', app: 'bank', paths: [] }],
    ],
    ['is lost of an app that cannot be read', [slot(), { kind: 'unreadable-app', app: 'shop', paths: [] }]],
    ['is due when a key is looked at for the second time', [app(), plan({}, holder, SLOT_S + 2 * CHECK_EVERY_S)]],
    ['is never due, of a retired app without slots', [app({ retired: true }), unseen({ retired: true })]],
    [
      'is due when the last key ends',
      [app({ retired: true }), plan({ retired: true }, holder, SLOT_S + 10 ** 6), slot()],
    ],
    ['of keys that no app uses ends them already', [plan({ retired: true }, pool), slot(pool)]],
  ])('stays as it is when it %s', async (_, rows) => {
    expect(await planned(rows)).toEqual([]);
    expect(await planned(rows.toReversed())).toEqual([]);
  });

  test.each<[string, RingRow[], object]>([
    ['is missing', [app()], { holder, life, retired: false }],
    ['of a pool is missing', [app({ holder: pool })], { holder: pool, life, retired: false }],
    [
      'is malformed',
      [app(), { kind: 'plan', holder, upkeep: undefined, dueAtS: AT_ONCE_S }],
      { holder, life, retired: false },
    ],
    ['has another life', [app(), plan({ life: otherLife })], { holder, life, retired: false }],
    ['is of an app that was retired since', [app({ retired: true }), plan()], { holder, life, retired: true }],
    ['is of an app that was brought back since', [app(), plan({ retired: true })], { holder, life, retired: false }],
    ['is lost of a retired app that has a slot', [app({ retired: true }), slot()], { holder, life, retired: true }],
    ['is of a pool that no app uses', [plan({}, pool)], { holder: pool, life, retired: true }],
    ['is never due', [app(), unseen()], { holder, life, retired: false }],
    ['is due in a year', [app(), plan({}, holder, SLOT_S + 365 * 24 * 3600)], { holder, life, retired: false }],
    [
      'is never due, though a key is to be destroyed',
      [app({ retired: true }), unseen({ retired: true }), slot()],
      { holder, life, retired: true },
    ],
    [
      'is never due, though a key that no app uses is to be destroyed',
      [unseen({ retired: true }), slot()],
      { holder, life, retired: true },
    ],
    ['is missing of slots that no app uses', [slot()], { holder, life, retired: true }],
    [
      'is missing of slots that no app uses, where apps have another life',
      [app({ life: otherLife }), plan({ life: otherLife }), slot(pool)],
      { holder: pool, life: otherLife, retired: true },
    ],
  ])('is written again when it %s', async (_, rows, expected) => {
    expect(await planned(rows)).toMatchObject([expected]);
    expect(await planned(rows.toReversed())).toMatchObject([expected]);
  });

  test('that cannot be written stops neither the others nor the end of orphaned keys', async () => {
    const vault = await aVault();
    await storeSettings(vault.keyRing, someSettings({ app: 'bank' }));
    const arn = await vault.orphan();
    vault.at(vault.T2);
    let calls = 0;
    const keyRing: JanitorDeps['keyRing'] = {
      async plan() {
        calls += 1;
        throw UNAVAILABLE;
      },
      async *rows() {
        yield [app(), app({ app: 'bank', holder: { app: 'bank' } })];
      },
    };
    await expect(tidyUp({ ...vault.janitor, keyRing })).rejects.toMatchObject({ errors: [UNAVAILABLE, UNAVAILABLE] });
    expect(calls).toBe(2);
    expect(vault.kms.stateOf(arn)).toBe('PendingDeletion');
  });

  test('that is lost is back after a look through the ring, and its keys go on', async () => {
    const vault = await aVault();
    const { keyRing, rotator } = vault;
    await rotate(rotator);
    const ring = present(await keyRing.planned(holder));
    // Without a date it is in no shard.
    await keyRing.planNext(ring, undefined);
    await keyRing.plan({ ...ring, retired: true });
    await tidyUp(vault.janitor);
    vault.at(present(ring.slots[0]).endsAtS - 60);
    await rotate(rotator);
    expect(await vault.slots()).toHaveLength(2);
  });

  test('that someone moved to next year is due at once after a look through the ring, and its keys go on', async () => {
    const vault = await aVault();
    const { keyRing, rotator } = vault;
    await rotate(rotator);
    const ring = present(await keyRing.planned(holder));
    await keyRing.planNext(ring, vault.nowS() + 365 * 24 * 3600);
    vault.at(present(ring.slots[0]).endsAtS - 60);
    await rotate(rotator);
    expect(await vault.slots()).toHaveLength(1);
    await tidyUp(vault.janitor);
    await rotate(rotator);
    expect(await vault.slots()).toHaveLength(2);
  });
});
