// POST /explain: what `incoming` would do, refusals included, and nothing done.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ExplainResponse } from '../../../../wire/explain.ts';
import { MAX_ENTRY_PARTS } from '../../../../wire/limits.ts';
import { counted } from '../../../support/counting.ts';
import { anEntry, aRef, arbitraryEntry } from '../../../support/entries.ts';
import { type MemoryVault, memoryVault } from '../../../support/memory-vault.ts';

const SAY = { type: 'text.say', data: { text: 'my number is 555-0100', lang: 'en' } };
const AGENT = { thread: { mode: 'agent' } };

async function explained(vault: MemoryVault, body: object, integration = 'web'): Promise<ExplainResponse> {
  const { status, body: answer, text } = await vault.call(integration, 'explain', body);
  if (status !== 200) throw new Error(text);
  return answer as ExplainResponse;
}

test('an entry is explained part by part, by the rule that decides', async () => {
  const vault = await memoryVault();
  const because = "transcript is on and the thread's mode is not bot.";
  expect(await explained(vault, { entry: SAY, ...AGENT })).toEqual({
    sensitive: true,
    rule: 'event',
    why: "Transcript is on and the thread's mode is not bot.",
    parts: [
      { pointer: '/data/lang', sealed: false, why: 'The catalogue lists data.lang as readable.' },
      { pointer: '/data/text', sealed: true, why: `Not listed as readable: ${because}` },
    ],
  });
});

test('the app’s own settings decide', async () => {
  const entryTypes = { 'pay.card': { kind: 'event', doc: 'A card.', sensitive: ['data.number'] } } as const;
  const vault = await memoryVault({ settings: { sensitiveData: { transport: false, entryTypes } } });
  const card = { type: 'pay.card', data: { number: '4111', brand: 'v' } };
  expect((await explained(vault, { entry: card })).parts.map(({ sealed }) => sealed)).toEqual([false, true]);
  expect(await explained(vault, { entry: anEntry({ type: 'http.request' }) })).toMatchObject({
    sensitive: false,
    rule: 'http',
    why: 'Transport is off for the app.',
  });
});

test('what would be sealed is what `incoming` then seals, whatever the entry', async () => {
  const vault = await memoryVault();
  await fc.assert(
    fc.asyncProperty(arbitraryEntry(), fc.constantFrom('bot', 'agent', undefined), async (entry, mode) => {
      const body = { entry, ...(mode === undefined ? {} : { thread: { mode } }) };
      const sealed = await vault.call('web', 'incoming', body);
      const explained = await vault.call('web', 'explain', body);
      expect(explained.status).toBe(sealed.status);
      if (explained.status !== 200) return;
      const { parts, sensitive } = explained.body as ExplainResponse;
      const places = parts.filter((part) => part.sealed).map(({ pointer }) => pointer);
      const { sealed: pointers, ...rest } = sealed.body as { sealed: string[]; sensitive: boolean };
      expect(places).toEqual(pointers.toSorted());
      expect(sensitive).toBe(rest.sensitive);
    }),
    { numRuns: 60 },
  );
});

describe('a ref in the entry', () => {
  const entry = { type: 'component.response', data: { result: { email: aRef(), note: 'call her' } } };

  test.each(['web', 'desk', 'analytics'])('is refused from %s, as `incoming` refuses it', async (integration) => {
    const vault = await memoryVault();
    const incoming = await vault.call(integration, 'incoming', { entry });
    const explain = await vault.call(integration, 'explain', { entry });
    expect(incoming).toMatchObject({ status: 400, body: { code: 'ref-not-allowed' } });
    expect(explain.body).toEqual(incoming.body);
  });

  test('of a component’s stays as it is', async () => {
    expect((await explained(await memoryVault(), { entry }, 'bot')).parts).toMatchObject([
      { pointer: '/data/result/email', sealed: true, why: 'It is a ref already and stays as it is.' },
      { pointer: '/data/result/note', sealed: true },
    ]);
  });
});

test('explaining makes no KMS call, touches no bundle and writes no audit row', async () => {
  const doors: { count(): number }[] = [];
  const watched = <Port extends object>(real: Port): Port => {
    const door = counted(real);
    doors.push(door);
    return door.port;
  };
  const vault = await memoryVault({ before: { appKek: watched, bundles: watched, audit: watched } });
  const before = { ...vault.kms.calls };
  await explained(vault, { entry: SAY, ...AGENT });
  await vault.call('web', 'explain', { entry: SAY });
  expect(doors.map((door) => door.count())).toEqual([0, 0, 0]);
  expect(vault.kms.calls).toEqual(before);
  await vault.call('web', 'incoming', { entry: SAY, ...AGENT });
  expect(doors.map((door) => door.count() > 0)).toEqual([true, true, false]);
});

test.each<[what: string, body: object]>([
  ['a life, for nothing is sealed', { entry: SAY, ttlSeconds: 60 }],
  ['a subject', { entry: SAY, subject: 'maya' }],
  ['no entry', {}],
  ['a member that would stay plaintext', { entry: { ...SAY, name: 'Maya' } }],
])('a body with %s is refused', async (_, body) => {
  const vault = await memoryVault();
  expect(await vault.call('web', 'explain', body)).toMatchObject({ status: 400, body: { code: 'invalid-request' } });
});

describe('an answer that would be too long is refused', () => {
  test.each([
    [MAX_ENTRY_PARTS, 200],
    [MAX_ENTRY_PARTS + 1, 413],
  ])('%i parts: %i', async (count, status) => {
    const answers = Object.fromEntries(Array.from({ length: count }, (_, at) => [`q${at}`, at]));
    const vault = await memoryVault();
    const entry = { type: 'form.answer', data: { answers } };
    expect((await vault.call('web', 'explain', { entry })).status).toBe(status);
  });

  test('for names that come back in every pointer', async () => {
    const vault = await memoryVault();
    const around = { ref: aRef(), ...Object.fromEntries(Array.from({ length: 900 }, (_, at) => [`v${at}`, at])) };
    const entry = { type: 'unheard.of', data: { ['n'.repeat(20_000)]: around } };
    const answer = await vault.call('bot', 'explain', { entry });
    expect(answer).toMatchObject({ status: 413, body: { code: 'too-large' } });
  });
});
