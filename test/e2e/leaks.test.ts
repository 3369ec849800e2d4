// Canaries: what must never be written down is looked for in everything that was, in every spelling.

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  CloudWatchLogsClient,
  CreateLogStreamCommand,
  PutLogEventsCommand,
  paginateDescribeLogGroups,
  paginateFilterLogEvents,
} from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient, paginateListTables } from '@aws-sdk/client-dynamodb';
import { DecryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { DeleteCommand, PutCommand, paginateScan } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { clientFor } from '../../local/emulator-client.ts';
import { newApiToken } from '../../vault/domain/api-token.ts';
import { aesKey, gcmOpen } from '../../vault/domain/envelope/aes-gcm.ts';
import { associatedData } from '../../vault/domain/envelope/associated-data.ts';
import { deriveFromDek, deriveFromRefKek } from '../../vault/domain/envelope/derive.ts';
import { INNER_WRAP_BYTES } from '../../vault/domain/envelope/field.ts';
import { parseRef } from '../../vault/domain/envelope/ref.ts';
import { formatAwsIdentity, parseAwsIdentity } from '../../wire/aws-identity.ts';
import { present } from '../support/envelope.ts';
import { assumed, headerOf } from '../support/roles.ts';
import { spellingsOf } from '../support/spellings.ts';
import {
  ask,
  bearerOf,
  documents,
  integrationNamed,
  invoked,
  opened,
  questionBehind,
  rest,
  sealed,
  unique,
} from '../support/vault.ts';

const STACK = 'Daykey';
/** With a character that JSON escapes, one that UTF-8 writes in more bytes, and nothing that occurs by chance. */
const PLAINTEXT = unique('maya "canary" ü');
const SUBJECT = unique('thread-canary');
const FIELD_NAME = unique('field-canary');
const BAD_API_TOKEN = newApiToken();
const BAD_HEADER = unique('Bearer canary');
const FORGED_SIGNATURE = randomBytes(32).toString('hex');

/** Everything that may not be found, by what it is. */
const canaries = new Map<string, string | Buffer>();

const logs = () => new CloudWatchLogsClient(clientFor(inject('endpoint')));

beforeAll(async () => {
  const { refs } = await sealed({ [FIELD_NAME]: PLAINTEXT }, { subject: SUBJECT });
  const token = present(refs[FIELD_NAME]);
  await opened(refs);
  const event = { authorization: bearerOf('desk'), app: 'shop', operation: 'decrypt', body: { refs } };
  await invoked('decrypt', 'direct', event);
  const role = await assumed(present(integrationNamed('warehouse').roleArn));
  const asRole = await headerOf(role);
  await rest({ path: '/v1/apps/shop/decrypt', authorization: asRole, body: { refs } });
  await invoked('decrypt', 'direct', { ...event, authorization: asRole });
  const forged = formatAwsIdentity({ ...present(parseAwsIdentity(asRole)), signature: FORGED_SIGNATURE });
  await rest({ path: '/v1/apps/shop/decrypt', authorization: forged, body: { refs } });
  await badRequests(token);

  canaries.set('the plaintext', PLAINTEXT);
  canaries.set('the name of the field', FIELD_NAME);
  canaries.set('the subject', SUBJECT);
  canaries.set('the ref', token);
  canaries.set('the ref KEK', present(parseRef(token)).refKek);
  for (const [what, secret] of Object.entries(await keysBehind(token))) canaries.set(what, secret);
  for (const name of ['web', 'desk', 'analytics'])
    canaries.set(`the API token of ${name}`, present(integrationNamed(name).token));
  canaries.set('the signed identity of a role', asRole);
  canaries.set('the session token of a role', present(role.sessionToken));
  canaries.set('the signature of a role', present(parseAwsIdentity(asRole)).signature);
  canaries.set('a signature that is none', FORGED_SIGNATURE);
  canaries.set('an API token that is none', BAD_API_TOKEN);
  canaries.set('a header that is none', BAD_HEADER);
});

/** Every way to be refused, each with secrets in it. */
async function badRequests(token: string): Promise<void> {
  const fields = { [FIELD_NAME]: PLAINTEXT };
  const refs = { [FIELD_NAME]: token };
  const asText = JSON.stringify({ fields });
  await Promise.all([
    ask('web', 'encrypt', asText.slice(0, -1)),
    ask('web', 'encrypt', asText.replace('{', `{"${FIELD_NAME}":1e400,`)),
    ask('web', 'encrypt', { fields, [PLAINTEXT]: PLAINTEXT }),
    ask('web', 'encrypt', { fields, ttlSeconds: 1, subject: SUBJECT }),
    ask('web', 'encrypt', { fields: { [FIELD_NAME]: { $sensitive: PLAINTEXT } } }),
    ask('web', 'encrypt', { fields: { [FIELD_NAME]: PLAINTEXT.padEnd(300_000) } }),
    ask('web', 'encrypt', asText, { contentType: 'text/plain' }),
    ask('web', 'encrypt', asText, { app: 'clinic' }),
    ask('web', 'decrypt', asText),
    ask('analytics', 'decrypt', { refs }),
    ask('clinic-desk', 'decrypt', { refs }),
    ask('desk', 'decrypt', { refs: { [FIELD_NAME]: `${token}x`, other: PLAINTEXT } }),
    rest({ path: '/v1/apps/shop/encrypt', body: asText, authorization: `Bearer ${BAD_API_TOKEN}` }),
    rest({ path: '/v1/apps/shop/encrypt', body: asText, authorization: BAD_HEADER }),
    rest({ path: '/v1/apps/shop/unknown', body: asText, authorization: bearerOf('web') }),
    invoked('encrypt', 'direct', { authorization: BAD_HEADER, app: PLAINTEXT, operation: 'encrypt', body: { fields } }),
    invoked('encrypt', 'direct', { authorization: bearerOf('web'), app: 'shop', operation: PLAINTEXT, body: fields }),
    invoked('encrypt', 'direct', PLAINTEXT),
    invoked('decrypt', 'rest', { headers: { Authorization: BAD_HEADER }, body: asText }),
    invoked('decrypt', 'canary', { holder: { app: PLAINTEXT }, slot: 0, wrapped: token }),
  ]);
}

/** The keys under a ref: here root gets at them, because the emulator's root is bound by no key policy. */
async function keysBehind(token: string): Promise<Record<string, Buffer>> {
  const { bundle, question } = await questionBehind(token);
  const { refId, index, refKek } = present(parseRef(token));
  const { wrapKey } = deriveFromRefKek(refKek, refId, index);
  const { Plaintext } = await new KMSClient(clientFor(inject('endpoint'))).send(new DecryptCommand(question));
  const innerWrap = Buffer.from(present(Plaintext)).subarray(0, INNER_WRAP_BYTES);
  const { app, pool, slot, createdAtS } = bundle;
  const data = associatedData('daykey/v2/dek', { app, pool, slot, createdAtS, refId, index });
  const dek = present(gcmOpen(aesKey(wrapKey), innerWrap, data));
  return {
    'the wrap key': wrapKey,
    'the DEK': dek,
    'the key derived from it': deriveFromDek(dek, refId).key,
    'the inner wrap': innerWrap,
  };
}

/** All that was written down, by where. */
async function everythingWritten(): Promise<Map<string, Buffer>> {
  const written = new Map<string, Buffer>();
  for await (const { TableNames = [] } of paginateListTables(
    { client: new DynamoDBClient(clientFor(inject('endpoint'))) },
    {},
  )) {
    for (const TableName of TableNames.filter((name) => name.startsWith(`${STACK}-`))) {
      written.set(`table ${TableName}`, await tableBytes(TableName));
    }
  }
  for await (const { logGroups = [] } of paginateDescribeLogGroups({ client: logs() }, {})) {
    for (const { logGroupName = '' } of logGroups) written.set(`log ${logGroupName}`, await logBytes(logGroupName));
  }
  const file = inject('emulatorLog');
  // It does not print requests, so all of it may be searched: what the Lambdas print is in it.
  if (file !== '') written.set('output of the emulator', readFileSync(file));
  return written;
}

/** Items as JSON, and their binary attributes as the bytes that they are. */
async function tableBytes(TableName: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const { Items = [] } of paginateScan({ client: documents() }, { TableName, ConsistentRead: true })) {
    const texts = JSON.stringify(Items, (_, value: unknown) => {
      if (!(value instanceof Uint8Array)) return value;
      parts.push(Buffer.from(value), Buffer.from('\n'));
      return Buffer.from(value).toString('base64');
    });
    parts.push(Buffer.from(texts));
  }
  return Buffer.concat(parts);
}

async function logBytes(logGroupName: string): Promise<Buffer> {
  const messages: string[] = [];
  for await (const { events = [] } of paginateFilterLogEvents({ client: logs() }, { logGroupName })) {
    messages.push(...events.map(({ message = '' }) => message));
  }
  return Buffer.from(messages.join('\n'));
}

/** Where any spelling of the secret was written down. */
function placesOf(secret: string | Buffer, written: ReadonlyMap<string, Buffer>): string[] {
  const spellings = spellingsOf(secret);
  return [...written]
    .filter(([, bytes]) => spellings.some((spelled) => bytes.includes(spelled)))
    .map(([place]) => place);
}

test('nothing that opens a value, and no value, is in a table, in a log or in any output', async () => {
  const written = await everythingWritten();
  expect(canaries.size).toBe(18);
  const found = [...canaries].map(([what, secret]) => [what, placesOf(secret, written)]);
  expect(found).toEqual([...canaries.keys()].map((what) => [what, []]));
});

test('what was searched holds the tables, the logs of the functions and what they said of these requests', async () => {
  const written = await everythingWritten();
  const tables = [...written.keys()].filter((place) => place.startsWith('table '));
  expect(tables).toEqual(expect.arrayContaining(Object.values(inject('vault').tables).map((name) => `table ${name}`)));
  for (const name of ['Encrypt', 'Decrypt', 'Authorizer']) {
    const bytes = [...written].find(([place]) => place.startsWith('log ') && place.includes(name))?.[1];
    expect(bytes?.length).toBeGreaterThan(1000);
  }
  expect(placesOf('ref-not-allowed', written).filter((place) => place.startsWith('log '))).not.toEqual([]);
});

// The positive control: the same search, with something to find.
describe('a canary that was written down on purpose', () => {
  const planted = unique('planted "canary" ü');
  const ring = () => inject('vault').tables.ring;
  const Key = { pk: 'planted', sk: 'canary' };

  beforeAll(async () => {
    await documents().send(
      new PutCommand({ TableName: ring(), Item: { ...Key, note: [{ bytes: Buffer.from(`..${planted}..`) }] } }),
    );
  });
  afterAll(async () => {
    await documents().send(new DeleteCommand({ TableName: ring(), Key }));
  });

  test('is found in the bytes of a table', async () => {
    expect(placesOf(planted, await everythingWritten())).toEqual([`table ${ring()}`]);
  });

  test('is found in a log', async () => {
    const logged = unique('logged');
    const written = await everythingWritten();
    const place = present([...written.keys()].find((name) => name.startsWith('log ')));
    const stream = { logGroupName: place.slice('log '.length), logStreamName: unique('canary').replaceAll(':', '') };
    await logs().send(new CreateLogStreamCommand(stream));
    const message = JSON.stringify({ said: Buffer.from(logged).toString('base64url') });
    await logs().send(new PutLogEventsCommand({ ...stream, logEvents: [{ timestamp: Date.now(), message }] }));
    expect(placesOf(logged, await everythingWritten())).toEqual([place]);
  });

  test.each<[string, (text: string) => string]>([
    ['as it is', (text) => text],
    ['in JSON', (text) => JSON.stringify({ said: text })],
    ['in JSON in JSON', (text) => JSON.stringify(JSON.stringify(text))],
    ['in hex', (text) => Buffer.from(text).toString('hex')],
    ['in base64', (text) => Buffer.from(text).toString('base64')],
    ['in base64, after a byte', (text) => Buffer.from(`.${text}`).toString('base64')],
    ['in base64, between bytes', (text) => Buffer.from(`..${text}.....`).toString('base64')],
    ['in base64url, in the middle', (text) => Buffer.from(`?????${text}??`).toString('base64url')],
    ['percent-encoded', (text) => encodeURIComponent(text)],
  ])('is found when it is written %s', (_, spelled) => {
    expect(placesOf(planted, new Map([['here', Buffer.from(`before ${spelled(planted)} after`)]]))).toEqual(['here']);
    expect(placesOf(unique('another'), new Map([['here', Buffer.from(spelled(planted))]]))).toEqual([]);
  });
});
