// The Console on the deployed vault: a person signs in at the user pool, sees the log, reveals a value and a picture, and is in the audit log.

import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DecryptCommand, GetPublicKeyCommand, paginateListKeys } from '@aws-sdk/client-kms';
import { GetCommand, PutCommand, QueryCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { blobs } from '../../client/blobs/index.ts';
import { awsClients, openStack } from '../../client/cli/open-vault.ts';
import { apiToken, Daykey } from '../../client/sdk/index.ts';
import { clientFor } from '../../local/emulator-client.ts';
import { opening, openMessage } from '../../wire/cobblestone.ts';
import { userWith } from '../attacks/deployed/attacker.ts';
import { present } from '../support/envelope.ts';
import { atTerminal } from '../support/operator.ts';
import { actingAs, outcomeOf } from '../support/roles.ts';
import { ask, documents, integrationNamed, questionBehind, unique } from '../support/vault.ts';

const REASON = 'A customer asks for her own data';

/** A browser: its cookies, and requests to the Console as its page makes them. */
interface Visitor {
  csrf: string;
  get(path: string, query?: Record<string, string>): Promise<{ status: number; body: Record<string, unknown> }>;
  post(path: string, body: object): Promise<{ status: number; body: Record<string, unknown> }>;
}

const own = () => present(inject('vault').console);

/** Signs the person of the local vault in, as a browser would: by the form of the user pool. */
async function signedIn(): Promise<Visitor> {
  const cookies = new Map<string, string>();
  const visit = async (url: string, init: RequestInit = {}) => {
    const cookie = Array.from(cookies, (pair) => pair.join('=')).join('; ');
    const isConsole = url.startsWith(own().url);
    const headers = { ...init.headers, ...(isConsole ? { cookie } : {}) };
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const set of isConsole ? response.headers.getSetCookie() : []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      if (value === '') cookies.delete(name);
      else cookies.set(name, value);
    }
    return response;
  };
  const redirectOf = (response: Response) => new URL(response.headers.get('location') ?? '', response.url).href;
  let page = await visit(`${own().url}/sign-in`);
  while (page.status >= 300 && page.status < 400) page = await visit(redirectOf(page));
  const form = await page.text();
  const hidden = [...form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)];
  const fields = new URLSearchParams();
  for (const [, name = '', value = ''] of hidden) fields.set(name, unescaped(value));
  fields.set('username', own().person);
  fields.set('password', own().password);
  let answer = await visit(new URL('/login', page.url).href, { method: 'POST', body: fields });
  while (answer.status >= 300 && answer.status < 400) answer = await visit(redirectOf(answer));
  expect(answer.status).toBe(200);

  const json = async (response: Response) => ({
    status: response.status,
    body: (await response.json()) as Record<string, unknown>,
  });
  const visitor: Visitor = {
    csrf: '',
    get: async (path, query = {}) => json(await visit(`${own().url}/${path}?${new URLSearchParams(query)}`)),
    post: async (path, body) => {
      const headers = { 'Content-Type': 'application/json', 'x-daykey-csrf': visitor.csrf };
      return json(await visit(`${own().url}/${path}`, { method: 'POST', headers, body: JSON.stringify(body) }));
    },
  };
  const session = await visitor.get('api/session');
  visitor.csrf = String(session.body.csrf);
  return visitor;
}

function unescaped(html: string): string {
  return html.replaceAll('&quot;', '"').replaceAll('&#x27;', "'").replaceAll('&lt;', '<').replaceAll('&amp;', '&');
}

interface Row {
  readonly position: string;
  readonly type: string;
  readonly fields: readonly { readonly pointer: string; readonly outcome: string }[];
}

let visitor: Visitor;
let consoleTable: string;
beforeAll(async () => {
  visitor = await signedIn();
  const cloudFormation = new CloudFormationClient(clientFor(inject('endpoint')));
  const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName: 'Daykey' }));
  consoleTable = present(Stacks[0]?.Outputs?.find(({ OutputKey }) => OutputKey === 'ConsoleTable')?.OutputValue);
});

/** Rows of the newest page, of one type. */
async function rowsOf(type: string): Promise<Row[]> {
  const { status, body } = await visitor.get('api/log', { app: 'shop', type });
  expect(status).toBe(200);
  return body.rows as Row[];
}

/** Sends a form whose type no other test uses. */
async function sendForm(email: string, more: object = {}): Promise<{ type: string; row: Row }> {
  const type = unique('form');
  const entry = { type, user: { type: 'user' }, data: { email }, ...more };
  const { status } = await ask('web', 'incoming', { entry, thread: { mode: 'prechat' }, subject: type });
  expect(status).toBe(200);
  return { type, row: present((await rowsOf(type))[0]) };
}

describe('a person who has signed in at the user pool', () => {
  test('sees the apps of the group, and no other', async () => {
    const { body } = await visitor.get('api/session');
    expect(body).toMatchObject({ name: own().person, apps: ['shop'] });
    expect((await visitor.get('api/log', { app: 'clinic' })).status).toBe(403);
  });

  test('sees an entry with stars, reveals its value with a reason, and is in the audit log before', async () => {
    const { row } = await sendForm('maya@example.org');
    expect(JSON.stringify(row)).not.toMatch(/maya|dk2_/);
    expect(row.fields).toEqual([{ pointer: '/data/email', outcome: 'sealed' }]);
    const reveal = { app: 'shop', position: row.position, field: 0, reason: REASON };
    const { body } = await visitor.post('api/reveal', reveal);
    expect(body.revealed).toMatchObject({ status: 'ok', value: 'maya@example.org' });
    const day = new Date().toISOString().slice(0, 10);
    const { body: audit } = await visitor.get('api/reveals', { app: 'shop', day });
    expect(audit.reveals).toContainEqual(
      expect.objectContaining({ person: own().person, reason: REASON, isOwn: true }),
    );
    const refused = await visitor.post('api/reveal', { ...reveal, app: 'clinic' });
    expect(refused.status).toBe(403);
  });

  test('gets what opens a picture of the log, and the bucket gives its page the ciphertext', async () => {
    const { app, token } = integrationNamed('web');
    const vault = new Daykey({ app, url: inject('vault').url, identity: apiToken(token ?? '') });
    const content = randomBytes(20_000);
    const blob = await blobs(vault).sealBlob(content);
    const said = { type: 'image.share', data: { mediaType: 'image/png' } };
    await vault.incoming(said, { blob });
    const [row] = await rowsOf('image.share');
    const place = { app: 'shop', position: present(row).position, field: 0 };
    const { body } = await visitor.post('api/reveal', { ...place, reason: REASON });
    const { status, blob: opened } = body.revealed as { status: string; blob: Record<string, string> };
    expect(status).toBe('blob');
    const sealed = Buffer.from(await (await fetch(present(opened.url))).arrayBuffer());
    const [key, context] = [opened.key, opened.context].map((text) => Buffer.from(present(text), 'base64url'));
    const message = openMessage(present(key), sealed.subarray(0, 56), present(context));
    const chunks = opening(message, { firstChunk: 0, isAtEnd: true });
    const parts = [...chunks.push(sealed.subarray(56))].map((part) => Buffer.from(part));
    expect(Buffer.concat([...parts, ...chunks.end()]).equals(content)).toBe(true);
  });

  test('lists the keys of an app', async () => {
    const { body } = await visitor.get('api/keys', { app: 'shop' });
    expect(body.keys).toContainEqual(expect.objectContaining({ state: 'ready' }));
  });

  test('no longer sees an entry once its subject is erased', async () => {
    const { type, row } = await sendForm('erika@example.org');
    expect((await ask('desk', 'erase', { subject: type })).status).toBe(200);
    expect(await rowsOf(type)).toEqual([]);
    const gone = await visitor.post('api/reveal', { app: 'shop', position: row.position, field: 0, reason: REASON });
    expect(gone.body.revealed).toMatchObject({ status: 'redacted' });
  });
});

test('a person of the user pool loses sight of an app whose viewers change', async () => {
  const app = unique('cli');
  const folder = mkdtempSync(join(tmpdir(), 'daykey-viewers-'));
  const client = clientFor(inject('endpoint'));
  const daykey = atTerminal({ openVault: () => openStack(awsClients(client), 'Daykey') });
  const showTo = async (viewers: readonly string[]) => {
    const file = join(folder, 'apps.json');
    const own = { integrations: { web: { kind: 'messaging' } }, console: { viewers } };
    writeFileSync(file, JSON.stringify({ apps: { [app]: own } }));
    expect(await daykey('app', 'put', file)).toMatchObject({ code: 0 });
  };
  const status = async () => (await visitor.get('api/log', { app })).status;
  const listed = async () => (await visitor.get('api/apps', { beginning: app })).body.apps;
  try {
    await showTo(['doctors', 'support']);
    expect(await listed()).toEqual([app]);
    await expect.poll(status, { timeout: 15_000 }).toBe(200);
    const { stdout } = await daykey('app', 'show', app);
    expect(JSON.parse(stdout).settings.console.viewers).toEqual(['doctors', 'support']);
    await showTo(['doctors']);
    expect(await listed()).toEqual([]);
    await expect.poll(status, { timeout: 65_000, interval: 1000 }).toBe(403);
  } finally {
    await daykey('app', 'retire', app);
    rmSync(folder, { recursive: true, force: true });
  }
}, 180_000);

test('without a session, and with a session that was signed out, nothing is answered', async () => {
  expect((await fetch(`${own().url}/api/log?app=shop`)).status).toBe(401);
  const other = await signedIn();
  expect((await other.get('api/session')).status).toBe(200);
  expect((await other.post('sign-out', {})).status).toBe(200);
  expect((await other.get('api/session')).status).toBe(401);
});

describe('what the log has sealed', () => {
  /** A row as it lies in the table, and the key that its own key is wrapped with. */
  async function storedRow(): Promise<{ wrappedKey: Uint8Array; logKeyArn: string; pk: string; sk: string }> {
    const { row } = await sendForm('secret@example.org');
    const { Items = [] } = await documents().send(new ScanCommand({ TableName: consoleTable, ConsistentRead: true }));
    const item = present(Items.find(({ sk }) => sk === row.position));
    expect(JSON.stringify(item)).not.toMatch(/secret@|dk2_/);
    const root = await userWith(['kms:*']);
    for await (const { Keys = [] } of paginateListKeys({ client: root.kms }, {})) {
      for (const { KeyArn = '' } of Keys) {
        const { KeySpec } = await root.kms
          .send(new GetPublicKeyCommand({ KeyId: KeyArn }))
          .catch(() => ({ KeySpec: '' }));
        if (KeySpec === 'RSA_2048')
          return { ...(item as { pk: string; sk: string; wrappedKey: Uint8Array }), logKeyArn: KeyArn };
      }
    }
    throw new Error('the stack has no log key');
  }
  const unwrap = ({ wrappedKey, logKeyArn }: { wrappedKey: Uint8Array; logKeyArn: string }) =>
    new DecryptCommand({ KeyId: logKeyArn, CiphertextBlob: wrappedKey, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' });

  test('opens for the role of the Console, and for no writer of the log and no one with kms:* by identity', async () => {
    const row = await storedRow();
    const outcome = async (kms: Awaited<ReturnType<typeof actingAs>>['kms']) => outcomeOf(() => kms.send(unwrap(row)));
    expect(await outcome((await actingAs('console')).kms)).toBe('done');
    expect(await outcome((await userWith(['kms:*'])).kms)).toBe('denied');
    for (const role of ['encrypt', 'decrypt', 'erase', 'sweep']) {
      expect([role, await outcome((await actingAs(role)).kms)]).toEqual([role, 'denied']);
    }
  });

  test('is read by neither encrypt nor decrypt, and the Console reads no bundle, slot or audit row of requests', async () => {
    const { pk, sk } = await storedRow();
    const read = new GetCommand({ TableName: consoleTable, Key: { pk, sk } });
    for (const role of ['encrypt', 'decrypt']) {
      const { documents: tables } = await actingAs(role);
      expect([role, await outcomeOf(() => tables.send(read))]).toEqual([role, 'denied']);
    }
    const { refs } = (await ask('web', 'encrypt', { fields: { value: 'x' } })).body as { refs: { value: string } };
    const { item, question } = await questionBehind(refs.value);
    const { documents: tables, kms } = await actingAs('console');
    const { vault, ring } = inject('vault').tables;
    const bundle = { pk: String(item.pk), sk: String(item.sk) };
    const inPartition = (TableName: string, partition: string) =>
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': partition },
      });
    const outcomes = [
      await outcomeOf(() => tables.send(new GetCommand({ TableName: vault, Key: bundle }))),
      await outcomeOf(() => tables.send(inPartition(ring, 'slots#shop'))),
      await outcomeOf(() => tables.send(new PutCommand({ TableName: consoleTable, Item: { pk, sk } }))),
      await outcomeOf(() => kms.send(new DecryptCommand(question))),
    ];
    expect(outcomes).toEqual(['denied', 'denied', 'denied', 'denied']);
    expect(await outcomeOf(() => tables.send(read))).toBe('done');
  });
});
