// Attackers who have what a caller has: its API token, its signature, or its clock.

import { expect, test } from 'vitest';
import { hashApiToken } from '../../vault/domain/api-token.ts';
import { formatRef, parseRef } from '../../vault/domain/envelope/ref.ts';
import { sessionOf } from '../support/aws-callers.ts';
import { present } from '../support/envelope.ts';
import { INTEGRATIONS, type MemoryVault, memoryVault } from '../support/memory-vault.ts';

const ROLE = '111122223333/desk-agent';
const AS_ROLE = { ...INTEGRATIONS, desk: { ...INTEGRATIONS.desk, roles: [ROLE] } };
const REDACTED = { status: 'redacted', value: '★★★★★' };

const decryptAs = (vault: MemoryVault, authorization: string, refs: object) =>
  vault.send({ operation: 'decrypt', authorization, body: { refs } });

test('a stolen API token opens the refs that its thief has, none of the fields beside them, and nothing 60 s after it is revoked', async () => {
  const vault = await memoryVault();
  const { refs } = await vault.encrypt('web', { stolen: 'x', beside: 'y' });
  const authorization = vault.authorizationOf('desk');
  const stolen = present(parseRef(present(refs.stolen)));
  const guesses = {
    stolen: present(refs.stolen),
    // Where its neighbour lies is no secret: the bundle is the same, and the index counts up.
    beside: formatRef({ ...stolen, index: present(parseRef(present(refs.beside))).index }),
  };
  expect((await decryptAs(vault, authorization, guesses)).body).toMatchObject({
    values: { stolen: { status: 'ok', value: 'x' }, beside: REDACTED },
  });

  const fromTheTable = `Bearer ${hashApiToken(authorization.slice('Bearer '.length))}`;
  expect((await decryptAs(vault, fromTheTable, refs)).status).toBe(401);
  vault.revoke('desk');
  vault.advance(60);
  expect((await decryptAs(vault, authorization, refs)).status).toBe(401);
  expect(await vault.decrypt('desk', refs)).toMatchObject({ stolen: { status: 'ok' }, beside: { status: 'ok' } });
});

test('a replayed signature is its role for six minutes, with any body and any operation, and no one after that', async () => {
  const vault = await memoryVault({ integrations: AS_ROLE });
  const { refs } = await vault.encrypt('web', { value: 'x' });
  const recorded = vault.signedAs(sessionOf(ROLE));
  expect((await decryptAs(vault, recorded, refs)).body).toMatchObject({ values: { value: { status: 'ok' } } });
  const seal = () => vault.send({ operation: 'encrypt', authorization: recorded, body: { fields: { a: 1 } } });
  vault.advance(360);
  expect((await seal()).status).toBe(200);
  vault.advance(1);
  expect((await seal()).status).toBe(401);
  expect((await decryptAs(vault, recorded, refs)).status).toBe(401);
});

test('a client whose clock is set back, or who lies about the time, lengthens no life and is not let in with an old date', async () => {
  const vault = await memoryVault({ integrations: AS_ROLE });
  const { maxTtlS } = vault.settings.life;
  const iso = (atS: number) => new Date(atS * 1000).toISOString();
  const endOf = async (life: object) =>
    Date.parse((await vault.encrypt('web', { value: 'x' }, life)).expiresAt) / 1000 - vault.nowS();
  expect(await endOf({ ttlSeconds: 60, notAfter: iso(vault.nowS() + 365 * 24 * 3600) })).toBe(60);
  expect(await endOf({ ttlSeconds: 60, notAfter: iso(vault.nowS() + 30) })).toBe(30);
  for (const life of [{ notAfter: iso(vault.nowS() - 3600) }, { ttlSeconds: maxTtlS + 1 }, { ttlSeconds: -60 }]) {
    expect((await vault.call('web', 'encrypt', { fields: { value: 'x' }, ...life })).status).toBe(400);
  }
  const { refs } = await vault.encrypt('web', { value: 'x' });
  const statusOf = async (agoS: number) => (await decryptAs(vault, vault.signedAs(sessionOf(ROLE), agoS), refs)).status;
  expect([await statusOf(0), await statusOf(3600), await statusOf(-3600)]).toEqual([200, 401, 401]);
});
