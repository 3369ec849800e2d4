// Load on the deployed vault: writers, readers and erasures at once while one app KEK takes over from another.

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CloudWatchLogsClient,
  paginateDescribeLogGroups,
  paginateFilterLogEvents,
} from '@aws-sdk/client-cloudwatch-logs';
import { InvokeCommand, LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda';
import { paginateScan } from '@aws-sdk/lib-dynamodb';
import { beforeAll, expect, inject, test } from 'vitest';
import { apiToken, Daykey } from '../../../client/sdk/index.ts';
import { dynamoAppSecretKeeper } from '../../../lambda/dynamo/app-secrets.ts';
import { dynamoKeyRingWriter } from '../../../lambda/dynamo/key-ring-writer.ts';
import { issueToken } from '../../../local/deploy.ts';
import { clientFor } from '../../../local/emulator-client.ts';
import { isCovered } from '../../../vault/domain/kek-life/plan.ts';
import { regularSlotAt } from '../../../vault/domain/kek-life/slot.ts';
import type { AppSettings } from '../../../vault/domain/settings.ts';
import { present } from '../../support/envelope.ts';
import { ownRing } from '../../support/own-ring.ts';
import { storeSettings } from '../../support/store-settings.ts';
import { documents } from '../../support/vault.ts';

interface Datum {
  readonly ref: string;
  readonly value: string;
  readonly subject: string;
  readonly expiresAtMs: number;
  /** When its erasure was asked for, and when that was answered. */
  eraseAskedMs?: number;
  erasedMs?: number;
}

interface Read {
  readonly datum: Datum;
  readonly beganMs: number;
  readonly endedMs: number;
  /** Absent when it was redacted. */
  readonly value?: string;
}

const WRITERS = 3;
const READERS = 3;
/** When the second app KEK takes over from the first, set-up included, and how long the load goes on after that. */
const BEFORE_MS = 30_000;
const AFTER_MS = 12_000;
/** What lives longest ends so long after the load, so that all of it can be read again. */
const LAST_LOOK_MS = 12_000;
const BETWEEN_ERASURES_MS = 1500;
const LIFE = { cycleS: 60, leadS: 90, graceS: 20, maxTtlS: 60, marginS: 10 };
const CANARY = `load-canary-${randomUUID()}`;

const startTime = Date.now();
const ring = dynamoKeyRingWriter(
  documents(),
  inject('vault').tables.ring,
  dynamoAppSecretKeeper(documents(), 'secrets of no app'),
);
const lambda = new LambdaClient(clientFor(inject('endpoint')));
const rotateName = await nameOfRotate();
let rotations = 0;
// Once for nothing, so that what comes now does not wait for a cold start.
await rotate('shop');
const { app, changesAtMs } = anAppThatChangesSlotsAt(Date.now() + BEFORE_MS);

const data: Datum[] = [];
const reads: Read[] = [];
const failures: unknown[] = [];
const statuses = new Map<number, number>();

/** A name whose regular slot ends, by its hash, in that very second: the change comes in the middle of the load. */
function anAppThatChangesSlotsAt(aboutMs: number): { app: string; changesAtMs: number } {
  const atS = Math.floor(aboutMs / 1000);
  for (let number = 0; ; number += 1) {
    const name = `load-${number}`;
    if (regularSlotAt(name, LIFE, atS) === atS) return { app: name, changesAtMs: atS * 1000 };
  }
}

async function nameOfRotate(): Promise<string> {
  for await (const { Functions = [] } of paginateListFunctions({ client: lambda }, {})) {
    const found = Functions.find(({ FunctionName = '' }) => /^Daykey-.*RotateKek/.test(FunctionName));
    if (found) return present(found.FunctionName);
  }
  throw new Error('the stack has no function that rotates');
}

async function rotate(which: string): Promise<void> {
  const invoke = new InvokeCommand({ FunctionName: rotateName, Payload: JSON.stringify({ app: which }) });
  const { FunctionError } = await lambda.send(invoke);
  if (FunctionError !== undefined) throw new Error('the rotate function failed: see its log');
  rotations += 1;
}

function settings(): AppSettings {
  const desk = { kind: 'customer-support', processSensitive: false, roles: [] } as const;
  return { app, life: LIFE, defaultTtlS: LIFE.maxTtlS, integrations: { desk }, state: 'live' };
}

beforeAll(async () => {
  await storeSettings(ring, settings());
  const token = await issueToken(documents(), inject('vault').tables.ring, app, 'desk');
  const vault = new Daykey({ app, url: inject('vault').url, identity: apiToken(token), fetch: counted });
  const isReady = async () => isCovered(ownRing(present(await ring.read(app))), Math.floor(Date.now() / 1000));
  while (!(await isReady())) await rotate(app);

  const untilMs = changesAtMs + AFTER_MS;
  const again = async (work: () => Promise<void>, pauseMs = 0) => {
    while (Date.now() < untilMs) {
      await work().catch((error: unknown) => failures.push(error));
      await sleep(pauseMs);
    }
  };
  await Promise.all([
    ...Array.from({ length: WRITERS }, (_, nr) => again(() => write(vault, nr, untilMs + LAST_LOOK_MS), 50)),
    ...Array.from({ length: READERS }, () => again(() => readAny(vault), 50)),
    again(() => eraseAny(vault), BETWEEN_ERASURES_MS),
    // Two at once, again and again: they meet.
    again(() => Promise.all([rotate(app), rotate(app)]).then(() => undefined), 4000),
  ]);
  await lookAt(vault, data);
  const endMs = Math.max(...data.map(({ expiresAtMs }) => expiresAtMs));
  await sleep(Math.max(0, endMs - Date.now()));
  await lookAt(vault, data);
  await storeSettings(ring, { ...settings(), state: 'retired' });
}, 180_000);

async function counted(...args: Parameters<typeof fetch>): Promise<Response> {
  const response = await fetch(...args);
  statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
  return response;
}

/** One writer's data live until the last look, the others' end while the load goes on. */
async function write(vault: Daykey, nr: number, lastMs: number): Promise<void> {
  const value = `${CANARY} ${data.length}-${nr}`;
  const subject = `user-${randomUUID()}`;
  const notAfter = new Date(nr === 0 ? lastMs : Date.now() + nr * 6000);
  const { refs, expiresAt } = await vault.encrypt({ value }, { subject, notAfter });
  data.push({ ref: refs.value, value, subject, expiresAtMs: expiresAt.getTime() });
}

async function readAny(vault: Daykey): Promise<void> {
  const datum = data[Math.floor(Math.random() * data.length)];
  if (datum) await lookAt(vault, [datum]);
}

async function eraseAny(vault: Daykey): Promise<void> {
  const datum = data.filter(({ eraseAskedMs }) => eraseAskedMs === undefined).at(-5);
  if (!datum) return;
  datum.eraseAskedMs = Date.now();
  await vault.erase({ subject: datum.subject });
  datum.erasedMs = Date.now();
}

async function lookAt(vault: Daykey, some: readonly Datum[]): Promise<void> {
  const beganMs = Date.now();
  const opened = await vault.decrypt(Object.fromEntries(some.map(({ ref }, at) => [String(at), ref])));
  const endedMs = Date.now();
  some.forEach((datum, at) => {
    const field = present(opened[at]);
    reads.push({ datum, beganMs, endedMs, ...(field.status === 'ok' && { value: String(field.value.reveal()) }) });
  });
}

test('no call fails, and what is not answered at once is a 503', () => {
  expect(failures).toEqual([]);
  expect([...statuses.keys()].filter((status) => status !== 200 && status !== 503)).toEqual([]);
  expect(data.length).toBeGreaterThan(50);
  expect(rotations).toBeGreaterThan(5);
});

test('the load went over from one app KEK to the next', async () => {
  const { slots } = present(await ring.read(app));
  const ready = slots.filter(({ state }) => state === 'ready').map(({ slot }) => slot * 1000);
  expect(ready).toContain(changesAtMs);
  expect(ready.some((startsAtMs) => startsAtMs < changesAtMs)).toBe(true);
  const used = new Set<number>();
  for await (const { Items = [] } of paginateScan(
    { client: documents() },
    { TableName: inject('vault').tables.vault, ConsistentRead: true },
  )) {
    for (const { sk, slot } of Items) if (String(sk).includes(`#${app}#`) && slot) used.add(Number(slot) * 1000);
  }
  expect(used).toContain(changesAtMs);
});

test('every datum is readable until its end or its erasure, as it was written, and never afterwards', () => {
  const counts = { open: 0, over: 0, erased: 0 };
  for (const { datum, beganMs, endedMs, value } of reads) {
    const { expiresAtMs, eraseAskedMs = Number.POSITIVE_INFINITY, erasedMs = Number.POSITIVE_INFINITY } = datum;
    if (endedMs < Math.min(expiresAtMs, eraseAskedMs)) {
      expect(value).toBe(datum.value);
      counts.open += 1;
    }
    if (beganMs >= Math.min(expiresAtMs, erasedMs)) {
      expect(value).toBeUndefined();
      counts.over += 1;
      if (erasedMs < expiresAtMs) counts.erased += 1;
    }
    if (value !== undefined) expect(value).toBe(datum.value);
  }
  expect(counts.open).toBeGreaterThan(50);
  expect(counts.over).toBeGreaterThanOrEqual(data.length);
  expect(counts.erased).toBeGreaterThan(5);
});

test('no function says anything of what passed through it', async () => {
  const logs = new CloudWatchLogsClient(clientFor(inject('endpoint')));
  const said: string[] = [];
  for await (const { logGroups = [] } of paginateDescribeLogGroups({ client: logs }, {})) {
    for (const { logGroupName } of logGroups) {
      for await (const { events = [] } of paginateFilterLogEvents({ client: logs }, { logGroupName, startTime })) {
        said.push(...events.map(({ message = '' }) => message));
      }
    }
  }
  const aboutIt = said.filter((message) => message.includes(`"${app}"`));
  expect(aboutIt.length).toBeGreaterThan(100);
  for (const secret of [CANARY, ...data.slice(0, 50).map(({ ref }) => ref)])
    expect(said.join('\n')).not.toContain(secret);
});
