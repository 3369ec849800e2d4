// What a million fields cost at AWS's list prices, by counting requests and units, beside one item for each field.

import type { AwsCall } from '../test/support/aws/fake-aws.ts';
import { DEFAULT_LIFE } from '../vault/domain/kek-life/life.ts';
import { slotDates } from '../vault/domain/kek-life/slot.ts';
import { SHARDS } from '../vault/ports/bundle-store.ts';
import { atMost, benchCommand, type Claim, type Findings, NO_CLAIM } from './support/command.ts';
import {
  type DaykeyCounts,
  daykeyCounts,
  fieldsOf,
  peerCounts,
  type RequestCounts,
  SWEPT_AT_ONCE,
} from './support/counts.ts';
import type { Table } from './support/table.ts';

const HELP = `npx node bench/cost.ts

Counts the KMS requests and DynamoDB units of encrypting fields, decrypting them once and deleting them, and prints what a
million of them cost at list prices: Daykey beside @aws-crypto/client-node with one KMS key and one DynamoDB item a field,
whose deletion by TTL costs nothing. Then what the app KEKs add, by apps and volume. It times nothing and calls no AWS
service. Exits 1 when a claim is missed.

  --help  this text`;

/**
 * List prices of us-east-1 in USD, without free tiers, as of November 2024, when DynamoDB's last changed.
 * Sources: aws.amazon.com/kms/pricing, /dynamodb/pricing/on-demand, /api-gateway/pricing, /lambda/pricing.
 */
const USD = {
  kmsRequest: 0.03 / 10_000,
  /** None while a key is pending deletion. */
  kmsKeyMonth: 1,
  writeUnit: 0.625 / 1e6,
  readUnit: 0.125 / 1e6,
  storedGbMonth: 0.25,
  /** Of a table of the class Standard-IA. */
  infrequent: { writeUnit: 0.78 / 1e6, storedGbMonth: 0.1 },
  restRequest: 3.5 / 1e6,
  lambdaRequest: 0.2 / 1e6,
} as const;

const FIELD_BYTES = 100;
/** The most that a million fields may cost in times of the peer, by fields in a request. */
const MOST_OF_PEER: Readonly<Record<number, number>> = { 1: 1.3, 10: 0.2 };
/** The request that later tables are about. */
const USUAL_FIELDS = 10;
/** What a vault in use is compared by. */
const QUARTER = 0.25;
/** Both sides: encrypted once, decrypted once. */
const REQUESTS = 2;

const HOURS_A_MONTH = 730;
const MINUTES_A_MONTH = HOURS_A_MONTH * 60;
const DAYS_A_MONTH = HOURS_A_MONTH / 24;
const LIFE_DAYS = 1;
const AUDIT_DAYS = 365;
/** What DynamoDB adds to each item it stores (DynamoDB pricing, "data storage"). */
const ITEM_OVERHEAD_BYTES = 100;
const GB = 1024 ** 3;
/** How often the rotator describes each key that still encrypts (`lib/schedules.ts`). */
const ROTATION_MINUTES = 5;

const MILLION = 1e6;
const VOLUMES = [
  { apps: 1, fieldsAnApp: MILLION },
  { apps: 1, fieldsAnApp: 10 * MILLION },
  { apps: 1000, fieldsAnApp: MILLION / 100 },
  { apps: 1000, fieldsAnApp: MILLION },
  { apps: 1000, fieldsAnApp: 10 * MILLION },
];

interface Costs {
  readonly kms: number;
  readonly dynamo: number;
  readonly storage: number;
}

async function measure(): Promise<Findings> {
  const claims: Claim[] = [];
  const rows: string[][] = [];
  for (const [count, bytes] of [[1], [USUAL_FIELDS], [64], [USUAL_FIELDS, 20], [USUAL_FIELDS, 1000]] as const) {
    const fields = fieldsOf(count ?? 1, bytes ?? FIELD_BYTES);
    const daykey = daykeyCosts(await daykeyCounts(fields), count);
    const peer = peerCosts(await peerCounts(fields), count);
    const most = bytes === undefined ? MOST_OF_PEER[count] : undefined;
    const claim = most === undefined ? undefined : atMost(share(daykey, peer), most);
    if (claim) claims.push(claim);
    rows.push([`${count} x ${bytes ?? FIELD_BYTES} B`, ...parts(daykey), ...parts(peer), times(share(daykey, peer))]);
    rows.at(-1)?.push(...(claim?.cells ?? NO_CLAIM));
  }
  const header = ['a million fields', 'KMS', 'DynamoDB', 'stored', 'all', 'peer: KMS', 'DynamoDB', 'stored', 'all'];
  const ofRequests = { header: [...header, 'of the peer', 'claim', ''], rows };
  const fields = fieldsOf(USUAL_FIELDS, FIELD_BYTES);
  const counted = await daykeyCounts(fields);
  const [daykey, peer] = [daykeyCosts(counted, USUAL_FIELDS), peerCosts(await peerCounts(fields), USUAL_FIELDS)];
  const upkeep = upkeepOf(counted);
  return {
    tables: [ofRequests, frontTable(daykey, peer), volumeTable(daykey, peer, upkeep)],
    notes: notesOn(daykey, peer, upkeep),
    claims,
  };
}

/** USD for a million fields, requests of so many at a time. */
function daykeyCosts({ calls, sweepCalls, auditBytes, ...stored }: DaykeyCounts, count: number): Costs {
  const audit = storageOf({ storedBytes: auditBytes, storedItems: 1 }, AUDIT_DAYS, USD.infrequent.storedGbMonth);
  const [request, sweep] = [costsOf(calls), costsOf(sweepCalls)];
  const dynamo = request.dynamo + sweep.dynamo / SWEPT_AT_ONCE;
  return perMillion({ kms: request.kms, dynamo, storage: storageOf(stored, LIFE_DAYS) + audit }, count);
}

/** TTL deletes a few days after the expiry; only the day until then is counted. */
function peerCosts({ calls, ...stored }: RequestCounts, count: number): Costs {
  return perMillion({ ...costsOf(calls), storage: storageOf(stored, LIFE_DAYS) }, count);
}

function costsOf(calls: readonly AwsCall[]) {
  const kmsCalls = calls.filter(({ operation }) => operation.startsWith('KMS.'));
  const dynamo = calls.reduce((sum, { input, readUnits, writeUnits }) => {
    const { writeUnit } = input.TableName === 'audit' ? USD.infrequent : USD;
    return sum + readUnits * USD.readUnit + writeUnits * writeUnit;
  }, 0);
  return { kms: kmsCalls.length * USD.kmsRequest, dynamo };
}

function storageOf(
  { storedBytes, storedItems }: Omit<RequestCounts, 'calls'>,
  days: number,
  gbMonth: number = USD.storedGbMonth,
): number {
  const bytes = storedBytes + storedItems * ITEM_OVERHEAD_BYTES;
  return (bytes / GB) * (days / DAYS_A_MONTH) * gbMonth;
}

function perMillion({ kms, dynamo, storage }: Costs, count: number): Costs {
  const factor = MILLION / count;
  return { kms: kms * factor, dynamo: dynamo * factor, storage: storage * factor };
}

/** What a request costs before it reaches the code that is compared. */
function frontTable(daykey: Costs, peer: Costs): Table {
  const requests = (REQUESTS * MILLION) / USUAL_FIELDS;
  const lambda = requests * USD.lambdaRequest;
  const rest = lambda + requests * USD.restRequest;
  const row = (name: string, ours: number, theirs: number) => {
    const [one, other] = [totalOf(daykey) + ours, totalOf(peer) + theirs];
    return [name, dollars(one), dollars(other), times(one / other)];
  };
  return {
    header: [`a million fields, ${USUAL_FIELDS} a request, with`, 'Daykey', 'peer', 'of the peer'],
    rows: [
      row('a Lambda invocation for each request, on both sides', lambda, lambda),
      row('a REST API and that invocation, on both sides', rest, rest),
      row('a REST API and that invocation, only before Daykey', rest, 0),
    ],
  };
}

/** What an app and a vault cost a month before the first field. */
function upkeepOf({ calls, coldCalls }: DaykeyCounts) {
  const { leadS, cycleS } = DEFAULT_LIFE;
  const { slot, encryptUntilS, decryptUntilS } = slotDates(0, cycleS, DEFAULT_LIFE);
  const keys = (leadS + decryptUntilS - slot) / cycleS;
  const looks = ((leadS + encryptUntilS - slot) / cycleS) * (MINUTES_A_MONTH / ROTATION_MINUTES);
  // The worst case: each function serves each app once a minute, and reads ring and token each time.
  const rings = (costsOf(coldCalls).dynamo - costsOf(calls).dynamo) * MINUTES_A_MONTH;
  return {
    keys,
    anApp: keys * USD.kmsKeyMonth + looks * USD.kmsRequest + rings,
    // The receipt key, and the sweeper's queries, which find nothing for the most part. Those that do are counted above too.
    aVault: USD.kmsKeyMonth + SHARDS * MINUTES_A_MONTH * 0.5 * USD.readUnit,
  };
}

type Upkeep = ReturnType<typeof upkeepOf>;

function volumeTable(daykey: Costs, peer: Costs, { anApp, aVault }: Upkeep): Table {
  const rows = VOLUMES.map(({ apps, fieldsAnApp }) => {
    const millions = (apps * fieldsAnApp) / MILLION;
    const standing = apps * anApp + aVault;
    const [ours, theirs] = [standing + millions * totalOf(daykey), USD.kmsKeyMonth + millions * totalOf(peer)];
    const name = `${apps.toLocaleString('en')} app${apps === 1 ? '' : 's'}, ${fieldsAnApp.toLocaleString('en')} fields each`;
    return [name, dollars(standing), dollars(ours), dollars(theirs), times(ours / theirs)];
  });
  const header = [`a month, ${USUAL_FIELDS} fields a request`, 'keys, upkeep', 'Daykey', 'peer', 'of the peer'];
  return { header, rows };
}

function notesOn(daykey: Costs, peer: Costs, { keys, anApp }: Upkeep): string[] {
  const [ours, theirs] = [totalOf(daykey), totalOf(peer)];
  const even = anApp / (theirs - ours);
  const quarter = anApp / (theirs * QUARTER - ours);
  return [
    `An app has ${keys.toFixed(2)} app KEKs alive on average and costs $${anApp.toFixed(2)} a month before its first field. With ` +
      `that, Daykey costs less than the peer from ${even.toFixed(2)} million fields an app and month on, and less than a quarter ` +
      `from ${quarter.toFixed(1)} million on. Below that an app pays for its separate keys, which end; the peer has one key ` +
      'for all of them, which does not end.',
    `Counted on our side: the audit row and its year in a table of the class Standard-IA, and the sweeper's queries, deletes ` +
      `and tallies, with ${SWEPT_AT_ONCE} bundles of one slot a sweep. Left out on both sides: Lambda by the millisecond, CloudWatch, CloudTrail, ` +
      'data transfer. List prices of us-east-1 as of November 2024, without free tiers.',
  ];
}

function parts(costs: Costs): string[] {
  return [costs.kms, costs.dynamo, costs.storage, totalOf(costs)].map(dollars);
}

function totalOf({ kms, dynamo, storage }: Costs): number {
  return kms + dynamo + storage;
}

function share(daykey: Costs, peer: Costs): number {
  return totalOf(daykey) / totalOf(peer);
}

function dollars(usd: number): string {
  return `$${usd.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

function times(ratio: number): string {
  return `${ratio.toFixed(2)}x`;
}

await benchCommand({ help: HELP }, measure);
