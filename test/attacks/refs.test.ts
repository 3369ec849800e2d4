// Attackers who have refs, from a log, a screen or a chat, and lack the trust of the app that sealed them.

import { expect, test } from 'vitest';
import { newApiToken } from '../../vault/domain/api-token.ts';
import { SENSITIVE_KEY } from '../../wire/refs.ts';
import { sessionOf } from '../support/aws-callers.ts';
import { present, upTo } from '../support/envelope.ts';
import { type MemoryVault, memoryVault } from '../support/memory-vault.ts';
import { behind } from './behind.ts';

const VALUE = 'maya@example.org';
const REDACTED = { status: 'redacted', value: '★★★★★' };
const AGENT = { thread: { mode: 'agent' } };

/** The status of the answer, which does not hold the value. */
async function triedAs(vault: MemoryVault, authorization: string | undefined, refs: object, app = vault.app) {
  const { status, text } = await vault.send({ app, operation: 'decrypt', authorization, body: { refs } });
  expect(text).not.toContain(VALUE);
  return status;
}

test('a log full of refs opens nothing without an identity, or with one that no integration trusts', async () => {
  const vault = await memoryVault();
  const fields = Object.fromEntries(upTo(64).map((at) => [`f${at}`, VALUE]));
  const { refs } = await vault.encrypt('web', fields);
  expect(await triedAs(vault, undefined, refs)).toBe(401);
  expect(await triedAs(vault, 'Bearer me', refs)).toBe(401);
  for (let guess = 0; guess < 100; guess += 1) {
    expect(await triedAs(vault, `Bearer ${newApiToken()}`, refs)).toBe(401);
  }
  const stranger = vault.signedAs(sessionOf('444455556666/log-reader'));
  expect(await triedAs(vault, stranger, refs)).toBe(403);
  const opened = Object.values(await vault.decrypt('desk', refs));
  expect(opened.filter(({ status, value }) => status === 'ok' && value === VALUE)).toHaveLength(64);
});

test('a stolen ref gives an integration without trust no value, whichever operation carries it', async () => {
  const vault = await memoryVault();
  const { refs } = await vault.encrypt('web', { email: VALUE });
  const ref = { [SENSITIVE_KEY]: refs.email };
  const entry = { type: 'text.say', data: { text: ref } };
  const attempts = [
    ['decrypt', { refs }],
    ['outgoing', { entry }],
    ['outgoing', { entry, redactAs: 'ref' }],
    ['incoming', { entry, ...AGENT }],
    ['encrypt', { fields: { carrier: ref } }],
    ['erase', { refs }],
  ] as const;
  const statuses: number[] = [];
  for (const [operation, body] of attempts) {
    const { status, text } = await vault.call('analytics', operation, body);
    expect(text).not.toContain(VALUE);
    statuses.push(status);
  }
  expect(statuses).toEqual([403, 200, 200, 400, 400, 403]);

  // The same kind of integration, with the trust that was missing.
  expect(await vault.decrypt('audit', refs)).toMatchObject({ email: { status: 'ok', value: VALUE } });
  expect((await vault.call('audit', 'outgoing', { entry })).text).toContain(VALUE);
});

test("an integration of another app opens no ref of this one, on its own path or on this app's", async () => {
  const vault = await memoryVault();
  await vault.addApp('bank');
  const { refs } = await vault.encrypt('web', { email: VALUE });
  const intruder = vault.authorizationOf('desk', 'bank');
  expect(await triedAs(vault, intruder, refs, 'bank')).toBe(200);
  expect(await triedAs(vault, intruder, refs, 'shop')).toBe(403);
  const erase = { app: 'bank', operation: 'erase', authorization: intruder, body: { refs } } as const;
  expect((await vault.send(erase)).body).toEqual({ erased: 0 });
  expect(await vault.decrypt('desk', refs)).toMatchObject({ email: { status: 'ok', value: VALUE } });
});

test('an item moved into an app of the attacker’s own, with this app’s key written into its ring, opens nothing', async () => {
  const vault = await memoryVault();
  await vault.addApp('bank');
  const { refs } = await vault.encrypt('web', { email: VALUE });
  const opensAs = async (app: string) => {
    const authorization = vault.authorizationOf('desk', app);
    return (await vault.send({ app, operation: 'decrypt', authorization, body: { refs } })).body;
  };
  const { bundle, slot } = await behind(vault, present(refs.email));
  await vault.ports.bundles.insert({ ...bundle, app: 'bank' });
  expect(await opensAs('bank')).toEqual({ values: { email: REDACTED } });

  // The strongest writer there is: the ring of its app names the key, the slot and the salt of this one.
  await vault.keyRing.claim({ app: 'bank' }, slot, { owner: 'intruder', untilS: vault.nowS() + 60 }, vault.nowS());
  await vault.keyRing.recordKey({ app: 'bank' }, slot.slot, 'intruder', { arn: slot.keyArn }, slot.salt);
  await vault.keyRing.markReady({ app: 'bank' }, slot.slot, 'intruder');
  vault.advance(60);
  const decrypts = vault.kms.calls.Decrypt;
  // KMS refuses: the key's policy names its app. Before the bucket's end that is an outage, and it rings.
  expect(await opensAs('bank')).toMatchObject({ code: 'unavailable' });
  expect(vault.kms.calls.Decrypt).toBe(decrypts + 1);
  expect(vault.telemetry.total('AppKekRefused')).toBe(1);
  expect(await opensAs('shop')).toMatchObject({ values: { email: { status: 'ok', value: VALUE } } });
});
