// Erasure: of a subject, of single refs, and against those who write at the same time.

import { describe, expect, test } from 'vitest';
import { deriveFromRefKek } from '../../../../vault/domain/envelope/derive.ts';
import { formatRef, parseRef, type Ref } from '../../../../vault/domain/envelope/ref.ts';
import type { RingSlot } from '../../../../vault/domain/kek-life/ring.ts';
import type { Removed } from '../../../../vault/ports/bundle-store.ts';
import { eraseRefs, eraseSubject } from '../../../../vault/usecases/erase.ts';
import { sweep } from '../../../../vault/usecases/sweep.ts';
import { present } from '../../../support/envelope.ts';
import { type MemoryVault, memoryVault } from '../../../support/memory-vault.ts';

const REDACTED = { status: 'redacted', value: '★★★★★' };

const erased = async (vault: MemoryVault, body: object) => (await vault.call('desk', 'erase', body)).body;

const depsOf = ({ clock, rings, ports, ledger, telemetry }: MemoryVault) => ({
  clock,
  rings,
  ledger,
  telemetry,
  eraser: ports.bundles,
  reaper: ports.bundles,
  blobs: ports.blobs,
});

describe('erasing a subject', () => {
  test('redacts every ref of it and no other, and says how many fields that were', async () => {
    const vault = await memoryVault();
    const first = await vault.encrypt('web', { a: 1, b: 2 }, { subject: 'maya' });
    const second = await vault.encrypt('bot', { a: 3 }, { subject: 'maya' });
    const other = await vault.encrypt('web', { a: 4 }, { subject: 'noor' });
    const without = await vault.encrypt('web', { a: 5 });
    expect(await erased(vault, { subject: 'maya' })).toEqual({ erased: 3 });
    expect(await vault.decrypt('desk', first.refs)).toEqual({ a: REDACTED, b: REDACTED });
    expect(await vault.decrypt('desk', second.refs)).toEqual({ a: REDACTED });
    expect(await vault.decrypt('desk', other.refs)).toMatchObject({ a: { status: 'ok', value: 4 } });
    expect(await vault.decrypt('desk', without.refs)).toMatchObject({ a: { status: 'ok', value: 5 } });
  });

  test('reaches what was sealed in every slot that still decrypts', async () => {
    const vault = await memoryVault();
    const early = await vault.encrypt('web', { a: 1 }, { subject: 'maya' });
    vault.advance(vault.settings.life.cycleS - 2 * 3600);
    await vault.rotate();
    vault.advance(2 * 3600);
    const late = await vault.encrypt('web', { a: 2 }, { subject: 'maya' });
    expect((await vault.ring()).slots).toHaveLength(2);
    expect(await erased(vault, { subject: 'maya' })).toEqual({ erased: 2 });
    expect(await vault.decrypt('desk', early.refs)).toEqual({ a: REDACTED });
    expect(await vault.decrypt('desk', late.refs)).toEqual({ a: REDACTED });
  });

  test('of the same name in another app does not touch that one', async () => {
    const vault = await memoryVault();
    await vault.addApp('bank');
    const { refs } = await vault.encrypt('web', { a: 1 }, { subject: 'maya' });
    await eraseSubject(depsOf(vault), 'bank', 'maya');
    expect(await vault.decrypt('desk', refs)).toMatchObject({ a: { status: 'ok' } });
  });

  test('twice, or of someone unknown, erases nothing', async () => {
    const vault = await memoryVault();
    await vault.encrypt('web', { a: 1 }, { subject: 'maya' });
    expect(await erased(vault, { subject: 'maya' })).toEqual({ erased: 1 });
    expect(await erased(vault, { subject: 'maya' })).toEqual({ erased: 0 });
    expect(await erased(vault, { subject: 'unknown' })).toEqual({ erased: 0 });
  });

  test('takes a slow write with it that had begun before, at the second look', async () => {
    let land: (() => Promise<void>) | undefined;
    const vault = await memoryVault({
      before: {
        bundles: (real) => ({
          ...real,
          insert: (bundle) =>
            new Promise((resolve, reject) => {
              land = () => real.insert(bundle).then(resolve, reject);
            }),
        }),
      },
    });
    const writing = vault.encrypt('web', { a: 1 }, { subject: 'maya' });
    while (!land) await new Promise(setImmediate);
    vault.advance(5);
    expect(await erased(vault, { subject: 'maya' })).toEqual({ erased: 0 });
    await present(land)();
    const { refs } = await writing;

    vault.advance(59);
    await sweep(depsOf(vault));
    expect(await vault.decrypt('desk', refs)).toMatchObject({ a: { status: 'ok' } });
    vault.advance(1);
    await sweep(depsOf(vault));
    expect(await vault.decrypt('desk', refs)).toEqual({ a: REDACTED });
  });

  test('leaves what is written after it', async () => {
    const vault = await memoryVault();
    await erased(vault, { subject: 'maya' });
    const { refs } = await vault.encrypt('web', { a: 1 }, { subject: 'maya' });
    vault.advance(61);
    await sweep(depsOf(vault));
    expect(await vault.decrypt('desk', refs)).toMatchObject({ a: { status: 'ok' } });
  });

  test('notes it before it deletes, so that one cut off is finished by the sweeper', async () => {
    const vault = await memoryVault();
    const { refs } = await vault.encrypt('web', { a: 1 }, { subject: 'maya' });
    vault.advance(1);
    const cutOff = { ...vault.ports.bundles, eraseSubject: () => Promise.reject(new Error('throttled')) };
    await expect(eraseSubject({ ...depsOf(vault), eraser: cutOff }, vault.app, 'maya')).rejects.toThrow('throttled');
    vault.advance(60);
    await sweep(depsOf(vault));
    expect(await vault.decrypt('desk', refs)).toEqual({ a: REDACTED });
  });

  test('is done even when it cannot be counted', async () => {
    const vault = await memoryVault();
    await vault.encrypt('web', { a: 1 }, { subject: 'maya' });
    const ledger = { add: () => Promise.reject(new Error('throttled')) };
    expect(await eraseSubject({ ...depsOf(vault), ledger }, vault.app, 'maya')).toBe(1);
    expect(vault.telemetry.notes).toContain('the tally of erased bundles is too low');
  });
});

describe('erasing refs', () => {
  test('takes single fields, and their bundle with the last one', async () => {
    const vault = await memoryVault();
    const { refs } = await vault.encrypt('web', { a: 1, b: 2 });
    expect(await erased(vault, { refs: { x: refs.a } })).toEqual({ erased: 1 });
    expect(await vault.decrypt('desk', refs)).toMatchObject({ a: REDACTED, b: { status: 'ok', value: 2 } });
    expect(await erased(vault, { refs: { x: refs.a, y: refs.b } })).toEqual({ erased: 1 });
    expect(await vault.decrypt('desk', refs)).toEqual({ a: REDACTED, b: REDACTED });
    const [slot] = (await vault.ring()).slots;
    expect(await vault.ledger.tally({ app: vault.app }, present(slot).slot)).toEqual({ swept: 0, erased: 1 });
  });

  test.each<[what: string, forge: (mine: Ref, neighbour: Ref) => Ref]>([
    ['with a random ref KEK', (_, neighbour) => ({ ...neighbour, refKek: Buffer.alloc(32, 7) })],
    ['with the ref KEK of a field beside it', (mine, neighbour) => ({ ...neighbour, refKek: mine.refKek })],
    ['with another index', (mine) => ({ ...mine, index: 63 })],
    [
      'with another expiry',
      (_, neighbour) => ({
        ...neighbour,
        refId: neighbour.refId.map((byte, at) => (at === 3 ? byte ^ 1 : byte)) as Buffer,
      }),
    ],
  ])('erases nothing for a forged ref of a neighbouring field: %s', async (_, forge) => {
    const vault = await memoryVault();
    const { refs } = await vault.encrypt('web', { mine: 1, neighbour: 2 });
    const [mine, neighbour] = [refs.mine, refs.neighbour].map((ref) => present(parseRef(present(ref))));
    const forged = formatRef(forge(present(mine), present(neighbour)));
    expect(await erased(vault, { refs: { forged } })).toEqual({ erased: 0 });
    expect(await vault.decrypt('desk', refs)).toMatchObject({ mine: { value: 1 }, neighbour: { value: 2 } });
  });

  test('counts nothing for tokens that stand for nothing here', async () => {
    const vault = await memoryVault();
    await vault.addApp('bank');
    const { refs } = await vault.encrypt('web', { a: 1 });
    const spoiled = `${present(refs.a).slice(0, -1)}${present(refs.a).endsWith('A') ? 'B' : 'A'}`;
    expect(await erased(vault, { refs: { a: 'nonsense', b: spoiled } })).toEqual({ erased: 0 });
    expect(await vault.decrypt('desk', refs)).toMatchObject({ a: { status: 'ok' } });
  });
});

describe('the body of an erasure', () => {
  test.each([
    [{}],
    [{ subject: '' }],
    [{ subject: 'maya', refs: { a: 'x' } }],
    [{ refs: {} }],
    [{ refs: { a: 1 } }],
    [{ subject: 7 }],
  ])('%j is refused with 400', async (body) => {
    const vault = await memoryVault();
    expect(await vault.call('desk', 'erase', body)).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
  });
});

describe('what an erasure asks of the store', () => {
  /** An eraser that removes nothing unless it is given something, and what it is asked. */
  async function asked(removed: Removed = { fields: 0, bundles: [] }) {
    const vault = await memoryVault();
    const calls: unknown[][] = [];
    const eraser = {
      noteErasure: async (...args: unknown[]) => void calls.push(['note', ...args]),
      noteBlob: async (...args: unknown[]) => void calls.push(['blob', ...args]),
      eraseSubject: async (...args: unknown[]) => {
        calls.push(['subject', ...args]);
        return removed;
      },
      eraseField: async (...args: unknown[]) => {
        calls.push(['field', ...args]);
        return removed;
      },
    };
    return { vault, calls, deps: { ...depsOf(vault), eraser } };
  }

  test('is a note at the whole second of now and then a deletion, by the tag of the subject in the slot', async () => {
    const { vault, calls, deps } = await asked();
    vault.advance(0.9);
    await eraseSubject(deps, vault.app, 'maya');
    const tag = expect.stringMatching(/^[A-Za-z0-9_-]{22}$/);
    expect(calls).toEqual([
      ['note', vault.app, tag, vault.nowS()],
      ['subject', vault.app, tag, vault.nowS()],
    ]);
    expect(calls[0]?.[2]).toBe(calls[1]?.[2]);
  });

  test('has another tag for another subject', async () => {
    const { vault, calls, deps } = await asked();
    await eraseSubject(deps, vault.app, 'maya');
    await eraseSubject(deps, vault.app, 'noor');
    expect(new Set(calls.map(([, , tag]) => tag)).size).toBe(2);
  });

  test.each<[RingSlot['state'], number]>([
    ['ready', 1],
    ['lost', 1],
    ['destroyed', 0],
    ['created', 0],
    ['claimed', 0],
  ])('of a slot that is %s comes %i times', async (state, times) => {
    const { vault, calls, deps } = await asked();
    const ring = await vault.ring();
    const rings = { reload: async () => ({ ...ring, slots: ring.slots.map((slot) => ({ ...slot, state })) }) };
    await eraseSubject({ ...deps, rings }, vault.app, 'maya');
    expect(calls.filter(([method]) => method === 'subject')).toHaveLength(times);
  });

  test('is nothing for an app that does not exist', async () => {
    const { calls, deps } = await asked();
    expect(await eraseSubject(deps, 'unknown', 'maya')).toBe(0);
    expect(calls).toEqual([]);
  });

  test('is one field for each well-formed ref, by its bundle, index and possession tag, and nothing for any other text', async () => {
    const { vault, calls, deps } = await asked({ fields: 1, bundles: [] });
    const { refs, expiresAt } = await vault.encrypt('web', { a: 1, b: 2 });
    const [first, second] = [present(refs.a), present(refs.b)];
    expect(await eraseRefs(deps, vault.app, [first, 'nonsense', second])).toBe(2);
    const key = {
      app: vault.app,
      expiresAtS: Date.parse(expiresAt) / 1000,
      id: expect.stringMatching(/^[A-Za-z0-9_-]{20}$/),
    };
    const possessionTagOf = (text: string) => {
      const { refKek, refId, index } = present(parseRef(text));
      return deriveFromRefKek(refKek, refId, index).possessionTag;
    };
    expect(calls).toEqual([
      ['field', key, 0, possessionTagOf(first)],
      ['field', key, 1, possessionTagOf(second)],
    ]);
  });

  test('is nothing for a ref from its expiry on', async () => {
    const { vault, calls, deps } = await asked();
    const { refs } = await vault.encrypt('web', { a: 1 }, { ttlSeconds: 60 });
    vault.advance(59);
    await eraseRefs(deps, vault.app, [present(refs.a)]);
    expect(calls).toHaveLength(1);
    vault.advance(1);
    expect(await eraseRefs(deps, vault.app, [present(refs.a)])).toBe(0);
    expect(calls).toHaveLength(1);
  });
});

describe('the account of an erasure', () => {
  test('is a count of fields, and a tally of bundles for each slot', async () => {
    const vault = await memoryVault();
    const bundles = [
      { pool: 'own' as const, slot: 100, count: 2 },
      { pool: 'own' as const, slot: 200, count: 1 },
      { pool: 3, slot: 200, count: 4 },
    ];
    const eraser = { ...vault.ports.bundles, eraseSubject: async () => ({ fields: 7, bundles }) };
    expect(await eraseSubject({ ...depsOf(vault), eraser }, vault.app, 'maya')).toBe(7);
    expect(vault.telemetry.total('FieldsErased')).toBe(7);
    expect(await vault.ledger.tally({ app: vault.app }, 100)).toEqual({ swept: 0, erased: 2 });
    expect(await vault.ledger.tally({ app: vault.app }, 200)).toEqual({ swept: 0, erased: 1 });
    expect(await vault.ledger.tally({ pool: 3 }, 200)).toEqual({ swept: 0, erased: 4 });
    expect(vault.telemetry.notes).toEqual([]);
  });

  test('is empty when nothing was erased', async () => {
    const vault = await memoryVault();
    const counted: unknown[] = [];
    const telemetry = { ...vault.telemetry, count: (...args: unknown[]) => void counted.push(args) };
    expect(await eraseSubject({ ...depsOf(vault), telemetry }, vault.app, 'maya')).toBe(0);
    expect(counted).toEqual([]);
  });

  test('says of which app the tally is too low when it could not be stored', async () => {
    const vault = await memoryVault();
    await vault.encrypt('web', { a: 1 }, { subject: 'maya' });
    const notes: unknown[] = [];
    const telemetry = { ...vault.telemetry, note: (...args: unknown[]) => void notes.push(args) };
    const ledger = { add: () => Promise.reject(new Error('throttled')) };
    await eraseSubject({ ...depsOf(vault), ledger, telemetry }, vault.app, 'maya');
    expect(notes).toEqual([['the tally of erased bundles is too low', { app: vault.app }]]);
  });
});

describe('the store of blobs', () => {
  test('is not asked for what has no blob', async () => {
    const vault = await memoryVault();
    await vault.encrypt('web', { a: 1 }, { subject: 'maya' });
    const blobs = { remove: () => Promise.reject(new Error('the store was asked')) };
    expect(await eraseSubject({ ...depsOf(vault), blobs }, 'shop', 'maya')).toBe(1);
  });

  test('gets a note for each blob first, which is due a minute after the last upload could begin', async () => {
    const vault = await memoryVault();
    await vault.call('web', 'seal-blob', { bytes: 5, subject: 'maya' });
    const order: unknown[] = [];
    const eraser: ReturnType<typeof depsOf>['eraser'] = {
      ...vault.ports.bundles,
      noteBlob: async (_, dueAtS) => void order.push(dueAtS - vault.nowS()),
    };
    const blobs = { remove: async (removed: readonly unknown[]) => void order.push(`${removed.length} removed`) };
    await eraseSubject({ ...depsOf(vault), eraser, blobs }, 'shop', 'maya');
    expect(order).toEqual([900 + 60, '1 removed']);
  });
});
