// Outgoing: refs opened for those who get plaintext, in one pass, and redacted for everyone else.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bundleIdIn, parseRef } from '../../../../vault/domain/envelope/ref.ts';
import type { Caller } from '../../../../vault/domain/trust.ts';
import { jsonBytes } from '../../../../vault/usecases/answer-bytes.ts';
import { outgoing as open } from '../../../../vault/usecases/outgoing.ts';
import type { IncomingResponse } from '../../../../wire/incoming.ts';
import { MAX_ANSWER_BYTES } from '../../../../wire/limits.ts';
import { REDACTED, SENSITIVE_KEY } from '../../../../wire/refs.ts';
import { type Counted, counted } from '../../../support/counting.ts';
import { arbitraryEntry } from '../../../support/entries.ts';
import { present } from '../../../support/envelope.ts';
import {
  INTEGRATIONS,
  type MemoryVaultOptions,
  memoryVault,
  type RequestPorts,
} from '../../../support/memory-vault.ts';
import { AGENT, incoming, outgoing, SAY } from '../../../support/passing-entries.ts';

describe('what goes out', () => {
  const KINDS: [integration: string, opened: boolean][] = [
    ['web', true],
    ['desk', true],
    ['bot', false],
    ['analytics', false],
    ['audit', true],
  ];

  test.each(KINDS)('to %s is opened: %s', async (integration, opened) => {
    const vault = await memoryVault();
    const { entry } = await incoming(vault, { entry: SAY, ...AGENT });
    const sent = await outgoing(vault, { entry }, integration);
    expect(sent).toEqual(
      opened
        ? { entry: SAY, opened: ['/data/text'], redacted: [], blobs: [] }
        : { entry: { ...SAY, data: { ...SAY.data, text: REDACTED } }, opened: [], redacted: ['/data/text'], blobs: [] },
    );
  });

  test('to those who get no plaintext costs no read and no KMS call', async () => {
    const counts = { insert: 0, find: 0 };
    const vault = await memoryVault({ before: { bundles: (real) => counting(real, counts) } });
    const { entry } = await incoming(vault, { entry: SAY, ...AGENT });
    await outgoing(vault, { entry }, 'analytics');
    expect(counts.find).toBe(0);
  });

  test.each([
    ['null', null],
    ['string', REDACTED],
  ] as const)('shows %s for what it does not show, when asked to', async (redactAs, shown) => {
    const vault = await memoryVault();
    const { entry } = await incoming(vault, { entry: SAY, ...AGENT });
    const sent = await outgoing(vault, { entry, redactAs }, 'analytics');
    expect(sent.entry).toEqual({ ...SAY, data: { ...SAY.data, text: shown } });
  });

  test('keeps the refs when asked to', async () => {
    const vault = await memoryVault();
    const { entry } = await incoming(vault, { entry: SAY, ...AGENT });
    expect((await outgoing(vault, { entry, redactAs: 'ref' }, 'analytics')).entry).toEqual(entry);
  });

  test('holds no bare string for a ref, and no ref in what it opened', async () => {
    const vault = await memoryVault();
    const { refs: sealed } = await vault.encrypt('web', { inner: 'deep', text: 'x' });
    const bare = { note: sealed.inner, deep: [sealed.text] };
    expect(await outgoing(vault, { entry: bare })).toEqual({ entry: bare, opened: [], redacted: [], blobs: [] });
  });

  test('is audited as what it is', async () => {
    const vault = await memoryVault();
    const { entry } = await incoming(vault, { entry: SAY, ...AGENT });
    await outgoing(vault, { entry });
    const operations: string[] = [];
    for await (const { operation } of vault.auditTrail.intents('shop', 0, Number.MAX_SAFE_INTEGER)) {
      operations.push(operation);
    }
    expect(operations).toEqual(['outgoing']);
  });

  test('is audited like a decrypt, before it leaves', async () => {
    const vault = await memoryVault({
      before: { audit: () => ({ record: () => Promise.reject(new Error('broken')) }) },
    } as MemoryVaultOptions);
    const { entry } = await incoming(vault, { entry: SAY, ...AGENT });
    const answer = await vault.call('desk', 'outgoing', { entry });
    expect(answer.status).toBe(503);
    expect(answer.text).not.toContain('555-0100');
  });

  test('of another app is redacted', async () => {
    const vault = await memoryVault();
    await vault.addApp('bank');
    const { entry } = await incoming(vault, { entry: SAY, ...AGENT });
    const authorization = vault.authorizationOf('desk', 'bank');
    const request = { app: 'bank', operation: 'outgoing', authorization, body: { entry } };
    expect((await vault.send(request)).body).toMatchObject({ redacted: ['/data/text'] });
  });

  test('with more than 1,024 refs, or too large, is refused', async () => {
    const vault = await memoryVault();
    const { refs: sealed } = await vault.encrypt('web', { a: 'x'.repeat(200_000) });
    const many = Array.from({ length: 1025 }, () => ({ [SENSITIVE_KEY]: sealed.a }));
    expect((await vault.call('desk', 'outgoing', { entry: many })).status).toBe(413);
    const large = { filler: 'y'.repeat(2_500_000), copies: many.slice(0, 5) };
    expect((await vault.call('desk', 'outgoing', { entry: large })).status).toBe(413);
  });
});

describe('refs of many bundles', () => {
  test('of 100 open with one read, and with 16 KMS calls at a time', async () => {
    const { vault, entry, bundles, unwraps } = await sealedApart(100);
    const { opened } = await outgoing(vault, { entry });
    expect(opened).toHaveLength(100);
    expect(bundles.calls).toEqual(['find']);
    expect(unwraps).toEqual({ calls: 100, running: 0, mostAtOnce: 16 });
  });

  test('of 101 are refused before any read, with the advice to split', async () => {
    const { vault, entry, bundles, unwraps } = await sealedApart(101);
    const { status, body } = await vault.call('desk', 'outgoing', { entry });
    expect({ status, body }).toMatchObject({ status: 413, body: { detail: expect.stringContaining('split') } });
    expect([bundles.count(), unwraps.calls]).toEqual([0, 0]);
  });

  test('ask KMS no further once a call has failed', async () => {
    const { vault, entry, unwraps } = await sealedApart(100, { failing: true });
    expect((await vault.call('desk', 'outgoing', { entry })).status).toBe(503);
    expect(unwraps.calls).toBe(16);
  });

  /** An entry with so many refs, each of a bundle that holds nothing else. */
  async function sealedApart(count: number, { failing = false } = {}) {
    const unwraps = { calls: 0, running: 0, mostAtOnce: 0 };
    let bundles: Counted<RequestPorts['bundles']> | undefined;
    const vault = await memoryVault({
      before: {
        bundles: (real) => {
          bundles = counted(real);
          return bundles.port;
        },
        appKek: (real) => ({
          ...real,
          async unwrap(...args) {
            unwraps.calls += 1;
            unwraps.running += 1;
            unwraps.mostAtOnce = Math.max(unwraps.mostAtOnce, unwraps.running);
            const innerWraps = await real.unwrap(...args);
            unwraps.running -= 1;
            if (failing) throw new Error('KMS is away');
            return innerWraps;
          },
        }),
      },
    });
    const entry: object[] = [];
    for (let i = 0; i < count; i += 1) entry.push({ [SENSITIVE_KEY]: (await vault.encrypt('web', { a: i })).refs.a });
    bundles?.forget();
    return { vault, entry, bundles: present(bundles), unwraps };
  }
});

describe('an answer that would be many times its request', () => {
  test.each([
    ['n', 20_000],
    ['n', 600_000],
    ['"', 2_000],
    ['\u0001', 1_000],
  ])('is refused for every caller, by pointers below a name of %j that is %i characters long', async (unit, length) => {
    const vault = await memoryVault();
    const refs = Array.from({ length: 1024 }, () => ({ [SENSITIVE_KEY]: 'x' }));
    for (const integration of Object.keys(INTEGRATIONS)) {
      const answer = await vault.call(integration, 'outgoing', { entry: { [unit.repeat(length)]: refs } });
      expect(answer).toMatchObject({ status: 413, body: { code: 'too-large' } });
    }
  });

  test('is refused by numbers that grow', async () => {
    const vault = await memoryVault();
    const body = `{"entry":[${'1e20,'.repeat(550_000)}0]}`;
    const request = { operation: 'outgoing', authorization: vault.authorizationOf('desk'), body };
    expect(await vault.send(request)).toMatchObject({ status: 413, body: { code: 'too-large' } });
  });
});

describe('an answer is weighed before anything is opened', () => {
  async function callers() {
    const vault = await memoryVault();
    const ring = await vault.ring();
    const of = (integration: 'desk' | 'analytics', bodyBytes?: number): Caller => ({
      app: 'shop',
      integration,
      credential: 'token/1',
      requestId: 'a-request',
      trust: INTEGRATIONS[integration],
      ring,
      bodyBytes,
    });
    return { vault, of };
  }

  test.each(['desk', 'analytics'] as const)('to the byte, for %s', async (integration) => {
    const { vault, of } = await callers();
    const deps = { ...vault.request, maxStoredBytes: Number.POSITIVE_INFINITY };
    const entry = (filler: number) => ({ filler: 'f'.repeat(filler), ref: { [SENSITIVE_KEY]: 'no ref' } });
    const most = MAX_ANSWER_BYTES - jsonBytes(entry(0)) - jsonBytes(['/ref']);
    expect(await open(deps, of(integration), entry(most))).toMatchObject({ redacted: ['/ref'] });
    await expect(open(deps, of(integration), entry(most + 1))).rejects.toMatchObject({
      code: 'too-large',
      message: expect.stringMatching(
        `^the entry, and the pointers to its refs, would take ${MAX_ANSWER_BYTES + 1} bytes of the answer`,
      ),
    });
  });

  test('so that values have the rest of it, to the byte', async () => {
    const { vault, of } = await callers();
    const { refs } = await vault.encrypt('web', { a: 'x' });
    const entry = { note: 'n', ref: { [SENSITIVE_KEY]: refs.a } };
    const parsed = present(parseRef(present(refs.a)));
    const key = { app: 'shop', expiresAtS: parsed.expiresAtS, id: bundleIdIn(parsed.refId), indexes: new Set([0]) };
    const [bundle] = await vault.ports.bundles.find([key]);
    const whole = jsonBytes(entry) + jsonBytes(['/ref']) + present(bundle?.fields.get(0)).length;
    const within = (maxStoredBytes: number) => open({ ...vault.request, maxStoredBytes }, of('desk'), entry);
    expect(await within(whole)).toMatchObject({ opened: ['/ref'] });
    await expect(within(whole - 1)).rejects.toMatchObject({ code: 'too-large' });
  });

  test('and printed only where the size of the request does not say that it fits', async () => {
    const { vault, of } = await callers();
    const unprintable = {
      toJSON() {
        throw new Error('printed');
      },
    };
    for (const integration of ['desk', 'analytics'] as const) {
      expect(await open(vault.request, of(integration, 100), unprintable)).toMatchObject({ opened: [], redacted: [] });
    }
  });
});

test('any entry comes back as it was, through /incoming and /outgoing', async () => {
  const vault = await memoryVault();
  let passed = 0;
  await fc.assert(
    fc.asyncProperty(arbitraryEntry(), async (entry) => {
      const answer = await vault.call('web', 'incoming', { entry, ...AGENT });
      if (answer.status !== 200) {
        // What strict JSON or the entry's own shape refuses, is refused before anything is sealed.
        expect(answer.status).toBe(400);
        return;
      }
      const sent = await outgoing(vault, { entry: (answer.body as IncomingResponse).entry });
      expect(sent.entry).toEqual(JSON.parse(JSON.stringify(entry)));
      passed += 1;
    }),
    { numRuns: 100 },
  );
  expect(passed).toBeGreaterThan(20);
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
