// The janitor destroys orphaned keys past their T2, and no other key.

import { describe, expect, test } from 'vitest';
import { DaykeyError } from '../../../../../vault/domain/errors.ts';
import { slotDates } from '../../../../../vault/domain/kek-life/slot.ts';
import { memoryTelemetry } from '../../../../../vault/memory/telemetry.ts';
import { type JanitorDeps, tidyUp } from '../../../../../vault/usecases/keys/janitor.ts';
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
