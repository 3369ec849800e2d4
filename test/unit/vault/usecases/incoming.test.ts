// Incoming: sealed as the policy says, all of it or nothing, with refs left where they are.

import { describe, expect, test } from 'vitest';
import type { Caller } from '../../../../vault/domain/trust.ts';
import { jsonBytes } from '../../../../vault/usecases/answer-bytes.ts';
import type { SealedBlob } from '../../../../vault/usecases/attach-blob.ts';
import { incoming as sealIncoming } from '../../../../vault/usecases/incoming.ts';
import type { JsonObject } from '../../../../wire/json-object.ts';
import { MAX_ANSWER_BYTES, MAX_REQUEST_BYTES } from '../../../../wire/limits.ts';
import { SENSITIVE_KEY } from '../../../../wire/refs.ts';
import type { SealBlobResponse } from '../../../../wire/seal-blob.ts';
import { present } from '../../../support/envelope.ts';
import { INTEGRATIONS, memoryVault } from '../../../support/memory-vault.ts';
import { AGENT, incoming, outgoing, SAY } from '../../../support/passing-entries.ts';

const WEB: Omit<Caller, 'ring'> = {
  app: 'shop',
  integration: 'web',
  credential: 'token/1',
  requestId: 'a-request',
  trust: INTEGRATIONS.web,
};

describe('what comes in', () => {
  test('has refs in the place of what is sensitive, and the rest as it was', async () => {
    const vault = await memoryVault();
    const { entry, sensitive, sealed, expiresAt } = await incoming(vault, { entry: SAY, ...AGENT });
    expect(entry).toEqual({ ...SAY, data: { text: { [SENSITIVE_KEY]: expect.stringMatching(/^dk2_/) }, lang: 'en' } });
    expect({ sensitive, sealed }).toEqual({ sensitive: true, sealed: ['/data/text'] });
    expect(expiresAt).toMatch(/Z$/);
  });

  test('is not changed in bot mode, and says that it is not sensitive', async () => {
    const vault = await memoryVault();
    expect(await incoming(vault, { entry: SAY, thread: { mode: 'bot' } })).toEqual({
      entry: SAY,
      sensitive: false,
      sealed: [],
    });
  });

  test('is not changed where the app has switched it off', async () => {
    const vault = await memoryVault({ settings: { sensitiveData: { enabled: false } } });
    expect(await incoming(vault, { entry: SAY, ...AGENT })).toMatchObject({ entry: SAY, sensitive: false });
  });

  test('with 20,000 sensitive rows below one name of 50 KB is refused before anything is sealed', async () => {
    const entryTypes = { rows: { kind: 'event', doc: 'Rows.', sensitive: ['data.*.rows[*].v'] } } as const;
    const vault = await memoryVault({ settings: { sensitiveData: { entryTypes } } });
    const before = vault.kms.calls.Encrypt;
    const rows = Array.from({ length: 20_000 }, () => ({ v: 'x' }));
    const body = { entry: { type: 'rows', data: { ['n'.repeat(50_000)]: { rows } } } };
    for (const operation of ['incoming', 'explain'] as const) {
      const answer = await vault.call('web', operation, body);
      expect(answer).toMatchObject({ status: 413, body: { code: 'too-large' } });
      expect(answer.text.length).toBeLessThan(1000);
    }
    expect(vault.kms.calls.Encrypt).toBe(before);
  });

  test('keeps its IDs and its timestamp, out and in', async () => {
    const vault = await memoryVault();
    const about = { id: 'e-17', timestamp: '2026-11-23T11:00:00.5Z', thread: { id: 't-17' }, user: { id: 'u-17' } };
    const { entry } = await incoming(vault, { entry: { ...SAY, ...about }, ...AGENT });
    expect(entry).toMatchObject(about);
    expect((await outgoing(vault, { entry })).entry).toEqual({ ...SAY, ...about });
  });

  // The way for data from outside that must never be refused: docs/entry-catalogue.md.
  test.each([
    ['http.request', 'body'],
    ['ws.message', 'payload'],
    ['unheard.of', 'raw'],
  ])('as raw text in a %s is always accepted, and comes back as it was', async (type, member) => {
    const vault = await memoryVault();
    const bodies = [
      '{"a":{"$sensitive":"hi"}}',
      '{"id":9007199254740993,"id":1e999}',
      '['.repeat(1000),
      'a=1&b=%F0',
      '\ufeff',
    ];
    for (const raw of bodies) {
      const { entry, sealed } = await incoming(vault, { entry: { type, data: { [member]: raw } } }, 'analytics');
      expect(sealed).toEqual([`/data/${member}`]);
      expect((await outgoing(vault, { entry })).entry).toEqual({ type, data: { [member]: raw } });
      const { refs: sealedRaw } = await vault.encrypt('analytics', { raw });
      expect(await vault.decrypt('desk', sealedRaw)).toMatchObject({ raw: { status: 'ok', value: raw } });
    }
  });

  test('as parsed JSON with the reserved key is refused with what to do, wherever the key is', async () => {
    const vault = await memoryVault();
    const bodies = [{ a: { $sensitive: 'hi' } }, [{ $sensitive: 7 }], { a: [{ $sensitive: null, b: 1 }] }];
    for (const body of bodies) {
      const { status, text } = await vault.call('web', 'incoming', { entry: { type: 'http.request', data: { body } } });
      expect(status).toBe(400);
      expect(text).toMatch(/seal data from outside as one text/);
      const encrypted = await vault.call('web', 'encrypt', { fields: { body } });
      expect(encrypted).toMatchObject({ status: 400, body: { code: 'ref-not-allowed', paths: ['fields.body'] } });
      expect(encrypted.text).toMatch(/seal its JSON text instead/);
    }
  });

  test('is sealed by the app’s own entry types', async () => {
    const entryTypes = { 'pay.card': { kind: 'event', doc: 'A card.', sensitive: ['data.number'] } } as const;
    const vault = await memoryVault({ settings: { sensitiveData: { entryTypes } } });
    const { sealed } = await incoming(vault, { entry: { type: 'pay.card', data: { number: '4111', brand: 'v' } } });
    expect(sealed).toEqual(['/data/number']);
  });

  test('with more than 64 sensitive parts goes into several bundles that share an expiry', async () => {
    const vault = await memoryVault();
    const answers = Object.fromEntries(Array.from({ length: 130 }, (_, i) => [`q${i}`, `a${i}`]));
    const entry = { type: 'form.answer', data: { answers } };
    const sealed = await incoming(vault, { entry, ...AGENT });
    expect(sealed.sealed).toHaveLength(130);
    expect(vault.kms.calls.Encrypt).toBe(3 + 2);
    expect((await outgoing(vault, { entry: sealed.entry })).entry).toEqual(entry);
  });

  test('costs one KMS call and one write, going out one read and one KMS call', async () => {
    const counts = { insert: 0, find: 0 };
    const vault = await memoryVault({ before: { bundles: (real) => counting(real, counts) } });
    const before = { ...vault.kms.calls };
    const entry = { type: 'email.send', data: { from: 'a@x', to: 'b@x', subject: 's', text: 't' } };
    const sealed = await incoming(vault, { entry, ...AGENT });
    await outgoing(vault, { entry: sealed.entry });
    expect(counts).toEqual({ insert: 1, find: 1 });
    expect(vault.kms.calls.Encrypt - before.Encrypt).toBe(1);
    expect(vault.kms.calls.Decrypt - before.Decrypt).toBe(1);
  });

  test('keeps a life that it was given: ttlSeconds, notAfter, subject', async () => {
    const vault = await memoryVault();
    const body = { entry: SAY, ...AGENT, ttlSeconds: 60, subject: 'maya' };
    const { entry } = await incoming(vault, body);
    expect(await vault.call('desk', 'erase', { subject: 'maya' })).toMatchObject({ body: { erased: 1 } });
    expect((await outgoing(vault, { entry })).redacted).toEqual(['/data/text']);
  });

  test.each([59, 24 * 3600 + 1])(
    'may not ask for a life of %i s, even where nothing is to be sealed',
    async (ttlSeconds) => {
      const vault = await memoryVault();
      for (const mode of ['bot', 'agent']) {
        const { status, body } = await vault.call('web', 'incoming', { entry: SAY, thread: { mode }, ttlSeconds });
        expect({ status, body }).toMatchObject({
          status: 400,
          body: { code: 'ttl-out-of-range', paths: ['ttlSeconds'] },
        });
      }
    },
  );

  test.each(['web', 'desk', 'analytics'])('from %s may hold no ref: it could be anyone’s', async (integration) => {
    const vault = await memoryVault();
    const { entry } = await incoming(vault, { entry: SAY, ...AGENT });
    const again = await vault.call(integration, 'incoming', { entry, ...AGENT });
    expect(again).toMatchObject({ status: 400, body: { code: 'ref-not-allowed', paths: ['/data/text'] } });
    const unsealed = await vault.call(integration, 'incoming', { entry, thread: { mode: 'bot' } });
    expect(unsealed).toMatchObject({ status: 400, body: { code: 'ref-not-allowed' } });
  });

  test('from a component keeps its refs, each with its own expiry, and seals what is around them', async () => {
    const vault = await memoryVault();
    const { refs: copied } = await vault.encrypt('web', { email: 'maya@example.org' }, { ttlSeconds: 60 });
    const result = { email: { [SENSITIVE_KEY]: copied.email }, note: 'call her' };
    const { entry, sealed } = await incoming(vault, { entry: { type: 'component.response', data: { result } } }, 'bot');
    expect(sealed).toEqual(['/data/result/note']);
    expect(entry).toMatchObject({ data: { result: { email: { [SENSITIVE_KEY]: copied.email } } } });
    vault.advance(60);
    const { opened, redacted } = await outgoing(vault, { entry });
    expect({ opened, redacted }).toEqual({ opened: ['/data/result/note'], redacted: ['/data/result/email'] });
  });

  test.each<[what: string, value: unknown]>([
    ['plaintext', 'my secret'],
    ['something else', 7],
  ])('from a component with %s in a forged ref is refused', async (_, value) => {
    const vault = await memoryVault();
    const entry = { type: 'component.response', data: { result: { [SENSITIVE_KEY]: value } } };
    const answer = await vault.call('bot', 'incoming', { entry });
    expect(answer).toMatchObject({ status: 400, body: { code: 'ref-not-allowed' } });
    expect(answer.text).not.toContain('my secret');
  });

  test.each<[what: string, body: object]>([
    ['no entry', {}],
    ['an entry without a type', { entry: { data: {} } }],
    ['data that is a list', { entry: { type: 'text.say', data: [] } }],
    ['a member that would stay plaintext', { entry: { ...SAY, name: 'Maya' } }],
    ['a user with more than a type', { entry: { ...SAY, user: { type: 'agent', name: 'Maya' } } }],
    ['a cause that does not say', { entry: SAY, cause: {} }],
  ])('with %s is refused', async (_, body) => {
    const vault = await memoryVault();
    expect(await vault.call('web', 'incoming', body)).toMatchObject({
      status: 400,
      body: { code: 'invalid-request' },
    });
  });

  test('with names so long that the answer could not hold their pointers is refused before anything is sealed', async () => {
    const vault = await memoryVault();
    const before = vault.kms.calls.Encrypt;
    const fields = Array.from({ length: 500 }, (_, i) => `v${i}`);
    const entry = { type: 'unknown', data: { ['n'.repeat(20_000)]: Object.fromEntries(fields.map((f) => [f, f])) } };
    expect((await vault.call('web', 'incoming', { entry })).status).toBe(200);
    const { refs: copied } = await vault.encrypt('web', { a: 1 });
    const around = { ...Object.fromEntries(fields.map((f) => [f, f])), ref: { [SENSITIVE_KEY]: copied.a } };
    const answer = await vault.call('bot', 'incoming', {
      entry: { type: 'x', data: { ['n'.repeat(20_000)]: around } },
    });
    expect(answer).toMatchObject({ status: 413, body: { code: 'too-large' } });
    expect(vault.kms.calls.Encrypt - before).toBe(2);
  });
});

test.each([
  ['1e20', 'bot'],
  ['1E+20', 'agent'],
  ['-1e20', 'bot'],
  ['100000e15', 'bot'],
])(
  'numbers that grow when they are written out are weighed as they are answered: %s, mode %s',
  async (number, mode) => {
    const vault = await memoryVault();
    const before = vault.kms.calls.Encrypt;
    const numbers = `${number},`.repeat(MAX_ANSWER_BYTES / (JSON.stringify(Number(number)).length + 1));
    expect(numbers.length).toBeLessThan(MAX_REQUEST_BYTES / 1.5);
    const body = `{"entry":{"type":"text.say","data":{"text":[${numbers}0]}},"thread":{"mode":"${mode}"}}`;
    const answer = await vault.send({ operation: 'incoming', authorization: vault.authorizationOf('web'), body });
    expect(answer).toMatchObject({ status: 413, body: { code: 'too-large' } });
    expect(vault.kms.calls.Encrypt).toBe(before);
  },
);

describe('an answer is weighed to the byte before anything is sealed', () => {
  const entryTypes = { big: { kind: 'media-event', doc: 'Big.', sensitive: ['data.secret'] } } as const;
  const toJson = (value: unknown) => JSON.stringify(value);

  async function bigVault() {
    const vault = await memoryVault({ settings: { sensitiveData: { entryTypes } } });
    const ring = await vault.ring();
    const caller: Caller = { ...WEB, ring };
    const { body } = await vault.call('web', 'seal-blob', { bytes: 5 });
    const send = (data: JsonObject, blob?: SealedBlob) =>
      sealIncoming(vault.request, caller, { entry: { type: 'big', data }, context: {}, toJson, blob });
    return { vault, send, blob: body as SealBlobResponse };
  }

  test.each<[what: string, secret: JsonObject, words: string, hasBlob: boolean]>([
    ['nothing is sealed', {}, 'the entry', false],
    ['nothing is sealed and a blob is attached', {}, 'the entry', true],
    ['a text is sealed', { secret: 'x'.repeat(500) }, 'the entry with its refs, and the pointers to them,', false],
    [
      'a text is sealed and a blob attached',
      { secret: 'x' },
      'the entry with its refs, and the pointers to them,',
      true,
    ],
  ])('where %s', async (_, secret, words, hasBlob) => {
    const { vault, send, blob } = await bigVault();
    const attached = hasBlob ? blob : undefined;
    const small = await send({ filler: '', ...secret }, attached);
    const most = MAX_ANSWER_BYTES - jsonBytes(small.entry) - jsonBytes(small.sealed);
    const whole = await send({ filler: 'f'.repeat(most), ...secret }, attached);
    expect(jsonBytes(whole.entry) + jsonBytes(whole.sealed)).toBe(MAX_ANSWER_BYTES);
    const before = vault.kms.calls.Encrypt;
    await expect(send({ filler: 'f'.repeat(most + 1), ...secret }, attached)).rejects.toMatchObject({
      code: 'too-large',
      message: expect.stringMatching(`^${words} would take ${MAX_ANSWER_BYTES + 1} bytes of the answer`),
    });
    expect(vault.kms.calls.Encrypt).toBe(before);
  });
});

test('an app without a key may send what is not sensitive', async () => {
  const vault = await memoryVault();
  const ring = { ...(await vault.ring()), slots: [] };
  const caller: Caller = { ...WEB, ring };
  const request = {
    entry: SAY,
    context: { thread: { mode: 'bot' } },
    toJson: (value: unknown) => JSON.stringify(value),
  };
  expect(await sealIncoming(vault.request, caller, request)).toEqual({ entry: SAY, sensitive: false, sealed: [] });
});

test('an error about a part with a long name shows the beginning of its pointer', async () => {
  const vault = await memoryVault();
  const entry = { type: 'unheard.of', data: { ['"'.repeat(300_000)]: 'x'.repeat(300_000) } };
  const { status, body, text } = await vault.call('web', 'incoming', { entry });
  expect({ status, body }).toMatchObject({ status: 413, body: { paths: [`/data/${'"'.repeat(250)}…`] } });
  expect(text.length).toBeLessThan(1000);
});

function counting<Store extends object>(real: Store, counts: Record<string, number>): Store {
  return new Proxy(real, {
    get: (store, name, receiver) => {
      const value = Reflect.get(store, name, receiver);
      if (typeof name !== 'string' || typeof value !== 'function' || !(name in counts)) return value;
      return (...args: unknown[]) => {
        counts[name] = present(counts[name]) + 1;
        return value.apply(store, args);
      };
    },
  });
}
