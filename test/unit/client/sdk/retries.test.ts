// When a vault does not answer: what is tried again, after what pause, how often, and what is said in the end.

import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  apiToken,
  Daykey,
  DaykeyProblem,
  lambdaTransport,
  type RetryOptions,
  type Transport,
  type WireAnswer,
} from '../../../../client/sdk/index.ts';
import { problem } from '../../../../wire/problem.ts';
import { memoryVault } from '../../../support/memory-vault.ts';
import { overRest, seen } from './callers.ts';

const SECRET = 'maya4711';
const DOWN: WireAnswer = { status: 503, body: problem('unavailable', 'try again') };
const ERASED: WireAnswer = { status: 200, body: { erased: 1 } };

/** A client whose transport gives these answers in turn, the last one for ever; an error is thrown. */
function answered(answers: (WireAnswer | Error)[], options: RetryOptions = {}) {
  const pauses: number[] = [];
  let tries = 0;
  const transport: Transport = async () => {
    const answer = answers[Math.min(tries, answers.length - 1)];
    tries += 1;
    if (answer instanceof Error || answer === undefined) throw answer;
    return answer;
  };
  const pause = async (ms: number) => {
    pauses.push(ms);
  };
  const identity = async () => 'Bearer x';
  const client = new Daykey({ app: 'shop', identity, transport, pause, random: () => 0.5, ...options });
  return { client, pauses, tries: () => tries };
}

async function problemOf(call: Promise<unknown>): Promise<DaykeyProblem> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof DaykeyProblem)) throw new Error('this is no problem', { cause: error });
  return error;
}

describe('a vault that is down for a moment', () => {
  test.each([
    ['says so', DOWN],
    ['is behind a gateway that says so', { status: 502, body: undefined }],
    ['is not reached', new TypeError('fetch failed')],
  ])('is asked again when it %s', async (_, failure) => {
    const { client, pauses, tries } = answered([failure, failure, ERASED]);
    expect(await client.erase({ subject: 's' })).toBe(1);
    expect([tries(), pauses]).toEqual([3, [100, 200]]);
  });

  test.each([
    ['encrypt', (client: Daykey) => client.encrypt({ a: 1 })],
    ['decrypt', (client: Daykey) => client.decrypt({ a: 'dk1_x' })],
    ['incoming', (client: Daykey) => client.incoming({ type: 'x', data: {} })],
    ['outgoing', (client: Daykey) => client.outgoing({})],
    ['explain', (client: Daykey) => client.explain({ type: 'x', data: {} })],
    ['erase', (client: Daykey) => client.erase({ subject: 's' })],
  ])('is asked three times by %s, and then no more', async (_, call) => {
    const { client, tries } = answered([DOWN]);
    expect(await problemOf(call(client))).toMatchObject({ code: 'unavailable', status: 503 });
    expect(tries()).toBe(3);
  });

  test('is asked as often as the caller says', async () => {
    const { client, tries } = answered([DOWN], { maxTries: 1 });
    await problemOf(client.erase({ subject: 's' }));
    expect(tries()).toBe(1);
  });

  test('has the refs of a second encrypt opened where the answer to the first was lost', async () => {
    const vault = await memoryVault();
    const { transport, requests } = seen(vault);
    const losing: Transport = async (request) => {
      const answer = await transport(request);
      if (requests.length === 1) throw new Error('connection reset');
      return answer;
    };
    const { refs } = await overRest(vault, 'desk', { transport: losing }).encrypt({ a: SECRET });
    expect(requests).toHaveLength(2);
    expect(await overRest(vault).decrypt(refs)).toMatchObject({ a: { status: 'ok' } });
  });
});

describe('the pause', () => {
  test('is what the vault asks for, and jitter on top', async () => {
    const { client, pauses } = answered([{ ...DOWN, retryAfterSeconds: 3 }, ERASED]);
    await client.erase({ subject: 's' });
    expect(pauses).toEqual([3100]);
  });

  test('is read from Retry-After', async () => {
    const pauses: number[] = [];
    let answers = 0;
    const send: typeof fetch = async () => {
      answers += 1;
      const headers = { 'Retry-After': '2' };
      return answers === 1 ? Response.json(DOWN.body, { status: 503, headers }) : Response.json(ERASED.body);
    };
    const pause = async (ms: number) => void pauses.push(ms);
    const options = { app: 'shop', identity: async () => 'Bearer x', pause, random: () => 0 };
    await new Daykey({ ...options, url: 'https://v.example', fetch: send }).erase({ subject: 's' });
    expect(pauses).toEqual([2000]);
  });

  test('is not longer than the caller allows: the vault is not asked again', async () => {
    const { client, tries } = answered([{ ...DOWN, retryAfterSeconds: 31 }, ERASED]);
    expect(await problemOf(client.erase({ subject: 's' }))).toMatchObject({ retryAfterSeconds: 31 });
    expect(tries()).toBe(1);
  });

  test('may be anything from nothing to an upper end that doubles up to 5 s', async () => {
    for (const [random, expected] of [
      [0, 0],
      [1, 200 + 400 + 800 + 1600 + 3200 + 5000 + 5000],
    ] as const) {
      const { client, pauses } = answered([DOWN], { maxTries: 8, random: () => random });
      await problemOf(client.erase({ subject: 's' }));
      expect(pauses.reduce((sum, ms) => sum + ms, 0)).toBe(expected);
    }
  });
});

describe('nothing is tried again', () => {
  test.each([
    [400, 'invalid-request'],
    [401, 'unauthenticated'],
    [403, 'forbidden'],
    [404, 'not-found'],
    [413, 'too-large'],
    [415, 'unsupported-media-type'],
  ] as const)('after %i %s', async (status, code) => {
    const { client, tries } = answered([{ status, body: problem(code, 'no', ['fields.a']) }, ERASED]);
    const refusal = await problemOf(client.erase({ subject: 's' }));
    expect(refusal).toMatchObject({ status, code, detail: 'no', paths: ['fields.a'] });
    expect(tries()).toBe(1);
  });

  test.each([429, 418, 500])('after %i from what is no vault', async (status) => {
    const { client, tries } = answered([{ status, body: `<html>${SECRET}` }, ERASED]);
    const refusal = await problemOf(client.erase({ subject: 's' }));
    expect([refusal.code, tries(), inspect(refusal).includes(SECRET)]).toEqual(['unintelligible', 1, false]);
  });

  test.each([undefined, {}, { refs: {} }, { refs: { a: 1 }, expiresAt: '2027-01-01T00:00:00Z' }, { refs: { a: 'x' } }])(
    'after an answer that is not one of the operation: %j',
    async (body) => {
      const { client, tries } = answered([{ status: 200, body }]);
      expect(await problemOf(client.encrypt({ a: 1 }))).toMatchObject({ code: 'unintelligible' });
      expect(tries()).toBe(1);
    },
  );

  test.each([
    ...[{}, { sensitive: true, rule: 'event', why: 'So.', parts: {} }],
    { sensitive: true, rule: 'event', why: 'So.', parts: [null] },
    { sensitive: true, rule: 'event', why: 'So.', parts: [{ pointer: '/data/a', sealed: 'yes', why: 'So.' }] },
  ])('after an answer that explains nothing: %j', async (body) => {
    const { client, tries } = answered([{ status: 200, body }]);
    const call = client.explain({ type: 'text.say', data: {} });
    expect(await problemOf(call)).toMatchObject({ code: 'unintelligible' });
    expect(tries()).toBe(1);
  });

  test('after an identity that fails, whose own error rises', async () => {
    const { transport, requests } = seen(await memoryVault());
    const identity = () => Promise.reject(new RangeError('no credentials'));
    await expect(new Daykey({ app: 'shop', identity, transport }).erase({ subject: 's' })).rejects.toThrow(RangeError);
    expect(requests).toEqual([]);
  });
});

test('each try asks for a header of its own', async () => {
  const sent: string[] = [];
  let asked = 0;
  const identity = async () => {
    asked += 1;
    return `Bearer ${asked}`;
  };
  const transport: Transport = async ({ authorization }) => {
    sent.push(authorization);
    return sent.length === 1 ? DOWN : ERASED;
  };
  await new Daykey({ app: 'shop', identity, transport, pause: async () => {} }).erase({ subject: 's' });
  expect(sent).toEqual(['Bearer 1', 'Bearer 2']);
});

test('an answer that never comes is given up in time, and asked for again', async () => {
  const signals: AbortSignal[] = [];
  const transport: Transport = ({ signal }) => {
    signals.push(signal);
    return new Promise(() => {});
  };
  const options = { app: 'shop', identity: async () => 'Bearer x', timeoutMs: 5, pause: async () => {} };
  const problem = await problemOf(new Daykey({ ...options, transport }).erase({ subject: 's' }));
  expect([problem.code, problem.isTransient, signals.map(({ aborted }) => aborted)]).toEqual([
    ...['timed-out', true],
    [true, true, true],
  ]);
});

describe('a problem holds no plaintext', () => {
  test('of a request that a network error repeats', async () => {
    const cause = Object.assign(new Error(`sending ${SECRET}`), { code: 'ECONNRESET', body: SECRET });
    const { client } = answered([new TypeError(`fetch failed: ${SECRET}`, { cause })]);
    const refusal = await problemOf(client.encrypt({ a: SECRET }));
    expect(inspect(refusal, { showHidden: true, depth: 9 })).not.toContain(SECRET);
    expect(refusal.detail).toBe('no answer from the vault: TypeError, ECONNRESET');
  });

  test('of an answer that breaks off', async () => {
    const send: typeof fetch = async () => new Response(`{"values":{"a":{"status":"ok","value":"${SECRET}`);
    const options = { app: 'shop', identity: async () => 'Bearer x', url: 'https://v.example', fetch: send };
    const refusal = await problemOf(new Daykey(options).decrypt({ a: 'x' }));
    expect(inspect(refusal, { showHidden: true, depth: 9 })).not.toContain(SECRET);
  });
});

describe('a function', () => {
  const functions = { erase: 'vault-erase:direct' };
  const clientOf = (answer: () => Promise<object>) => {
    let tries = 0;
    const send = async () => {
      tries += 1;
      return (await answer()) as never;
    };
    const transport = lambdaTransport({ functions, client: { send } });
    const client = new Daykey({ app: 'shop', identity: async () => 'Bearer x', transport, pause: async () => {} });
    return { client, tries: () => tries };
  };
  const thrown = (name: string, httpStatusCode: number) => () =>
    Promise.reject(Object.assign(new Error(SECRET), { name, $metadata: { httpStatusCode } }));

  test.each([
    ['breaks', async () => ({ FunctionError: 'Unhandled', Payload: Buffer.from(SECRET) }), 'unreachable'],
    ['is throttled', thrown('TooManyRequestsException', 429), 'unreachable'],
    ['is not reached', thrown('ServiceException', 500), 'unreachable'],
  ])('that %s is asked again', async (_, answer, code) => {
    const { client, tries } = clientOf(answer);
    const refusal = await problemOf(client.erase({ subject: SECRET }));
    expect([refusal.code, tries(), inspect(refusal).includes(SECRET)]).toEqual([code, 3, false]);
  });

  test.each([
    ['may not be invoked', thrown('AccessDeniedException', 403), 'forbidden'],
    ['does not exist', thrown('ResourceNotFoundException', 404), 'not-found'],
    ['takes no such payload', thrown('RequestTooLargeException', 413), 'too-large'],
    ['answers something else', async () => ({ Payload: Buffer.from('null') }), 'unintelligible'],
  ])('that %s is not', async (_, answer, code) => {
    const { client, tries } = clientOf(answer);
    expect([(await problemOf(client.erase({ subject: 's' }))).code, tries()]).toEqual([code, 1]);
  });

  test('that is not named is not called', async () => {
    const { client, tries } = clientOf(async () => ({}));
    expect(await problemOf(client.decrypt({ a: 'x' }))).toMatchObject({
      code: 'invalid-request',
      paths: ['functions'],
    });
    expect(tries()).toBe(0);
  });

  test('is named with its alias', () => {
    expect(() => lambdaTransport({ functions: { erase: 'vault-erase' } })).toThrow(':direct');
  });
});

test('an API token that is none is refused without a word of it', () => {
  expect(() => apiToken(`Bearer ${SECRET}`)).toThrow(/^((?!maya).)*$/);
});
