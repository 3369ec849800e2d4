// The ring table of a vault that has run for days, where every holder has keys and a next date, and a rotator for it.

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { memoryParts } from '../../client/testing/parts.ts';
import { dynamoAppSecretKeeper } from '../../lambda/dynamo/app-secrets.ts';
import { dynamoDocuments } from '../../lambda/dynamo/documents.ts';
import { dynamoKeyRingWriter } from '../../lambda/dynamo/key-ring-writer.ts';
import { planKey } from '../../lambda/dynamo/plan-row.ts';
import { slotKey } from '../../lambda/dynamo/ring-key.ts';
import { dateAttributes } from '../../lambda/dynamo/ring-row.ts';
import { createTable } from '../../test/support/aws/create-tables.ts';
import { type FakeAws, fakeAws } from '../../test/support/aws/fake-aws.ts';
import type { Item } from '../../test/support/aws/item.ts';
import { DUE_SHARDS, dueShard, nextDueS } from '../../vault/domain/kek-life/due.ts';
import { holderName, type KeyHolder } from '../../vault/domain/kek-life/holder.ts';
import { DEFAULT_LIFE } from '../../vault/domain/kek-life/life.ts';
import type { RingSlot } from '../../vault/domain/kek-life/ring.ts';
import { regularSlotAt, slotDates } from '../../vault/domain/kek-life/slot.ts';
import type { RotateDeps } from '../../vault/usecases/keys/rotate.ts';
import { appRow, liveSettings } from './app-record.ts';

export interface AgedRingSize {
  readonly ownApps: number;
  /** @default 0 */
  readonly pooledApps?: number;
  /** @default 4 */
  readonly pools?: number;
  /** How many keys of each holder wait for their deletion. @default 0 */
  readonly pendingKeys?: number;
}

export interface AgedRing {
  readonly aws: FakeAws;
  /** Now, in seconds. It stands still until time is advanced. */
  nowS(): number;
  advance(seconds: number): void;
  /** The rotator, with a KMS that does nothing. @param lookMs how long each look at a key takes. @default 0 */
  rotator(lookMs?: number): { deps: RotateDeps; looks: readonly string[]; behindS(): number };
  /** How many plans are due now, in each shard. */
  due(): number[];
}

const NOW_S = 1_800_000_000;
/** Between two runs of the rotator: the last one was so long ago. */
const TICK_S = 300;
const DAY_S = 24 * 3600;
/** Stands for the name of an app in a row. */
const ANY_APP = '<app>';
const { cycleS, leadS } = DEFAULT_LIFE;

/** Fills the table `ring` of a fake of AWS. Apps are called `own-0` and `pooled-0` and so on. */
export async function agedRing(size: AgedRingSize): Promise<AgedRing> {
  const { ownApps, pooledApps = 0, pools = 4, pendingKeys = 0 } = size;
  const aws = fakeAws();
  await createTable(new DynamoDBClient(aws.clients), 'ring');
  const table = aws.table('ring');
  const documents = dynamoDocuments(aws.clients);
  const putKeys = (holder: KeyHolder) => {
    for (const row of rowsOf(holder, pendingKeys)) table.put(asStored(row));
  };
  // Rows of apps differ in the name only, and one is made for each pool: translating 100,000 of them takes most of the time.
  const ofPools = Array.from({ length: pools }, (_, pool) =>
    JSON.stringify(asStored(appRow(liveSettings(ANY_APP, { pool })))),
  );
  for (let number = 0; number < pooledApps; number += 1) {
    const row = ofPools[number % pools] as string;
    table.put(JSON.parse(row.replaceAll(ANY_APP, `pooled-${number}`)));
  }
  for (let pool = 0; pooledApps > 0 && pool < pools; pool += 1) putKeys({ pool });
  const ofOwnKeys = JSON.stringify(asStored(appRow(liveSettings(ANY_APP))));
  for (let number = 0; number < ownApps; number += 1) {
    table.put(JSON.parse(ofOwnKeys.replaceAll(ANY_APP, `own-${number}`)));
    putKeys({ app: `own-${number}` });
  }
  let nowS = NOW_S;

  function rotator(lookMs = 0) {
    const { rotateDeps, telemetry } = memoryParts({ startsAtMs: NOW_S * 1000 });
    const looks: string[] = [];
    let spentMs = 0;
    const deps: RotateDeps = {
      ...rotateDeps,
      keyRing: dynamoKeyRingWriter(documents, 'ring', dynamoAppSecretKeeper(documents, 'secrets')),
      clock: () => nowS * 1000 + spentMs,
      canary: { passes: async () => true },
      keyMaker: {
        ...rotateDeps.keyMaker,
        isHealthy: async (arn) => {
          looks.push(arn);
          spentMs += lookMs;
          return true;
        },
        isGone: async () => true,
        destroy: async (arn) => ({ arn, createdAtS: nowS - 2 * DAY_S, goneAtS: nowS + 7 * DAY_S }),
        async *list() {},
      },
    };
    return { deps, looks, behindS: () => telemetry.total('RotationBehindSeconds') };
  }

  return {
    aws,
    rotator,
    nowS: () => nowS,
    advance: (seconds) => {
      nowS += seconds;
    },
    due() {
      const due = Array.from({ length: DUE_SHARDS }, () => 0);
      for (const { due: shard, dueAtS } of table.items()) {
        if (shard?.S !== undefined && Number(dueAtS?.N) <= nowS) due[Number(shard.S)] = (due[Number(shard.S)] ?? 0) + 1;
      }
      return due;
    },
  };
}

/** A row as the table of the fake has it. */
export function asStored(row: object): Item {
  return marshall(row) as unknown as Item;
}

function rowsOf(holder: KeyHolder, pendingKeys: number): object[] {
  const slots = slotsOf(holder, pendingKeys);
  const upkeep = { life: DEFAULT_LIFE, retired: false };
  const dueAtS = nextDueS({ holder, ...upkeep, slots }, NOW_S - TICK_S);
  const plan = { ...planKey(holder), due: String(dueShard(holder)), dueAtS, ...upkeep, revision: 'one' };
  return [
    plan,
    ...slots.map(({ slot, state, keyArn, goneAtS, ...dates }) => ({
      ...slotKey(holder, slot),
      ...dateAttributes({ slot, ...dates }),
      state,
      keyArn,
      ...(goneAtS !== undefined && { goneAtS }),
    })),
  ];
}

/** Newest first: the next key where it is time for it, the one in use, the one before, and those that wait for their deletion. */
function slotsOf(holder: KeyHolder, pendingKeys: number): RingSlot[] {
  const lastRunS = NOW_S - TICK_S;
  const inUse = regularSlotAt(holderName(holder), DEFAULT_LIFE, lastRunS);
  const newest = inUse + cycleS - leadS <= lastRunS ? inUse + cycleS : inUse;
  const slots: RingSlot[] = [];
  for (let slot = newest, pending = 0; pending < pendingKeys || slot >= inUse - cycleS; slot -= cycleS) {
    const dates = slotDates(slot, slot + cycleS, DEFAULT_LIFE);
    const keyArn = `arn:aws:kms:eu-central-1:111122223333:key/${holderName(holder)}-${slot}`;
    if (lastRunS < dates.decryptUntilS) slots.push({ ...dates, holder, state: 'ready', keyArn });
    else {
      if (pending === pendingKeys) break;
      pending += 1;
      slots.push({ ...dates, holder, state: 'destroyed', keyArn, goneAtS: dates.decryptUntilS + 7 * DAY_S });
    }
  }
  return slots;
}
