// Whole lives of data and keys in real time, on a separate stack whose cycle is a minute.

import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DecryptCommand, DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { dynamoKeyRing } from '../../lambda/dynamo/key-ring.ts';
import { kmsKeyMaker } from '../../lambda/kms/key-maker.ts';
import { deploy, synthesise } from '../../local/deploy.ts';
import { clientFor } from '../../local/emulator-client.ts';
import type { LocalVault } from '../../local/local-vault.ts';
import { bucketAt, bucketRefusedFromS } from '../../vault/domain/kek-life/bucket.ts';
import type { DecryptedField, DecryptResponse } from '../../wire/decrypt.ts';
import type { EncryptResponse } from '../../wire/encrypt.ts';
import { present } from '../support/envelope.ts';
import { actingAs, outcomeOf } from '../support/roles.ts';
import { taggedKeysBeside } from '../support/tagged-keys.ts';
import { questionBehind } from '../support/vault.ts';

const STACK = 'DaykeyBrief';
const APP = 'brief';
const ROOT = join(import.meta.dirname, '../..');
const CYCLE_S = 60;
const TTL_S = 60;
// Four cycles see three rotations wherever in its slot the run begins.
const LOAD_S = 4 * CYCLE_S;
const BETWEEN_REQUESTS_MS = 500;
/** The sweeper runs every minute, and may just have run. */
const SWEPT_WITHIN_S = 120;

interface Written {
  readonly token: string;
  readonly value: string;
  readonly expiresAtMs: number;
  readonly writtenAtMs: number;
}

interface Read {
  readonly written: Written;
  readonly beganAtMs: number;
  readonly endedAtMs: number;
  readonly field: DecryptedField;
}

let vault: LocalVault;
let folder: string;
const written: Written[] = [];
const refused: unknown[] = [];
const reads: Read[] = [];

async function call<Answer>(operation: string, body: object): Promise<Answer> {
  const response = await fetch(`${vault.url}/v1/apps/${APP}/${operation}`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Authorization: `Bearer ${present(vault.integrations['brief-web']).token}`,
    },
    body: JSON.stringify(body),
  });
  const answer: unknown = await response.json();
  if (response.status !== 200) throw new Error(`${operation} answered ${response.status}: ${JSON.stringify(answer)}`);
  return answer as Answer;
}

async function write(): Promise<void> {
  const value = `value ${written.length}`;
  const { refs, expiresAt } = await call<EncryptResponse>('encrypt', { fields: { value }, ttlSeconds: TTL_S });
  written.push({ token: present(refs.value), value, expiresAtMs: Date.parse(expiresAt), writtenAtMs: Date.now() });
}

async function read(which: Written): Promise<void> {
  const beganAtMs = Date.now();
  const { values } = await call<DecryptResponse>('decrypt', { refs: { value: which.token } });
  reads.push({ written: which, beganAtMs, endedAtMs: Date.now(), field: present(values.value) });
}

const documents = () => DynamoDBDocumentClient.from(new DynamoDBClient(clientFor(inject('endpoint'))));
const kms = () => new KMSClient(clientFor(inject('endpoint')));
const slots = async () => (await dynamoKeyRing(documents(), vault.tables.ring).read(APP))?.slots ?? [];

/** What KMS answers to the deployed roles' own credentials about one bundle, around the end of its bucket. */
interface RawOpenings {
  /** After the expiry, before the end of the bucket. */
  readonly expired: Readonly<Record<string, string>>;
  /** After the end of the bucket, before T2. */
  readonly ended: Readonly<Record<string, string>>;
}

let rawOpenings: Promise<RawOpenings>;

async function openRaw(): Promise<RawOpenings> {
  const [decrypt, encrypt] = await Promise.all(['decrypt', 'encrypt'].map((entry) => actingAs(entry, STACK)));
  // Only the first of the slot's three buckets ends before T2.
  const young = async () => (await slots()).find(({ state, slot }) => state === 'ready' && isYoung(slot));
  while ((await young()) === undefined) await sleep(1000);
  const endsAtMs = (Math.floor(Date.now() / 1000) + 5) * 1000;
  const notAfter = new Date(endsAtMs).toISOString();
  const { refs } = await call<EncryptResponse>('encrypt', { fields: { value: 'raw' }, notAfter });
  const { slot, bundle, question } = await questionBehind(present(refs.value), APP, vault.tables);
  const { x, ...withoutBucket } = question.EncryptionContext;
  const contexts = {
    right: question.EncryptionContext,
    'a later bucket': { ...withoutBucket, x: String(Number(x) + 1) },
    'no bucket of the slot': { ...withoutBucket, x: String(slot.bucketCount) },
    'no bucket': withoutBucket,
    'another app': { ...question.EncryptionContext, app: 'other' },
    'another slot': { ...question.EncryptionContext, slot: String(slot.slot + 60) },
  };
  const attempts = async () => {
    const outcomes = Object.entries(contexts).flatMap(([name, EncryptionContext]) =>
      Object.entries({ decrypt: present(decrypt), encrypt: present(encrypt) }).map(async ([role, actor]) => {
        const ask = new DecryptCommand({ ...question, EncryptionContext });
        return [`${role}: ${name}`, await outcomeOf(() => actor.kms.send(ask))] as const;
      }),
    );
    return Object.fromEntries(await Promise.all(outcomes));
  };
  await sleep(Math.max(0, endsAtMs + 500 - Date.now()));
  const expired = await attempts();
  const refusedFromS = bucketRefusedFromS(slot, present(bucketAt(slot, bundle.expiresAtS)));
  expect(refusedFromS).toBeLessThan(slot.decryptUntilS - 10);
  await sleep(Math.max(0, refusedFromS * 1000 + 1000 - Date.now()));
  const ended = await attempts();
  expect(Date.now()).toBeLessThan(slot.decryptUntilS * 1000);
  return { expired, ended };
}

function isYoung(slot: number): boolean {
  const ageS = Date.now() / 1000 - slot;
  return ageS >= 0 && ageS < 40;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'daykey-life-'));
  const deployment = {
    endpoint: inject('endpoint'),
    settings: 'test/support/short-life-settings.ts',
    stack: STACK,
    folder,
  };
  await synthesise(deployment);
  vault = await deploy(deployment);
  rawOpenings = openRaw();
  // It is awaited in its test.
  rawOpenings.catch(() => undefined);
  const untilMs = Date.now() + LOAD_S * 1000;
  let oldest = 0;
  while (Date.now() < untilMs) {
    await write().catch((error: unknown) => refused.push(error));
    // The newest, one on the verge of its expiry, and one in between.
    while (oldest < written.length - 1 && present(written[oldest]).expiresAtMs < Date.now() - 1500) oldest += 1;
    for (const index of new Set([written.length - 1, oldest, Math.floor((oldest + written.length) / 2)])) {
      const which = written[index];
      if (which) await read(which).catch((error: unknown) => refused.push(error));
    }
    await sleep(BETWEEN_REQUESTS_MS);
  }
}, 480_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('encryption and decryption never fail while keys rotate under constant load', async () => {
  expect(refused).toEqual([]);
  expect(written.length).toBeGreaterThan(100);
  const used = new Set((await slots()).filter(({ slot, state }) => state !== 'claimed' && slot * 1000 <= Date.now()));
  expect(used.size).toBeGreaterThanOrEqual(4);
});

test('a value opens up to its expiry, across rotations, and never from it on', async () => {
  for (const { written: which, beganAtMs, endedAtMs, field } of reads) {
    if (endedAtMs < which.expiresAtMs) expect(field).toMatchObject({ status: 'ok', value: which.value });
    if (beganAtMs >= which.expiresAtMs) expect(field).toEqual({ status: 'redacted', value: '★★★★★' });
  }
  const ends = (await slots()).map(({ endsAtS }) => endsAtS * 1000);
  const acrossRotation = reads.filter(
    ({ written: { writtenAtMs }, beganAtMs, field }) =>
      field.status === 'ok' && ends.some((endMs) => writtenAtMs < endMs && endMs < beganAtMs),
  );
  expect(acrossRotation.length).toBeGreaterThan(10);
  expect(reads.filter(({ field }) => field.status === 'redacted').length).toBeGreaterThan(10);
});

test('the roles of decrypt and encrypt, used outside of their functions: KMS opens a bundle to decrypt in its context, up to its bucket’s end', async () => {
  const { expired, ended } = await rawOpenings;
  const denied = Object.fromEntries(Object.keys(ended).map((attempt) => [attempt, 'denied']));
  expect(Object.keys(ended)).toHaveLength(12);
  // The policy allows the bucket, which has not ended. But the context is not the one that was authenticated.
  const refused = { ...denied, 'decrypt: a later bucket': 'InvalidCiphertextException' };
  expect(expired).toEqual({ ...refused, 'decrypt: right': 'done' });
  expect(ended).toEqual(refused);
});

test('what has expired is physically gone within two minutes', async () => {
  const left: unknown[] = [];
  const nowS = Date.now() / 1000;
  for await (const { Items = [] } of paginateScan({ client: documents() }, { TableName: vault.tables.vault })) {
    left.push(...Items.filter(({ expiresAt }) => Number(expiresAt) < nowS - SWEPT_WITHIN_S));
  }
  expect(left).toEqual([]);
});

test('a key past T2 is pending deletion, and its receipt is signed, counted and checked offline', async () => {
  // The first slot's T2 has come when the load ends; the rotator looks every minute.
  const isOver = async () => (await slots()).some(({ state }) => state === 'destroyed');
  for (let tries = 0; tries < 90 && !(await isOver()); tries += 1) await sleep(1000);
  const destroyed = (await slots()).filter(({ state }) => state === 'destroyed');
  expect(destroyed.length).toBeGreaterThan(0);
  for (const { keyArn, salt } of destroyed) {
    const { KeyMetadata } = await kms().send(new DescribeKeyCommand({ KeyId: present(keyArn) }));
    expect(KeyMetadata?.KeyState).toBe('PendingDeletion');
    expect(salt).toBeUndefined();
  }

  const aws = { AWS_ENDPOINT_URL: inject('endpoint'), AWS_REGION: 'us-east-1' };
  const saved = join(folder, 'receipts');
  await daykey(aws, 'receipts', 'save', '--app', APP, '--stack', STACK, '--to', saved);
  const files = readdirSync(saved).filter((file) => file.endsWith('.jws'));
  // Another slot's T2 may have come in the meantime.
  const known = await slots();
  expect(files.length).toBeGreaterThanOrEqual(destroyed.length);
  const offline = { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' };
  const checked = await daykey(
    offline,
    'receipts',
    'verify',
    '--json',
    '--key',
    join(saved, 'receipt-key.pem'),
    ...files.map((file) => join(saved, file)),
  );
  for (const line of checked.trim().split('\n')) {
    const { holds, receipt } = JSON.parse(line);
    expect({ holds, app: receipt.app, left: receipt.bundles.left }).toEqual({ holds: true, app: APP, left: 0 });
    const slot = present(known.find(({ slot: id }) => id === receipt.slot));
    expect(receipt.keyArn).toBe(slot.keyArn);
    expect(Date.parse(receipt.decryptRefusedFrom)).toBe(slot.decryptUntilS * 1000);
  }
});

test('the ring and KMS agree: no key without a row, no row without a key', async () => {
  const options = {
    stack: STACK,
    partition: 'aws',
    accountId: '000000000000',
    lock: false,
    deletionWindowDays: 7,
    keyTags: {},
    roleArns: { encrypt: 'arn', decrypt: 'arn', rotate: 'arn', retire: 'arn' },
  };
  const maker = kmsKeyMaker(kms(), options, { findTaggedKeys: taggedKeysBeside(kms()) });
  // A rotator may be between a key and its row, so they need not agree at every moment.
  await expect
    .poll(
      async () => {
        const rows = (await slots()).filter(({ keyArn }) => keyArn !== undefined);
        const orphans: string[] = [];
        for await (const { arn } of maker.list(new Set(rows.map(({ keyArn }) => present(keyArn))))) orphans.push(arn);
        const states = rows.map(async ({ keyArn, state }) => {
          const { KeyMetadata } = await kms().send(new DescribeKeyCommand({ KeyId: present(keyArn) }));
          return KeyMetadata?.KeyState === (state === 'destroyed' ? 'PendingDeletion' : 'Enabled')
            ? 'same'
            : present(keyArn);
        });
        return [...orphans, ...(await Promise.all(states)).filter((state) => state !== 'same')];
      },
      { timeout: 60_000 },
    )
    .toEqual([]);
});

async function daykey(environment: Record<string, string>, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['client/cli/daykey.ts', ...args], {
    cwd: ROOT,
    env: { ...process.env, ...environment },
  });
  return stdout;
}
