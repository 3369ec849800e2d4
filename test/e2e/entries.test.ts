// Entries through the deployed vault: in from one integration, out to others.

import { paginateScan } from '@aws-sdk/lib-dynamodb';
import { expect, inject, test } from 'vitest';
import { ask, documents, integrationNamed, invoked, unique } from '../support/vault.ts';

const AGENT = { thread: { mode: 'agent' } };

async function sealedEntry(text: string, integration = 'web') {
  const entry = { type: 'text.say', data: { text, lang: 'en' } };
  const { status, body } = await ask(integration, 'incoming', { entry, ...AGENT });
  expect(status).toBe(200);
  return { entry, sealed: (body as { entry: unknown }).entry };
}

test('what comes in sensitive is stored nowhere as plaintext, and goes out as plaintext to integrations that may get it', async () => {
  const text = unique('canary');
  const { entry, sealed } = await sealedEntry(text);
  expect(JSON.stringify(sealed)).not.toContain(text);
  for await (const { Items } of paginateScan({ client: documents() }, { TableName: inject('vault').tables.vault })) {
    expect(Buffer.from(JSON.stringify(Items)).includes(text)).toBe(false);
  }
  expect((await ask('desk', 'outgoing', { entry: sealed })).body).toEqual({
    entry,
    opened: ['/data/text'],
    redacted: [],
    blobs: [],
  });
  expect((await ask('analytics', 'outgoing', { entry: sealed })).body).toEqual({
    entry: { ...entry, data: { ...entry.data, text: '★★★★★' } },
    opened: [],
    redacted: ['/data/text'],
    blobs: [],
  });
});

test('in bot mode an event stays as it is', async () => {
  const entry = { type: 'text.say', data: { text: 'hello' } };
  const { body } = await ask('web', 'incoming', { entry, thread: { mode: 'bot' } });
  expect(body).toEqual({ entry, sensitive: false, sealed: [] });
});

test('a ref from outside is refused, one from a component stays as it is', async () => {
  const { sealed } = await sealedEntry('hello');
  const { status, body } = await ask('web', 'incoming', { entry: sealed, ...AGENT });
  expect({ status, body }).toMatchObject({ status: 400, body: { code: 'ref-not-allowed' } });
  const own = await ask('bot', 'incoming', { entry: sealed, ...AGENT });
  expect(own.body).toMatchObject({ entry: sealed, sealed: [] });
});

test('directly, the answers are those of REST', async () => {
  const { token, app } = integrationNamed('desk');
  const { sealed, entry } = await sealedEntry('hello');
  const payload = { authorization: `Bearer ${token}`, app, operation: 'outgoing', body: { entry: sealed } };
  expect((await invoked('outgoing', 'direct', payload)).body).toEqual({
    status: 200,
    body: { entry, opened: ['/data/text'], redacted: [], blobs: [] },
  });
  expect((await invoked('incoming', 'direct', payload)).body).toMatchObject({ status: 400 });
});
