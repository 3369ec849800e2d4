// The mark that keeps the testing kit's refs and real ones apart: no vault opens what the other one sealed.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Daykey } from '../../../../client/sdk/index.ts';
import { turned } from '../../../../client/testing/marks.ts';
import { testingVault } from '../../../../client/testing/testing-vault.ts';
import { formatRef, parseRef } from '../../../../vault/domain/envelope/ref.ts';
import { REDACTED, SENSITIVE_KEY } from '../../../../wire/refs.ts';
import { aBundle, bytesFrom, present, upTo, withBitFlipped } from '../../../support/envelope.ts';
import { memoryVault } from '../../../support/memory-vault.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length }).map((it) => Buffer.from(it));
const aToken = () =>
  fc.record({ refId: bytes(19), index: fc.integer({ min: 0, max: 63 }), refKek: bytes(32) }).map(formatRef);

const APPS = {
  apps: {
    shop: {
      integrations: {
        web: { kind: 'messaging' },
        desk: { kind: 'customer-support' },
        bot: { kind: 'component' },
        analytics: { kind: 'other' },
      },
    },
  },
} as const;

describe('a mark', () => {
  test('is taken off by what put it on, and is all that changes', () => {
    fc.assert(
      fc.property(aToken(), (token) => {
        const marked = turned(token);
        expect(turned(marked)).toBe(token);
        const [before, after] = [token, marked].map((each) => Buffer.from(each.slice(4), 'base64url'));
        expect(withBitFlipped(present(before), 9).subarray(0, 53)).toEqual(present(after).subarray(0, 53));
      }),
    );
  });

  test('makes every real token one that a real vault refuses', () => {
    fc.assert(
      fc.property(aToken(), (token) => {
        expect(parseRef(token)).toBeDefined();
        expect(parseRef(turned(token))).toBeUndefined();
      }),
    );
  });

  test('gives no two tokens the same marked one', () => {
    fc.assert(
      fc.property(aToken(), aToken(), (one, other) => {
        expect(turned(one) === turned(other)).toBe(one === other);
      }),
    );
  });

  test('is neither put on nor taken off where any one bit has slipped', () => {
    fc.assert(
      fc.property(aToken(), (token) => {
        for (const sound of [token, turned(token)]) {
          const body = Buffer.from(sound.slice(4), 'base64url');
          const slips = upTo(57 * 8).map((bit) => `dk2_${withBitFlipped(body, bit).toString('base64url')}`);
          expect(slips.filter((slip) => turned(slip) !== slip || parseRef(slip) !== undefined)).toEqual([]);
        }
      }),
      { numRuns: 5 },
    );
  });

  test('is for refs only: every other text stays as it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String(), fc.constant('dk2_')), (text) => {
        expect(turned(text)).toBe(text);
      }),
    );
  });
});

describe('a ref of the testing kit', () => {
  test('is redacted by a real vault, which reads nothing and asks no key for it', async () => {
    const kit = await testingVault(APPS);
    const real = await memoryVault();
    const { refs } = await kit.as('shop', 'web').encrypt({ email: 'maya@example.org' });
    const calls = { ...real.kms.calls };
    expect(await real.decrypt('desk', refs)).toEqual({ email: { status: 'redacted', value: REDACTED } });
    expect(real.kms.calls).toEqual(calls);
    expect(real.telemetry.total('FieldsRedacted', 'malformed')).toBe(1);
  });

  test('is the only one that the kit opens, finds in an entry, or erases: not even its own without the mark', async () => {
    const kit = await testingVault(APPS);
    const [web, desk] = [kit.as('shop', 'web'), kit.as('shop', 'desk')];
    const { refs } = await web.encrypt({ email: 'maya@example.org' });
    const bare = { email: turned(refs.email) };
    expect(parseRef(bare.email)).toBeDefined();
    expect((await desk.decrypt(bare)).email).toEqual({ status: 'redacted' });
    const entry = { [SENSITIVE_KEY]: bare.email };
    expect(await desk.outgoing(entry)).toMatchObject({ entry: REDACTED, opened: [] });
    expect(await desk.erase({ refs: bare })).toBe(0);
    expect(await desk.outgoing({ [SENSITIVE_KEY]: refs.email })).toMatchObject({ entry: 'maya@example.org' });
    expect(await desk.erase({ refs })).toBe(1);
  });

  test('is marked wherever it comes out, and the same when it has gone in and out', async () => {
    const kit = await testingVault(APPS);
    const [web, bot, analytics] = ['web', 'bot', 'analytics'].map((name) => kit.as('shop', name)) as [
      Daykey,
      Daykey,
      Daykey,
    ];
    const { refs } = await web.encrypt({ a: 1 });
    const said = await web.incoming({ type: 'text.say', data: { text: 'hello' } });
    const ref = (said.entry as { data: { text: object } }).data.text;
    const kept = await bot.incoming({ type: 'note.add', data: { text: [ref, 'and more'] } });
    const sealed = (kept.entry as { data: { text: object[] } }).data.text;
    expect(sealed[0]).toEqual(ref);
    const tokens = [refs.a, ...[ref, ...sealed].map((each) => Object.values(each)[0])];
    expect(tokens).toHaveLength(4);
    expect(tokens.filter((token) => parseRef(token) !== undefined || parseRef(turned(token)) === undefined)).toEqual(
      [],
    );
    expect((await analytics.outgoing(kept.entry, { redactAs: 'ref' })).entry).toEqual(kept.entry);
  });

  test('is looked for in no text: what only looks like one comes back as it went in', async () => {
    const kit = await testingVault(APPS);
    const [web, desk] = [kit.as('shop', 'web'), kit.as('shop', 'desk')];
    const [real = ''] = aBundle({ seed: 'elsewhere' }).refs;
    const fields = { real, marked: turned(real), inside: { entry: [{ refs: turned(real) }] } };
    const values = await desk.decrypt((await web.encrypt(fields)).refs);
    for (const [name, field] of Object.entries(values)) {
      expect(field.status === 'ok' && field.value.reveal()).toEqual(fields[name as keyof typeof fields]);
    }
    const entry = { type: 'text.say', data: { text: real, seen: { entry: turned(real), ['__proto__']: [real] } } };
    const out = await desk.outgoing((await web.incoming(entry, { thread: { mode: 'bot' } })).entry);
    expect(out.entry).toEqual(entry);
  });
});

test('what is no request at all gets the same answer as from a real vault', async () => {
  const kit = await testingVault(APPS);
  const real = await memoryVault();
  const bodies = [
    '',
    'null',
    '[]',
    '"refs"',
    '{"refs":null}',
    '{"refs":[1]}',
    '{"refs":{"a":1}}',
    '{"entry":{"$sensitive":1}}',
    `{"refs":{"a":"${bytesFrom('x', 60).toString('base64url')}"}}`,
    '{"refs":{"a":"x","a":"x"}}',
    '{"entry":{"$sensitive":"x","and":1}}',
  ];
  for (const operation of ['encrypt', 'decrypt', 'incoming', 'outgoing', 'explain', 'erase'] as const) {
    for (const body of bodies) {
      const authorization = await kit.identity('shop', 'desk')();
      const answer = await kit.transport({
        app: 'shop',
        operation,
        authorization,
        body,
        signal: AbortSignal.timeout(1000),
      });
      const { status, body: expected } = await real.call('desk', operation, body);
      expect({ status: answer.status, body: answer.body }).toEqual({ status, body: expected });
    }
  }
});
