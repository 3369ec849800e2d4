// What is read back of a stored record: everything that is well formed, and nothing else.

import { describe, expect, test } from 'vitest';
import { type AppRecord, newRecord } from '../../../../../vault/domain/app-record.ts';
import { DEFAULT_LIFE } from '../../../../../vault/domain/kek-life/life.ts';
import {
  changedMembers,
  readRecord,
  readTrust,
  readVaultRecord,
} from '../../../../../vault/domain/settings/stored-record.ts';
import type { AppSettings } from '../../../../../vault/domain/settings.ts';
import { newVaultRecord, type VaultRecord } from '../../../../../vault/domain/vault-record.ts';

const SETTINGS: AppSettings = {
  app: 'shop',
  life: DEFAULT_LIFE,
  defaultTtlS: 3600,
  integrations: { desk: { kind: 'messaging', processSensitive: false, roles: ['111122223333/desk'] } },
  state: 'live',
};
const RECORD: Required<AppRecord> = {
  app: 'shop',
  owner: 'cli',
  epoch: 3,
  sinceS: 5,
  hasRemains: true,
  version: 7,
  requests: ['one#a'],
  settings: SETTINGS,
  digest: 'd1',
  generations: { desk: 'g1' },
  ended: [{ integration: 'web', generation: 'g0', from: 'd0', to: 'd1', endedAtS: 4 }],
  withdrawn: [{ from: 'd0', to: 'd1', untilS: 9 }],
  addedRoles: [{ id: 'r', integration: 'desk', role: '111122223333/more' }],
  formerPools: [
    { pool: 'own', untilS: 9 },
    { pool: 2, untilS: 9 },
  ],
};
const VAULT: Required<VaultRecord> = {
  version: 2,
  requests: ['one#a'],
  withdrawn: RECORD.withdrawn,
  resource: 'apps-1',
  digest: 'd1',
  isApplied: false,
  documents: ['d0', 'd1'],
  vault: { life: DEFAULT_LIFE, keyPools: 0, deletionWindowDays: 7, allowShortCycles: false, hasConsole: true },
};
const { app, ...STORED } = RECORD;
const MALFORMED = { a: [1] };
const UNREADABLE = expect.objectContaining({ code: 'settings-unreadable' });

describe('the record of an app', () => {
  test('is read as it was stored', () => {
    expect(readRecord('shop', { ...STORED, pk: 'shop', writer: 'w' })).toEqual(RECORD);
  });

  test.each(Object.keys(STORED))('has the %s of a new app where the stored one is malformed', (name) => {
    expect(readRecord('shop', { ...STORED, [name]: MALFORMED })).toEqual({
      ...RECORD,
      settings: undefined,
      digest: undefined,
      ...newRecord('shop'),
      ...Object.fromEntries(Object.entries(RECORD).filter(([other]) => other !== name)),
    });
  });

  test.each([
    ['ended', { ...RECORD.ended[0], more: 1 }],
    ['ended', { ...RECORD.ended[0], endedAtS: -1 }],
    ['withdrawn', { ...RECORD.withdrawn[0], untilS: 0.5 }],
    ['addedRoles', { id: 'r', integration: 'desk' }],
    ['formerPools', { pool: 'other', untilS: 9 }],
    ['formerPools', { pool: -1, untilS: 9 }],
    ['requests', 5],
  ])('has no %s where one is %j', (name, entry) => {
    expect(readRecord('shop', { ...STORED, [name]: [entry] })).toMatchObject({ [name]: [] });
  });

  test('of nothing is that of a new app', () => {
    expect(readRecord('shop', {})).toEqual({ ...newRecord('shop'), settings: undefined, digest: undefined });
  });

  test('never has the settings of another app', () => {
    expect(readRecord('bank', STORED).settings).toBeUndefined();
  });
});

describe('the record of a vault', () => {
  test('is read as it was stored', () => {
    expect(readVaultRecord({ ...VAULT, pk: 'vault#' })).toEqual(VAULT);
  });

  test.each(Object.keys(VAULT))('has the %s of a new vault where the stored one is malformed', (name) => {
    expect(readVaultRecord({ ...VAULT, [name]: MALFORMED })).toEqual({
      resource: undefined,
      digest: undefined,
      vault: undefined,
      ...newVaultRecord(),
      ...Object.fromEntries(Object.entries(VAULT).filter(([other]) => other !== name)),
    });
  });

  test.each([{ keyPools: -1 }, { deletionWindowDays: 'a' }, { allowShortCycles: 1 }, { hasConsole: 0 }, { more: 1 }])(
    'shares nothing with its apps where it has %j',
    (wrong) => {
      expect(readVaultRecord({ ...VAULT, vault: { ...VAULT.vault, ...wrong } }).vault).toBeUndefined();
    },
  );
});

describe('what requests depend on', () => {
  test('has the roles that other stacks added, and no more than it needs', () => {
    expect(readTrust('shop', STORED)).toEqual({
      settings: {
        ...SETTINGS,
        integrations: {
          desk: { ...SETTINGS.integrations.desk, roles: ['111122223333/desk', '111122223333/more'] },
        },
      },
      generations: { desk: 'g1' },
      formerPools: RECORD.formerPools,
    });
    expect(readTrust('shop', { settings: SETTINGS, generations: {} })).toEqual({
      settings: SETTINGS,
      generations: {},
      formerPools: [],
    });
  });

  test.each([
    ['a request has claimed the record', { requests: ['one#a'] }],
    ['a deployment has numbered it', { epoch: 1 }],
  ])('is nothing when %s and stored no settings', (_, stored) => {
    expect(readTrust('shop', stored)).toBeUndefined();
  });

  test.each([
    ['settings', { ...STORED, settings: { ...SETTINGS, defaultTtlS: 0.5 } }, ['settings.defaultTtlS']],
    ['generations', { ...STORED, generations: undefined }, ['generations']],
    ['settings of another app', { ...STORED, settings: { ...SETTINGS, app: 'bank' } }, ['settings.app']],
    ['lost settings', { generations: {}, requests: [] }, ['settings']],
    ['nothing at all', {}, ['settings', 'generations']],
    ['added roles', { ...STORED, addedRoles: [5] }, ['addedRoles.0']],
    ['former pools', { ...STORED, formerPools: 5 }, ['formerPools']],
  ])('is unreadable with its paths for %s', (_, stored, paths) => {
    expect(() => readTrust('shop', stored)).toThrow(expect.objectContaining({ code: 'settings-unreadable', paths }));
  });
});

describe('the members that a change stores', () => {
  test('are those that differ, and always the version', () => {
    expect(changedMembers(RECORD, RECORD)).toEqual({ version: 7 });
    expect(changedMembers({ ...RECORD, version: 8, digest: 'd2' }, RECORD)).toEqual({ version: 8, digest: 'd2' });
    expect(changedMembers({ ...RECORD, digest: undefined }, RECORD)).toEqual({ version: 7 });
  });

  test('are refused when the settings could not be read back', () => {
    const wrong = { ...RECORD, settings: { ...SETTINGS, defaultTtlS: 0.5 } };
    expect(() => changedMembers(wrong, RECORD)).toThrow(UNREADABLE);
    const without = newRecord('shop');
    expect(changedMembers(without, without)).toEqual({ version: 0 });
  });
});
