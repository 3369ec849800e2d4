// Direct invocation: what is sent, what is made of an answer, and which failures may pass.

import { inspect } from 'node:util';
import type { InvokeCommand } from '@aws-sdk/client-lambda';
import { describe, expect, test } from 'vitest';
import { type Invocation, type Invoker, lambdaTransport } from '../../../../client/lambda/index.ts';
import { Daykey, DaykeyProblem } from '../../../../client/sdk/index.ts';
import type { WireRequest } from '../../../../client/sdk/transport.ts';

const SECRET = 'maya4711';
const REQUEST: WireRequest = {
  app: 'shop',
  operation: 'erase',
  authorization: 'Bearer dkt_x',
  body: '{"subject":"s"}',
  signal: new AbortController().signal,
};
const FUNCTIONS = { erase: 'arn:aws:lambda:eu-central-1:1:function:vault-erase:direct' };

/** A client that does one thing, and the commands that it was sent. */
function clientOf(answer: () => Promise<Partial<Invocation>>) {
  const sent: [input: InvokeCommand['input'], options: object][] = [];
  const client: Invoker = {
    send: async (command, options) => {
      sent.push([(command as InvokeCommand).input, options]);
      return { $metadata: {}, ...(await answer()) };
    },
  };
  return { client, sent };
}

const payload = (value: unknown) => async () => ({ Payload: Buffer.from(JSON.stringify(value)) });
const thrown = (name: string, httpStatusCode?: number) => () =>
  Promise.reject(Object.assign(new Error(SECRET), { name, $metadata: { httpStatusCode } }));

function answerOf(answer: () => Promise<Partial<Invocation>>) {
  return lambdaTransport({ functions: FUNCTIONS, client: clientOf(answer).client })(REQUEST);
}

test('an invocation carries identity, app, operation, the body as text, and the signal', async () => {
  const { client, sent } = clientOf(payload({ status: 200, body: { erased: 1 } }));
  const answer = await lambdaTransport({ functions: FUNCTIONS, client })(REQUEST);
  const [[input, options] = []] = sent;
  expect(sent).toHaveLength(1);
  expect(input?.FunctionName).toBe(FUNCTIONS.erase);
  expect(JSON.parse(String(input?.Payload))).toEqual({
    authorization: 'Bearer dkt_x',
    app: 'shop',
    operation: 'erase',
    body: '{"subject":"s"}',
  });
  expect(options).toEqual({ abortSignal: REQUEST.signal });
  expect(answer).toEqual({ status: 200, body: { erased: 1 } });
});

test('an answer in UTF-8 is read as such', async () => {
  expect(await answerOf(payload({ status: 403, body: { detail: '★ é' } }))).toEqual({
    status: 403,
    body: { detail: '★ é' },
  });
});

test.each<[what: string, answer: () => Promise<Partial<Invocation>>]>([
  ['nothing', async () => ({})],
  ['null', payload(null)],
  ['a list', payload([200])],
  ['no status', payload({ body: { erased: 1 } })],
  ['a status that is no number', payload({ status: 'ok', body: {} })],
  ['no JSON', async () => ({ Payload: Buffer.from('<html>') })],
])('a function that answers with %s is unintelligible to the caller', async (_, answer) => {
  const transport = lambdaTransport({ functions: FUNCTIONS, client: clientOf(answer).client });
  const daykey = new Daykey({ app: 'shop', identity: async () => 'Bearer x', transport, pause: async () => {} });
  await expect(daykey.erase({ subject: 's' })).rejects.toMatchObject({ code: 'unintelligible' });
});

/** What Lambda or a signature check answers for a moment, each with its status. */
const MOMENTARY: readonly [name: string, status: number][] = [
  ['TooManyRequestsException', 429],
  ['ResourceConflictException', 409],
  ['SnapStartNotReadyException', 409],
  ['RequestTimeout', 408],
  ['ExpiredTokenException', 403],
  ['ExpiredToken', 400],
  ['RequestExpired', 400],
  ['RequestInTheFuture', 403],
  ['RequestTimeTooSkewed', 403],
  ['InvalidSignatureException', 403],
  ['SignatureDoesNotMatch', 403],
  ['ThrottlingException', 400],
  ['RequestTimeoutException', 400],
  ['ServiceException', 500],
  ['ResourceNotReadyException', 502],
  ['ServiceUnavailable', 503],
];

describe('a failure that may pass is tried again:', () => {
  test.each<[name: string, answer: () => Promise<Partial<Invocation>>, detail: string]>([
    [
      'the function failed',
      async () => ({ FunctionError: 'Unhandled', Payload: Buffer.from(SECRET) }),
      'the function for erase failed',
    ],
    ...MOMENTARY.map(([name, status]): [string, () => Promise<never>, string] => [
      `${name} ${status}`,
      thrown(name, status),
      `no answer from the vault: ${name}`,
    ]),
    ['a network that fails', thrown('TimeoutError'), 'no answer from the vault: TimeoutError'],
    ['an error without anything', () => Promise.reject(new Error(SECRET)), 'no answer from the vault: Error'],
    [
      'something that is no error',
      () => Promise.reject({ $metadata: { httpStatusCode: 403 } }),
      'no answer from the vault',
    ],
  ])('%s', async (_, answer, detail) => {
    const problem: unknown = await answerOf(answer).catch((error: unknown) => error);
    expect(problem).toMatchObject({ name: 'DaykeyProblem', code: 'unreachable', isTransient: true, detail });
    expect(inspect(problem, { showHidden: true, depth: 9 })).not.toContain(SECRET);
  });
});

describe('a refusal of Lambda is its own, never the vault’s:', () => {
  test.each([
    ['AccessDeniedException', 403],
    ['UnrecognizedClientException', 403],
    ['MissingAuthenticationToken', 403],
    ['ResourceNotFoundException', 404],
    ['RequestTooLargeException', 413],
    ['InvalidRequestContentException', 400],
    ['UnsupportedMediaTypeException', 415],
    ['SomethingExpiredToken', 499],
  ])('%s %i', async (name, status) => {
    const problem = (await answerOf(thrown(name, status)).catch((error: unknown) => error)) as DaykeyProblem;
    expect(problem).toBeInstanceOf(DaykeyProblem);
    expect(problem).toMatchObject({ code: 'refused', status, isTransient: false });
    expect(problem.detail).toBe(`Lambda refuses to invoke the function for erase: ${name}`);
    expect(inspect(problem, { showHidden: true, depth: 9 })).not.toContain(SECRET);
  });
});

describe('functions', () => {
  test('that are not named are not called', async () => {
    const { client, sent } = clientOf(payload({ status: 200 }));
    const transport = lambdaTransport({ functions: FUNCTIONS, client });
    await expect(transport({ ...REQUEST, operation: 'decrypt' })).rejects.toMatchObject({
      code: 'invalid-request',
      detail: 'no function is named for decrypt',
      paths: ['functions'],
    });
    expect(sent).toEqual([]);
  });

  test.each<[what: string, functions: unknown, message: string]>([
    ['without their alias', { erase: 'vault-erase' }, 'end the name for erase with the alias :direct'],
    ['with another alias', { erase: 'vault-erase:direct:1' }, 'end the name for erase'],
    ['that are undefined', { erase: undefined }, 'end the name for erase'],
    ['for what is no operation', { decypt: 'vault:direct' }, 'decypt is no operation'],
    ['for a name that every object has', { toString: 'vault:direct' }, 'toString is no operation'],
  ])('%s are refused', (_, functions, message) => {
    expect(() => lambdaTransport({ functions: functions as object })).toThrow(message);
  });
});

test('without a client, one is made for the first call', () => {
  expect(() => lambdaTransport({ functions: FUNCTIONS })).not.toThrow();
});
