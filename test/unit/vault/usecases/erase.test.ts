// Erasure: of a subject, of single refs, and against those who write at the same time.

import { describe, expect, test } from 'vitest';
import { eraseSubject } from '../../../../vault/usecases/erase.ts';
import { sweep } from '../../../../vault/usecases/sweep.ts';
import { present } from '../../../support/envelope.ts';
import { type MemoryVault, memoryVault } from '../../../support/memory-vault.ts';

const REDACTED = { status: 'redacted', value: '★★★★★' };

const erased = async (vault: MemoryVault, body: object) => (await vault.call('desk', 'erase', body)).body;

const depsOf = ({ clock, keyRing, ports, ledger, telemetry }: MemoryVault) => ({
  clock,
  keyRing,
  ledger,
  telemetry,
  eraser: ports.bundles,
  reaper: ports.bundles,
});

describe('erasing a subject', () => {
  test('redacts every ref of it and no other, and says how many fields that were', async () => {
    const vault = await memoryVault();
    const first = await vault.encrypt('web', { a: 1, b: 2 }, { subject: 'maya' });
    const second = await vault.encrypt('bot', { a: 3 }, { subject: 'maya' });
    const other = await vault.encrypt('web', { a: 4 }, { subject: 'noor' });
    const nobody = await vault.encrypt('web', { a: 5 });
    expect(await erased(vault, { subject: 'maya' })).toEqual({ erased: 3 });
    expect(await vault.decrypt('desk', first.refs)).toEqual({ a: REDACTED, b: REDACTED });
    expect(await vault.decrypt('desk', second.refs)).toEqual({ a: REDACTED });
    expect(await vault.decrypt('desk', other.refs)).toMatchObject({ a: { status: 'ok', value: 4 } });
    expect(await vault.decrypt('desk', nobody.refs)).toMatchObject({ a: { status: 'ok', value: 5 } });
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

  test('of the same name in another app leaves that one alone', async () => {
    const vault = await memoryVault();
    await vault.addApp('bank');
    const { refs } = await vault.encrypt('web', { a: 1 }, { subject: 'maya' });
    await eraseSubject(depsOf(vault), 'bank', 'maya');
    expect(await vault.decrypt('desk', refs)).toMatchObject({ a: { status: 'ok' } });
  });

  test('twice, or of somebody unknown, erases nothing', async () => {
    const vault = await memoryVault();
    await vault.encrypt('web', { a: 1 }, { subject: 'maya' });
    expect(await erased(vault, { subject: 'maya' })).toEqual({ erased: 1 });
    expect(await erased(vault, { subject: 'maya' })).toEqual({ erased: 0 });
    expect(await erased(vault, { subject: 'nobody' })).toEqual({ erased: 0 });
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
    expect(await vault.ledger.tally(vault.app, present(slot).slot)).toEqual({ swept: 0, erased: 1 });
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
