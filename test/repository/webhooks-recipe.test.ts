// The receivers of docs/recipes/webhooks.md, run against a vault in memory over HTTP.

import { createHmac } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { LambdaFunctionURLEvent, LambdaFunctionURLResult } from 'aws-lambda';
import type { Express } from 'express';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type TestingVault, testingVault } from '../../client/testing/index.ts';
import type { Listening } from '../../client/testing/port.ts';
import { type Recipe, writeRecipe } from '../support/recipe.ts';

const SECRET = 'a secret of the sender';
const APPS = { shop: { integrations: { crm: { kind: 'messaging' }, desk: { kind: 'customer-support' } } } } as const;
/** A number beyond 2^53, a name that is there twice, blanks and the reserved key: parsing would change or refuse it. */
const TEXT =
  '{ "id": 12345678901234567890, "a": 1, "a": 2.50, "from": "maya@example.org", "b": {"$sensitive": "good morning"} }';

interface Sent {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** Sends a request to a receiver; the status of its answer. */
type Send = (request: Sent) => Promise<number>;

let recipe: Recipe;
let vault: TestingVault;
let port: Listening;
const enqueued: unknown[] = [];
const receivers = new Map<string, Send>();
const ends: (() => unknown)[] = [];

beforeAll(async () => {
  recipe = writeRecipe('docs/recipes/webhooks.md');
  vault = await testingVault({ apps: APPS });
  port = await vault.listen();
  const token = (await vault.identity('shop', 'crm')()).replace('Bearer ', '');
  vi.stubEnv('DAYKEY_URL', port.url).stubEnv('DAYKEY_TOKEN', token).stubEnv('WEBHOOK_SECRET', SECRET);
  vi.stubGlobal('enqueue', async (entry: unknown) => void enqueued.push(entry));
  receivers.set('Express', await express());
  receivers.set('Fastify', await fastify());
  receivers.set('a Lambda function', await lambda());
});

afterAll(async () => {
  for (const end of ends) await end();
  await port.close();
  recipe.remove();
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

beforeEach(() => {
  enqueued.length = 0;
});

describe.each(['Express', 'Fastify', 'a Lambda function'])('the receiver for %s', (name) => {
  const send: Send = (request) => receivers.get(name)?.(request) ?? Promise.reject(new Error('no such receiver'));

  test('seals the body that was signed, and passes on nothing else of it', async () => {
    expect(await send(signed(TEXT))).toBe(204);
    expect(enqueued).toMatchObject([{ type: 'http.request', data: { method: 'POST' } }]);
    expect(JSON.stringify(enqueued)).not.toMatch(/maya|1234567890|morning/);
    const { entry } = await vault.as('shop', 'desk').outgoing(enqueued[0]);
    expect(entry).toMatchObject({ data: { body: TEXT } });
  });

  test.each([
    ['text that is no JSON', Buffer.from('SmsSid=SM17&From=%2B15550100&Body=caf%C3%A9 ☂'), 'body', 'utf8'],
    ['nothing', Buffer.alloc(0), 'body', 'utf8'],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0, 1, 0x80]), 'base64', 'base64'],
  ] as const)('keeps %s', async (_, body, member, encoding) => {
    expect(await send(signed(body))).toBe(204);
    const { entry } = await vault.as('shop', 'desk').outgoing(enqueued[0]);
    expect(entry).toEqual({ type: 'http.request', data: { method: 'POST', [member]: body.toString(encoding) } });
  });

  test.each([
    ['another body', { ...signed(TEXT), body: Buffer.from(`${TEXT} `) }],
    [
      'a body that was parsed and printed again',
      { ...signed(TEXT), body: Buffer.from(JSON.stringify(JSON.parse(TEXT))) },
    ],
    ['the signature of another secret', signed(TEXT, { secret: 'another' })],
    ['the signature of an empty secret', signed(TEXT, { secret: '' })],
    ['a signature that is cut off', signed(TEXT, { cut: 62 })],
    ['an empty signature', signed(TEXT, { cut: 0 })],
    ['no signature', { ...signed(TEXT), headers: {} }],
    ['another time than was signed', { ...signed(TEXT), headers: { ...signed(TEXT).headers, 'x-timestamp': nowS(1) } }],
    ['a time six minutes ago', signed(TEXT, { timestamp: nowS(-360) })],
    ['a time in six minutes', signed(TEXT, { timestamp: nowS(360) })],
    ['a time that is no number', signed(TEXT, { timestamp: 'NaN' })],
  ])('refuses %s, and asks no vault', async (_, request) => {
    const asked = vault.log.length;
    expect(await send(request)).toBe(401);
    expect([enqueued, vault.log.length]).toEqual([[], asked]);
  });

  test('takes what was signed four minutes ago', async () => {
    expect(await send(signed(TEXT, { timestamp: nowS(-240) }))).toBe(204);
  });

  test('refuses a body that may not fit one field', async () => {
    expect(await send(signed(Buffer.alloc(128 * 1024 + 1, '"')))).toBe(413);
    expect(await send(signed(Buffer.alloc(128 * 1024 - 2, '"')))).toBe(204);
  });

  test('fails when the queue does, so that the sender tries again', async () => {
    vi.stubGlobal('enqueue', () => Promise.reject(new Error('the queue is down')));
    const quiet = vi.spyOn(console, 'error').mockImplementation(() => {});
    expect(await send(signed(TEXT)).catch(() => 500)).toBe(500);
    quiet.mockRestore();
    vi.stubGlobal('enqueue', async (entry: unknown) => void enqueued.push(entry));
  });
});

test('a receiver without a secret refuses every request', async () => {
  vi.stubEnv('WEBHOOK_SECRET', '');
  expect(await receivers.get('a Lambda function')?.(signed(TEXT, { secret: '' }))).toBe(401);
  vi.stubEnv('WEBHOOK_SECRET', SECRET);
});

function signed(
  content: string | Buffer,
  { secret = SECRET, timestamp = nowS(), cut = 64 }: { secret?: string; timestamp?: string; cut?: number } = {},
): Sent {
  const body = Buffer.from(content);
  const signature = createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex').slice(0, cut);
  return { body, headers: { 'x-timestamp': timestamp, 'x-signature': signature, 'content-type': 'application/json' } };
}

function nowS(laterS = 0): string {
  return String(Math.floor(Date.now() / 1000) + laterS);
}

async function express(): Promise<Send> {
  const { app } = await recipe.load<{ app: Express }>('express.ts');
  const server = app.listen(0);
  ends.push(() => server.close());
  await new Promise((resolve) => server.on('listening', resolve));
  return overHttp((server.address() as AddressInfo).port);
}

async function fastify(): Promise<Send> {
  const { app } = await recipe.load<{ app: FastifyInstance }>('fastify.ts');
  ends.push(() => app.close());
  await app.listen({ port: 0, host: '127.0.0.1' });
  return overHttp((app.server.address() as AddressInfo).port);
}

function overHttp(ofServer: number): Send {
  return async ({ body, headers }) => {
    const url = `http://127.0.0.1:${ofServer}/webhooks/crm`;
    return (await fetch(url, { method: 'POST', body: new Uint8Array(body), headers: { ...headers } })).status;
  };
}

/** Lambda gives a body as text if its type says that it is text and it is UTF-8, and else in Base64. */
async function lambda(): Promise<Send> {
  type Handler = (event: LambdaFunctionURLEvent) => Promise<LambdaFunctionURLResult>;
  const { handler } = await recipe.load<{ handler: Handler }>('function-url.ts');
  return async ({ body, headers }) => {
    const isText = Buffer.from(body.toString()).equals(body);
    const event = { headers, body: body.toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText };
    const result = await handler(event as unknown as LambdaFunctionURLEvent);
    return typeof result === 'string' ? 200 : (result.statusCode ?? 200);
  };
}
