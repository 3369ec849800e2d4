// One run of the rotator in a vault of 100,000 pooled apps and 10,000 with own keys reads what is due, and no more.

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { beforeAll, describe, expect, test } from 'vitest';
import { memoryParts } from '../../../client/testing/parts.ts';
import { dynamoAppSecretKeeper } from '../../../lambda/dynamo/app-secrets.ts';
import { dynamoDocuments } from '../../../lambda/dynamo/documents.ts';
import { dynamoKeyRingWriter } from '../../../lambda/dynamo/key-ring-writer.ts';
import { planKey } from '../../../lambda/dynamo/plan-row.ts';
import { DUE_AT_ONCE } from '../../../lambda/dynamo/plans.ts';
import { changedAttributes, recordKey } from '../../../lambda/dynamo/record-row.ts';
import { dateAttributes } from '../../../lambda/dynamo/ring-row.ts';
import { slotKey } from '../../../lambda/dynamo/slot-key.ts';
import { newRecord } from '../../../vault/domain/app-record.ts';
import { CHECK_EVERY_S, DUE_SHARDS, dueShard, nextDueS } from '../../../vault/domain/kek-life/due.ts';
import { holderName, type KeyHolder } from '../../../vault/domain/kek-life/holder.ts';
import { DEFAULT_LIFE } from '../../../vault/domain/kek-life/life.ts';
import type { RingSlot } from '../../../vault/domain/kek-life/ring.ts';
import { regularSlotAt, slotDates } from '../../../vault/domain/kek-life/slot.ts';
import { tidyUp } from '../../../vault/usecases/keys/janitor.ts';
import { BUDGET_MS, rotate } from '../../../vault/usecases/keys/rotate.ts';
import { createTable } from '../../support/aws/create-tables.ts';
import { type FakeAws, fakeAws } from '../../support/aws/fake-aws.ts';
import type { Item } from '../../support/aws/item.ts';
import { someSettings } from '../../support/virtual-vault.ts';

const POOLED_APPS = 100_000;
const OWN_APPS = 10_000;
const POOLS = 4;
const NOW_S = 1_800_000_000;
/** Between two runs of the rotator. */
const TICK_S = 300;
const MB = 1024 * 1024;

let aws: FakeAws;
let nowS = NOW_S;

/** A ring as it is in a vault that has run for days: every holder has its keys, and its next date. */
beforeAll(async () => {
  aws = fakeAws();
  await createTable(new DynamoDBClient(aws.clients), 'ring');
  const put = (row: object) => aws.table('ring').put(asStored(row));
  const putKeys = (holder: KeyHolder) => {
    const slots = keysOf(holder);
    const ring = { holder, life: DEFAULT_LIFE, retired: false, slots };
    put({
      ...planKey(holder),
      due: String(dueShard(holder)),
      dueAtS: nextDueS(ring, NOW_S - TICK_S),
      life: DEFAULT_LIFE,
      retired: false,
      revision: 'one',
    });
    for (const { slot, state, keyArn, ...dates } of slots) {
      put({ ...slotKey(holder, slot), ...dateAttributes({ slot, ...dates }), state, keyArn });
    }
  };
  for (let number = 0; number < POOLED_APPS; number += 1) put(record(`pooled-${number}`, { pool: number % POOLS }));
  for (let pool = 0; pool < POOLS; pool += 1) putKeys({ pool });
  for (let number = 0; number < OWN_APPS; number += 1) {
    put(record(`own-${number}`));
    putKeys({ app: `own-${number}` });
  }
  aws.take();
}, 600_000);

/** The key in use, the one before, and the next one where it is time for it. */
function keysOf(holder: KeyHolder): RingSlot[] {
  const { cycleS, leadS } = DEFAULT_LIFE;
  const now = regularSlotAt(holderName(holder), DEFAULT_LIFE, NOW_S);
  const starts = [now - cycleS, now, ...(now + cycleS - leadS <= NOW_S - TICK_S ? [now + cycleS] : [])];
  return starts.toReversed().map((slot) => ({
    ...slotDates(slot, slot + cycleS, DEFAULT_LIFE),
    holder,
    state: 'ready',
    keyArn: `arn:aws:kms:eu-central-1:111122223333:key/${holderName(holder)}-${slot}`,
  }));
}

function record(app: string, keys?: { pool: number }): object {
  const empty = newRecord(app);
  const settings = someSettings({ app, ...(keys && { keys }) });
  return { ...recordKey(app), ...changedAttributes({ ...empty, settings, generations: {} }, empty) };
}

/** A rotator on the ring, whose KMS is not the matter here. Each look at a key takes so long. */
function aRotator(lookMs = 0) {
  const { rotateDeps } = memoryParts({ startsAtMs: NOW_S * 1000 });
  const documents = dynamoDocuments(aws.clients);
  const looks: string[] = [];
  let spentMs = 0;
  const deps = {
    ...rotateDeps,
    keyRing: dynamoKeyRingWriter(documents, 'ring', dynamoAppSecretKeeper(documents, 'secrets')),
    clock: () => nowS * 1000 + spentMs,
    canary: { passes: async () => true },
    keyMaker: {
      ...rotateDeps.keyMaker,
      isHealthy: async (arn: string) => {
        looks.push(arn);
        spentMs += lookMs;
        return true;
      },
      async *list() {},
    },
  };
  return { deps, looks, telemetry: rotateDeps.telemetry as ReturnType<typeof memoryParts>['telemetry'] };
}

/** A row as the table of the fake has it. */
function asStored(row: object): Item {
  return marshall(row) as unknown as Item;
}

/** How many plans are due now, in each shard. */
function dueNow(): number[] {
  const due = Array.from({ length: DUE_SHARDS }, () => 0);
  for (const { due: shard, dueAtS } of aws.table('ring').items()) {
    if (shard?.S !== undefined && Number(dueAtS?.N) <= nowS) due[Number(shard.S)] = (due[Number(shard.S)] ?? 0) + 1;
  }
  return due;
}

const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);

describe('a run of the rotator in a vault of 110,000 apps', () => {
  test('reads what is due and one page more at most, in less than 256 MB', async () => {
    const due = dueNow();
    expect(sum(due)).toBeGreaterThan(OWN_APPS / 6);
    const { deps } = aRotator();
    global.gc?.();
    const before = process.memoryUsage().heapUsed;
    let most = 0;
    const { planned } = deps.keyRing;
    deps.keyRing.planned = async (holder) => {
      most = Math.max(most, process.memoryUsage().heapUsed);
      return await planned(holder);
    };
    await rotate(deps);
    const calls = aws.take();
    const count = (operation: string) => calls.filter((call) => call.operation === operation).length;
    const pages = calls.filter(({ input }) => input.IndexName !== undefined);
    expect(pages.length).toBeLessThanOrEqual(sum(due.map((plans) => Math.floor(plans / DUE_AT_ONCE) + 1)));
    expect(count('DynamoDB.Scan')).toBe(0);
    // One read of each holder that is due; one more where its keys changed.
    const changed = count('DynamoDB.UpdateItem') - sum(due);
    expect(count('DynamoDB.Query') - pages.length - sum(due)).toBeLessThanOrEqual(changed);
    expect(sum(dueNow())).toBe(0);
    // The fake keeps every call, so this is more than a function takes.
    expect((most - before) / MB).toBeLessThan(256);
  }, 600_000);

  test('that is cut off leaves what waits shortest, and the next run begins there', async () => {
    nowS += CHECK_EVERY_S;
    const due = sum(dueNow());
    const { deps, looks, telemetry } = aRotator((2 * BUDGET_MS) / due);
    await rotate(deps);
    const left = sum(dueNow());
    expect(left).toBeGreaterThan(due / 4);
    expect(left).toBeLessThan(due);
    expect(telemetry.total('RotationBehindSeconds')).toBeLessThanOrEqual(CHECK_EVERY_S);
    const next = aRotator();
    await rotate(next.deps);
    expect(sum(dueNow())).toBe(0);
    // No key was looked at twice.
    expect(new Set([...looks, ...next.looks]).size).toBe(looks.length + next.looks.length);
    aws.take();
  }, 600_000);

  test('finds no trace of apps that are not due', async () => {
    const { deps } = aRotator();
    await rotate(deps);
    expect(aws.take().map(({ operation }) => operation)).toEqual(Array(DUE_SHARDS).fill('DynamoDB.Query'));
  });

  test('is planned again where a plan was lost, by a look through the ring a megabyte at a time', async () => {
    const lost: KeyHolder[] = [{ app: 'own-7' }, { pool: 2 }];
    for (const holder of lost) aws.table('ring').remove(asStored(planKey(holder)));
    const { deps } = aRotator();
    global.gc?.();
    const before = process.memoryUsage().heapUsed;
    await tidyUp(deps);
    const calls = aws.take();
    const plans = calls.filter(({ operation }) => operation === 'DynamoDB.UpdateItem');
    expect(plans.map(({ input }) => input.Key.pk.S).toSorted()).toEqual(['slots#own-7', 'slots#pool#2']);
    for (const holder of lost) {
      expect(await deps.keyRing.planned(holder)).toMatchObject({ life: DEFAULT_LIFE, retired: false, dueAtS: 0 });
    }
    expect((process.memoryUsage().heapUsed - before) / MB).toBeLessThan(256);
  }, 600_000);
});
