// A reveal by its place in the log: stars without any key for what is not there, and a request where someone has to approve.

import { beforeEach, expect, test } from 'vitest';
import type { AskedReveal } from '../../../../../vault/ports/approvals.ts';
import type { ListedRow } from '../../../../../vault/ports/entry-log.ts';
import type { Revealed } from '../../../../../vault/ports/revealing-vault.ts';
import { type RevealFieldDeps, revealField } from '../../../../../vault/usecases/console/reveal-field.ts';
import { type MemoryVault, memoryVault } from '../../../../support/memory-vault.ts';

const STARS = { revealed: { status: 'redacted' } };
const REVEAL = { person: { subject: 'person-1', name: 'Ada' }, reason: 'A customer asks', ticket: 'INC-1' };
const FORM = {
  type: 'form.answer',
  id: 'e-1',
  thread: { id: 't-1' },
  data: { answers: { email: 'maya@example.org' } },
};

let vault: MemoryVault;
let row: ListedRow;
let asked: AskedReveal[];
let revealed: Revealed;

beforeEach(async () => {
  vault = await memoryVault({
    settings: { console: { viewers: ['support'], showPlain: false, requireApproval: true } },
  });
  await vault.call('web', 'incoming', { entry: FORM, thread: { mode: 'agent' }, ttlSeconds: 7200 });
  [row] = (await vault.entryLog.page({ app: 'shop', before: '9', fromMs: 0, limit: 1 })) as [ListedRow];
  [asked, revealed] = [[], { status: 'unapproved' }];
});

function reveal(field: number, more: Partial<RevealFieldDeps> = {}) {
  const deps = {
    clock: vault.clock,
    log: vault.entryLog,
    logKey: vault.logKey,
    approvals: { ask: async (it: AskedReveal) => void asked.push(it) },
    vault: { reveal: async () => revealed },
    ...more,
  } as unknown as RevealFieldDeps;
  return revealField(deps, { app: row.app, atMs: row.atMs, id: row.id, field }, REVEAL, ['support']);
}

test('a value that opens comes with the IDs of the platform, and asks no one', async () => {
  revealed = { status: 'ok', value: 'x', expiresAt: '2027-01-01T00:00:00Z' };
  expect(await reveal(0)).toEqual({ revealed, entryId: 'e-1', threadId: 't-1' });
  expect(asked).toEqual([]);
});

test('one that someone has to approve is asked for, with its place, for an hour', async () => {
  expect(await reveal(0)).toMatchObject({ revealed: { status: 'unapproved' } });
  const askedAtS = vault.nowS();
  expect(asked).toMatchObject([
    { app: 'shop', field: 0, pointer: '/data/answers/email', ...REVEAL, askedAtS, endsAtS: askedAtS + 3600 },
  ]);
});

test('a request for approval ends with its row at the latest', async () => {
  vault.advance(7200 - 60);
  await reveal(0);
  expect(asked).toMatchObject([{ endsAtS: row.expiresAtS }]);
});

test('a field that the row does not have gives stars, without the log key', async () => {
  const before = vault.logKey.uses;
  expect([await reveal(1), await reveal(7)]).toEqual([STARS, STARS]);
  expect(vault.logKey.uses).toBe(before);
});

test('a row that ended, or was changed, and one whose key is refused give stars', async () => {
  const changed = { ...vault.entryLog, find: async () => ({ ...(await vault.entryLog.find(row)), id: 'AAAAAAAAAAA' }) };
  expect(await reveal(0, { log: changed as unknown as RevealFieldDeps['log'] })).toEqual(STARS);
  expect(await reveal(0, { logKey: { unwrap: async () => undefined } })).toEqual(STARS);
  vault.advance(7200);
  expect(await reveal(0)).toEqual(STARS);
  expect(asked).toEqual([]);
});
