// Callers of an app whose stored settings cannot be read: 503 until the row is repaired, and then all is as it was.

import { describe, expect, test } from 'vitest';
import { DaykeyError } from '../../../../../vault/domain/errors.ts';
import type { KeyRing } from '../../../../../vault/ports/key-ring.ts';
import { identify } from '../../../../../vault/usecases/identity/authenticate.ts';
import { INTEGRATIONS, memoryVault } from '../../../../support/memory-vault.ts';

const ARN = 'arn:aws:sts::111122223333:assumed-role/fleet/session';
const FIELDS = { fields: { email: 'maya@example.org' } };

/** A vault with the apps shop and bank, which a role may act for, and a switch that makes shop's settings unreadable. */
async function aVault() {
  let isBroken = false;
  const before = {
    keyRing: (real: KeyRing): KeyRing => ({
      async read(app) {
        if (isBroken && app === 'shop') throw new DaykeyError('settings-unreadable', 'the settings row is malformed');
        return await real.read(app);
      },
    }),
  };
  const fleet = { kind: 'messaging', processSensitive: false, roles: ['111122223333/fleet'] } as const;
  const vault = await memoryVault({ before, integrations: { ...INTEGRATIONS, fleet } });
  await vault.addApp('bank');
  const spoil = (broken: boolean) => {
    isBroken = broken;
    // What was read is believed for a minute.
    vault.advance(60);
  };
  const callAs = (authorization: string, app: string) =>
    vault.send({ operation: 'encrypt', app, authorization, body: FIELDS });
  return { vault, spoil, callAs };
}

describe('an app whose settings cannot be read', () => {
  test.each(['an API token', 'a role'])('answers 503 to %s, never 401, and counts it', async (credential) => {
    const { vault, spoil, callAs } = await aVault();
    const header = () => (credential === 'a role' ? vault.signedAs(ARN) : vault.authorizationOf('web'));
    expect((await callAs(header(), 'shop')).status).toBe(200);
    spoil(true);
    expect(await callAs(header(), 'shop')).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    expect(vault.telemetry.total('UnreadableSettings')).toBe(1);
    expect(vault.telemetry.requests.at(-1)).toMatchObject({ status: 503, code: 'settings-unreadable' });
  });

  test('takes the same API token again when its row is repaired, and opens what was sealed before', async () => {
    const { vault, spoil } = await aVault();
    const { refs } = await vault.encrypt('web', { email: 'maya@example.org' });
    spoil(true);
    expect((await vault.call('desk', 'decrypt', { refs })).status).toBe(503);
    spoil(false);
    expect(await vault.decrypt('desk', refs)).toMatchObject({ email: { status: 'ok', value: 'maya@example.org' } });
  });

  test('still answers 401 to a token that was never issued', async () => {
    const { spoil, callAs } = await aVault();
    spoil(true);
    expect((await callAs(`Bearer dkt_${'A'.repeat(43)}`, 'shop')).status).toBe(401);
  });

  test('does not keep a role from the other apps that trust it', async () => {
    const { vault, spoil, callAs } = await aVault();
    spoil(true);
    expect((await callAs(vault.signedAs(ARN), 'bank')).status).toBe(200);
    expect(await identify(vault.request, vault.signedAs(ARN))).toMatchObject({
      principals: [{ app: 'bank', integration: 'fleet' }],
      unreadable: ['shop'],
    });
  });

  test('is an error for the authorizer when an API token of it comes', async () => {
    const { vault, spoil } = await aVault();
    spoil(true);
    await expect(identify(vault.request, vault.authorizationOf('web'))).rejects.toMatchObject({
      code: 'settings-unreadable',
    });
  });
});
