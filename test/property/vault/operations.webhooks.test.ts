// Bodies of webhooks through every edge of the vault and back: nothing comes back changed.

import { isUtf8 } from 'node:buffer';
import { beforeAll, expect, test } from 'vitest';
import { type Daykey, DaykeyProblem, type Entry } from '../../../client/sdk/index.ts';
import { testingVault } from '../../../client/testing/index.ts';
import { type LambdaVault, lambdaVault } from '../../support/lambda-vault.ts';
import { directEvent, restEvent } from '../../support/requests.ts';
import { WEBHOOKS } from '../../support/webhooks.ts';
import { direct, overRest } from '../../unit/client/sdk/callers.ts';

type Verb = 'encrypt' | 'decrypt' | 'incoming' | 'outgoing';

/** Sends the JSON text of a request body; the body of the answer. Rejects with the `code` of a refusal. */
type Send = (verb: Verb, body: string) => Promise<Record<string, unknown>>;

interface Way {
  readonly send: Send;
  /** Whether the vault sees the text of a body. Otherwise its caller has parsed the text, and sends what came of that. */
  readonly isText: boolean;
}

const ways = new Map<string, Way>();
let vault: LambdaVault;

beforeAll(async () => {
  vault = await lambdaVault();
  const kit = await testingVault({ apps: { shop: { integrations: { desk: { kind: 'customer-support' } } } } });
  ways.set('REST', { isText: true, send: (verb, body) => rest(verb, body, false) });
  ways.set('REST in Base64', { isText: true, send: (verb, body) => rest(verb, body, true) });
  ways.set('direct text', { isText: true, send: (verb, body) => directly(verb, body) });
  ways.set('direct JSON', { isText: false, send: (verb, body) => directly(verb, JSON.parse(body)) });
  ways.set('the SDK over REST', { isText: false, send: bySdk(overRest(vault)) });
  ways.set('the SDK directly', { isText: false, send: bySdk(direct(vault)) });
  ways.set('the kit', { isText: false, send: bySdk(kit.as('shop', 'desk')) });
});

test('the corpus is broad: senders, numbers, texts, structures, forms and bytes', () => {
  expect(WEBHOOKS.length).toBeGreaterThan(100);
  expect(new Set(WEBHOOKS.map(({ name }) => name)).size).toBe(WEBHOOKS.length);
  for (const sender of ['twilio', 'whatsapp', 'messenger', 'slack', 'telegram', 'intercom', 'zendesk']) {
    expect(WEBHOOKS.filter(({ name }) => name.startsWith(`${sender}: `)).length).toBeGreaterThanOrEqual(3);
  }
});

test.each(WEBHOOKS)('$name comes back byte by byte, sealed as text, by every way', async ({ bytes }) => {
  const text = JSON.stringify(isUtf8(bytes) ? bytes.toString() : bytes.toString('base64'));
  for (const [way, { send }] of ways) {
    for (const opened of [await throughEntry(send, text), await throughField(send, text)]) {
      expect(Buffer.from(String(opened), isUtf8(bytes) ? 'utf8' : 'base64').equals(bytes), way).toBe(true);
    }
  }
});

test.each(WEBHOOKS.filter(({ asJson }) => asJson !== 'none'))(
  '$name comes back value by value as JSON, or is refused, by every way',
  async ({ bytes, asJson }) => {
    const text = bytes.toString();
    for (const [way, { send, isText }] of ways) {
      for (const through of [throughEntry, throughField]) {
        const opened = await through(send, text).catch((error: unknown) => {
          if (isRefusal(error)) return error;
          throw error;
        });
        // What the caller's own parser changed, no vault can see.
        const isRefused = asJson === 'refused' && (isText || isRefusal(opened));
        if (isRefused) expect(isRefusal(opened), way).toBe(true);
        else expect(JSON.stringify(opened), way).toBe(JSON.stringify(JSON.parse(text)));
      }
    }
  },
);

/** A value as the body of an HTTP request that comes in and goes out. */
async function throughEntry(send: Send, json: string): Promise<unknown> {
  const sealed = await send('incoming', `{"entry":{"type":"http.request","data":{"method":"POST","body":${json}}}}`);
  const { entry } = sealed as { entry: { data: { body: unknown } } };
  expect(Object.keys(Object(entry.data.body))).toEqual(['$sensitive']);
  const { entry: opened } = (await send('outgoing', JSON.stringify({ entry }))) as { entry: typeof entry };
  expect(opened).toMatchObject({ type: 'http.request', data: { method: 'POST' } });
  return opened.data.body;
}

/** A value as a field. */
async function throughField(send: Send, json: string): Promise<unknown> {
  const { refs } = await send('encrypt', `{"fields":{"body":${json}}}`);
  const { values } = (await send('decrypt', JSON.stringify({ refs }))) as { values: { body: { value: unknown } } };
  return values.body.value;
}

function isRefusal(error: unknown): boolean {
  return error instanceof DaykeyProblem && !error.isTransient;
}

async function rest(operation: Verb, body: string, isBase64Encoded: boolean): Promise<Record<string, unknown>> {
  const event = restEvent({ operation, authorization: vault.authorizationOf('desk'), body });
  const text = isBase64Encoded ? Buffer.from(body).toString('base64') : body;
  return success(await vault.rest(operation, { ...event, body: text, isBase64Encoded }));
}

async function directly(operation: Verb, body: unknown): Promise<Record<string, unknown>> {
  const event = directEvent({ operation, authorization: vault.authorizationOf('desk'), body });
  // As Lambda's runtime delivers it.
  return success(await vault.direct(operation, JSON.parse(JSON.stringify(event))));
}

function success({ status, body }: { status: number; body: unknown }): Record<string, unknown> {
  if (status === 200) return body as Record<string, unknown>;
  const { code, detail } = body as { code: 'invalid-json'; detail: string };
  throw new DaykeyProblem(code, detail, { status });
}

function bySdk(sdk: Daykey): Send {
  return async (verb, body) => {
    const { entry, fields, refs } = JSON.parse(body) as Record<string, never>;
    switch (verb) {
      case 'encrypt':
        return { refs: (await sdk.encrypt(fields ?? {})).refs };
      case 'decrypt': {
        const { body: opened } = await sdk.decrypt(refs as unknown as { body: string });
        return { values: { body: { value: opened?.status === 'ok' ? opened.value.reveal() : undefined } } };
      }
      case 'incoming':
        return { entry: (await sdk.incoming(entry as unknown as Entry)).entry };
      case 'outgoing':
        return { entry: (await sdk.outgoing(entry)).entry };
    }
  };
}
