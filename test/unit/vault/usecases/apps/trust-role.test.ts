// Roles of other stacks: they act as their integration until their resource goes, whatever settings change meanwhile.

import { beforeEach, describe, expect, test } from 'vitest';
import { memoryParts, type Parts } from '../../../../../client/testing/parts.ts';
import { type AddedRole, newRecord } from '../../../../../vault/domain/app-record.ts';
import { DaykeyError } from '../../../../../vault/domain/errors.ts';
import type { Integration } from '../../../../../vault/domain/settings.ts';
import { endTrust, trustRole } from '../../../../../vault/usecases/apps/trust-role.ts';
import { storeSettings } from '../../../../support/store-settings.ts';
import { someSettings } from '../../../../support/virtual-vault.ts';

const web: Integration = { kind: 'messaging', processSensitive: false, roles: ['111122223333/web'] };
const desk: Integration = { kind: 'customer-support', processSensitive: false, roles: [] };
const ADDED: AddedRole = { id: 'shop/desk/444455556666/app/1', integration: 'desk', role: '444455556666/app' };

const NO_SHOP = { code: 'not-found', message: "the vault has no app shop: add it to the vault's settings first" };

let parts: Parts;
let requests = 0;
const rolesOf = async (integration: string) =>
  (await parts.keyRing.read('shop'))?.settings.integrations[integration]?.roles;
const newRequest = () => {
  requests += 1;
  return `request-${requests}`;
};
const added = (role = ADDED, requestId = newRequest()) => trustRole(parts, 'shop', role, requestId);
const removed = (id = ADDED.id, requestId = newRequest()) => endTrust(parts, 'shop', id, requestId);

beforeEach(async () => {
  parts = memoryParts({ startsAtMs: Date.parse('2026-11-26T12:00:00Z') });
  await storeSettings(parts.keyRing, someSettings({ integrations: { web, desk } }));
});

describe('a role that is added', () => {
  test('acts as its integration, beside the roles of the settings', async () => {
    await added();
    await added({ ...ADDED, id: 'other', integration: 'web', role: '444455556666/other' });
    expect([await rolesOf('desk'), await rolesOf('web')]).toEqual([
      ['444455556666/app'],
      ['111122223333/web', '444455556666/other'],
    ]);
  });

  test('is stored however many resources of a stack come at once', async () => {
    const roles = Array.from({ length: 16 }, (_, number) => `444455556666/app-${number}`);
    const outcomes = roles.map((role) => added({ ...ADDED, id: role, role }));
    expect(await Promise.all(outcomes)).toEqual(roles.map(() => 'done'));
    expect((await rolesOf('desk'))?.toSorted()).toEqual(roles.toSorted());
  });

  test('answers when another change came between the write and the repetition of it', async () => {
    const { keyRing } = parts;
    let isFirst = true;
    const losing: Parts['keyRing'] = {
      ...keyRing,
      async storeRecord(record, before) {
        const stored = await keyRing.storeRecord(record, before);
        if (!isFirst) return stored;
        isFirst = false;
        await added({ ...ADDED, id: 'other', role: '444455556666/other' });
        throw new DaykeyError('conflict', 'the repetition met another version');
      },
    };
    expect(await trustRole({ ...parts, keyRing: losing }, 'shop', ADDED, 'lost')).toBe('done');
    expect(await trustRole(parts, 'shop', ADDED, 'lost')).toBe('repeated');
    expect(await rolesOf('desk')).toEqual(['444455556666/app', '444455556666/other']);
  });

  test('stays when the settings change, and is of no use while its integration is gone', async () => {
    await added();
    await storeSettings(parts.keyRing, someSettings({ integrations: { web } }));
    expect(await rolesOf('desk')).toBeUndefined();
    await storeSettings(parts.keyRing, someSettings({ integrations: { web, desk } }));
    expect(await rolesOf('desk')).toEqual(['444455556666/app']);
  });

  test('is removed without harm after it ended with its integration', async () => {
    await added();
    await storeSettings(parts.keyRing, someSettings({ integrations: { web } }));
    await storeSettings(parts.keyRing, someSettings({ integrations: { web: { ...web, kind: 'other' }, desk } }));
    expect(await rolesOf('desk')).toEqual([]);
    expect(await removed()).toBe('done');
    expect(await rolesOf('web')).toEqual(web.roles);
  });

  test('again by its resource takes the place of the one before, in another integration too', async () => {
    await added();
    await added({ ...ADDED, role: '444455556666/other' });
    expect(await rolesOf('desk')).toEqual(['444455556666/other']);
    await added({ ...ADDED, integration: 'web', role: '444455556666/other' });
    expect([await rolesOf('desk'), await rolesOf('web')]).toEqual([[], ['111122223333/web', '444455556666/other']]);
  });

  test('by two resources goes with the second one', async () => {
    await added();
    await added({ ...ADDED, id: 'another resource' });
    await removed();
    expect(await rolesOf('desk')).toEqual(['444455556666/app']);
    await removed('another resource');
    expect(await rolesOf('desk')).toEqual([]);
  });

  test('is removed without a role of the settings that has the same name', async () => {
    await added({ ...ADDED, integration: 'web', role: '111122223333/web' });
    await removed();
    expect(await rolesOf('web')).toEqual(['111122223333/web']);
  });

  test.each([
    ['an app that was never set up', 'bank', ADDED, 'not-found', 'the vault has no app bank'],
    ['an unknown integration', 'shop', { ...ADDED, integration: 'lab' }, 'not-found', 'it has web, desk'],
    ['another integration too', 'shop', { ...ADDED, role: '111122223333/web' }, 'conflict', 'the integration web'],
  ])('to %s is refused, and nothing is stored', async (_, app, role, code, words) => {
    const failing = trustRole(parts, app, role, newRequest());
    await expect(failing).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
    expect(await parts.keyRing.readRecord('bank')).toBeUndefined();
    expect(await rolesOf('desk')).toEqual([]);
  });

  test('to a retired app is refused', async () => {
    await storeSettings(parts.keyRing, someSettings({ integrations: { web, desk }, state: 'retired' }));
    await expect(added()).rejects.toMatchObject(NO_SHOP);
  });

  test('to an app of which only a request is stored is refused', async () => {
    const parts = memoryParts({ startsAtMs: 0 });
    await parts.keyRing.storeRecord(newRecord('shop'), newRecord('shop'));
    await expect(trustRole(parts, 'shop', ADDED, newRequest())).rejects.toMatchObject(NO_SHOP);
  });

  test('to an app without integrations is refused in words', async () => {
    await storeSettings(parts.keyRing, someSettings());
    await expect(added()).rejects.toThrow('the app shop has no integration desk, it has none: add it to the settings');
  });
});

describe('a request', () => {
  test('that comes again does not bring a removed role back', async () => {
    expect(await added(ADDED, 'create')).toBe('done');
    await removed();
    expect(await added(ADDED, 'create')).toBe('repeated');
    expect(await rolesOf('desk')).toEqual([]);
  });

  test('that comes again does not remove a role that was added since', async () => {
    await added();
    expect(await removed(ADDED.id, 'delete')).toBe('done');
    await added();
    expect(await removed(ADDED.id, 'delete')).toBe('repeated');
    expect(await rolesOf('desk')).toEqual(['444455556666/app']);
  });

  test('that comes after its own removal adds nothing, for two minutes', async () => {
    await removed();
    const message = 'this role was removed again: deploy again in two minutes';
    await expect(added()).rejects.toMatchObject({ code: 'conflict', message });
    parts.setTime(parts.clock() + 120_000);
    expect(await added()).toBe('done');
  });

  test('to remove a role of an app that never was is done', async () => {
    expect(await endTrust(parts, 'nobody', ADDED.id, newRequest())).toBe('done');
  });

  test('wins over none of the others that come at the same time', async () => {
    const roles = [1, 2, 3].map((number) => ({ ...ADDED, id: `${number}`, role: `444455556666/app-${number}` }));
    await Promise.all(roles.map((role) => added(role)));
    expect((await rolesOf('desk'))?.toSorted()).toEqual(roles.map(({ role }) => role));
  });
});
