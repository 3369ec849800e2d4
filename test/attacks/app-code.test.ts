// Attackers inside an app: its developers, the people who deploy its settings, and the people who talk to it.

import { expect, test } from 'vitest';
import type { AuditIntent } from '../../vault/ports/audit-log.ts';
import { SENSITIVE_KEY } from '../../wire/refs.ts';
import { present } from '../support/envelope.ts';
import { INTEGRATIONS, type MemoryVault, memoryVault } from '../support/memory-vault.ts';
import { storeSettings } from '../support/store-settings.ts';
import { behind } from './behind.ts';

const VALUE = 'maya@example.org';
const DAY_S = 24 * 3600;
const AGENT = { thread: { mode: 'agent' } };

async function intentsOf(vault: MemoryVault): Promise<AuditIntent[]> {
  const intents: AuditIntent[] = [];
  for await (const intent of vault.auditTrail.intents(vault.app, 0, Number.MAX_SAFE_INTEGER)) intents.push(intent);
  return intents;
}

test('component code opens refs of its app only, each recorded before it opens, and none when that fails', async () => {
  let isAuditDown = false;
  const vault = await memoryVault({
    before: {
      audit: (real) => ({
        record: (intent) => (isAuditDown ? Promise.reject(new Error('down')) : real.record(intent)),
      }),
    },
  });
  await vault.addApp('bank');
  const { refs } = await vault.encrypt('web', { email: VALUE });
  const authorization = vault.authorizationOf('bot', 'bank');
  const foreign = await vault.send({ app: 'bank', operation: 'decrypt', authorization, body: { refs } });
  expect(foreign.text).not.toContain(VALUE);
  expect(await intentsOf(vault)).toEqual([]);

  expect(await vault.decrypt('bot', refs)).toMatchObject({ email: { status: 'ok', value: VALUE } });
  const { bundle } = await behind(vault, present(refs.email));
  const opening = { integration: 'bot', operation: 'decrypt', refs: [`${bundle.id}:0`], count: 1 };
  expect(await intentsOf(vault)).toMatchObject([opening]);
  isAuditDown = true;
  const { status, text } = await vault.call('bot', 'decrypt', { refs });
  expect([status, text.includes(VALUE)]).toEqual([503, false]);
});

test('component code gets no plaintext in entries that go out to it, and can seal what it decrypted for another life, which shows', async () => {
  const vault = await memoryVault();
  const { refs } = await vault.encrypt('web', { email: VALUE }, { ttlSeconds: 60 });
  const entry = { type: 'component.response', data: { result: { [SENSITIVE_KEY]: refs.email } } };
  expect((await vault.call('bot', 'outgoing', { entry })).text).not.toContain(VALUE);
  expect((await vault.call('desk', 'outgoing', { entry })).text).toContain(VALUE);

  const { email } = await vault.decrypt('bot', refs);
  const { refs: longer } = await vault.encrypt('bot', { email: present(email).value });
  vault.advance(60);
  expect(await vault.decrypt('bot', refs)).toMatchObject({ email: { status: 'redacted' } });
  expect(await vault.decrypt('bot', longer)).toMatchObject({ email: { status: 'ok', value: VALUE } });
  expect((await intentsOf(vault)).map(({ integration, operation }) => [integration, operation])).toEqual([
    ['desk', 'outgoing'],
    ['bot', 'decrypt'],
    ['bot', 'decrypt'],
  ]);
});

test('a ref that an end user posts comes out as nothing but itself: refused as an object, a text as a text', async () => {
  const vault = await memoryVault();
  const { refs } = await vault.encrypt('web', { email: VALUE });
  const ref = { [SENSITIVE_KEY]: refs.email };
  const saying = (text: unknown) => ({ entry: { type: 'text.say', data: { text } }, ...AGENT });
  const comesOut = async (entry: unknown) => (await vault.call('desk', 'outgoing', { entry })).text;
  for (const disguised of [ref, [ref], { deep: { er: ref } }, { ...ref, more: 1 }]) {
    expect((await vault.call('web', 'incoming', saying(disguised))).status).toBe(400);
  }
  for (const text of [refs.email, JSON.stringify(ref), `{{ ${refs.email} }}`]) {
    const { status, body } = await vault.call('web', 'incoming', saying(text));
    expect(status).toBe(200);
    const said = await comesOut((body as { entry: unknown }).entry);
    expect(JSON.parse(said)).toMatchObject({ entry: { data: { text } } });
    expect(said).not.toContain(VALUE);
  }
  // Brought in by the app's own code it is a ref.
  const { body } = await vault.call('bot', 'incoming', saying(ref));
  expect(await comesOut((body as { entry: unknown }).entry)).toContain(VALUE);
});

test('settings that a compromised CI deploys let its integration open the refs that it has, and change no life that has begun', async () => {
  const vault = await memoryVault();
  const { refs, expiresAt } = await vault.encrypt('web', { had: VALUE });
  const { slot } = await behind(vault, present(refs.had));
  const asSpy = () => vault.call('spy', 'decrypt', { refs });
  expect((await asSpy()).status).toBe(401);

  const { life } = vault.settings;
  const spy = { kind: 'customer-support', processSensitive: true, roles: [] } as const;
  const week = { ...life, maxTtlS: 7 * DAY_S };
  await storeSettings(vault.keyRing, { ...vault.settings, life: week, integrations: { ...INTEGRATIONS, spy } });
  // A token of before is bound to nothing: the deployment is not enough, the spy needs a new one.
  vault.revoke('spy');
  vault.advance(60);
  await vault.rotate();
  expect((await asSpy()).body).toMatchObject({ values: { had: { value: VALUE, expiresAt } } });
  expect((await intentsOf(vault)).at(-1)).toMatchObject({ integration: 'spy' });
  const now = (await vault.ring()).slots.find((candidate) => candidate.slot === slot.slot);
  expect(now?.decryptUntilS).toBe(slot.decryptUntilS);
  vault.advance(Date.parse(expiresAt) / 1000 - vault.nowS());
  expect((await asSpy()).text).not.toContain(VALUE);

  await storeSettings(vault.keyRing, vault.settings);
  vault.advance(60);
  expect((await asSpy()).status).toBe(401);
});
