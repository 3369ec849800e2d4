// What a million fields cost at AWS's list prices, by counting requests and units, beside one item for each field.

import type { AwsCall } from '../test/support/aws/fake-aws.ts';
import { DEFAULT_LIFE } from '../vault/domain/kek-life/life.ts';
import { slotDates } from '../vault/domain/kek-life/slot.ts';
import { SHARDS } from '../vault/ports/bundle-store.ts';
import { atMost, benchCommand, type Claim, claim, type Findings, NO_CLAIM } from './support/command.ts';
import {
  type DaykeyCounts,
  daykeyCounts,
  fieldsOf,
  peerCounts,
  type RequestCounts,
  SWEPT_AT_ONCE,
} from './support/counts.ts';
import type { Table } from './support/table.ts';
import { HOLDERS, LOOKED_THROUGH, type UpkeepCounts, upkeepCounts } from './support/upkeep.ts';

const HELP = `npx node bench/cost.ts

Counts the KMS requests and DynamoDB units of encrypting fields, decrypting them once and deleting them, and prints what a
million of them cost at list prices: Daykey beside @aws-crypto/client-node with one KMS key and one DynamoDB item a field,
whose deletion by TTL costs nothing. Then what the app KEKs add, each app's own or pooled, by apps and volume, and what
CloudTrail and AWS Config add to both. It times nothing and calls no AWS service. Exits 1 when a claim is missed.

  --help  this text`;

/**
 * List prices of us-east-1 in USD, without free tiers, as of November 2024, when DynamoDB's last changed; those of CloudTrail and
 * Config as looked up on 2026-11-26. Sources: aws.amazon.com/kms/pricing, /dynamodb/pricing/on-demand, /api-gateway/pricing,
 * /lambda/pricing, /cloudtrail/pricing, /config/pricing.
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
  /** A management event in a second trail: the first copy is free. Every KMS request is one. */
  trailEvent: 2 / 100_000,
  /** A data event, in each trail that asks for those of DynamoDB. */
  dataEvent: 0.1 / 100_000,
  /** A change that AWS Config records. */
  configItem: 0.003,
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
/** Puts, gets and deletes of items, by request: bundle and audit row, one read, one delete by the sweeper. */
const DATA_EVENTS_A_REQUEST = 4;

/** What AWS Config records of a key: made, pending deletion, deleted. */
const CONFIG_ITEMS_A_KEY = 3;
const POOLS = 4;
/** Whose keys the apps of a vault use. */
type Keys = 'own' | 'pooled';

const HOURS_A_MONTH = 730;
const MINUTES_A_MONTH = HOURS_A_MONTH * 60;
const DAYS_A_MONTH = HOURS_A_MONTH / 24;
const LIFE_DAYS = 1;
const AUDIT_DAYS = 365;
/** What DynamoDB adds to each item it stores (DynamoDB pricing, "data storage"). */
const ITEM_OVERHEAD_BYTES = 100;
const GB = 1024 ** 3;

const MILLION = 1e6;
const VOLUMES: readonly { readonly keys: Keys; readonly apps: number; readonly fieldsAnApp: number }[] = [
  { keys: 'own', apps: 1, fieldsAnApp: MILLION },
  { keys: 'own', apps: 1, fieldsAnApp: 10 * MILLION },
  { keys: 'own', apps: 1000, fieldsAnApp: MILLION / 100 },
  { keys: 'pooled', apps: 1000, fieldsAnApp: MILLION / 100 },
  { keys: 'own', apps: 1000, fieldsAnApp: MILLION },
  { keys: 'pooled', apps: 1000, fieldsAnApp: MILLION },
  { keys: 'own', apps: 1000, fieldsAnApp: 10 * MILLION },
  { keys: 'pooled', apps: 100_000, fieldsAnApp: MILLION / 1000 },
];
/** What a thousand small apps may cost with pooled keys, in times of the peer. */
const MOST_OF_PEER_POOLED = 0.5;
/** What the keys of 100,000 pooled apps may cost a month, in USD. */
const MOST_FOR_POOLED_KEYS = 30;

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
    const claimed = most === undefined ? undefined : atMost(share(daykey, peer), most);
    if (claimed) claims.push(claimed);
    rows.push([`${count} x ${bytes ?? FIELD_BYTES} B`, ...parts(daykey), ...parts(peer), times(share(daykey, peer))]);
    rows.at(-1)?.push(...(claimed?.cells ?? NO_CLAIM));
  }
  const header = ['a million fields', 'KMS', 'DynamoDB', 'stored', 'all', 'peer: KMS', 'DynamoDB', 'stored', 'all'];
  const ofRequests = { header: [...header, 'of the peer', 'claim', ''], rows };
  const fields = fieldsOf(USUAL_FIELDS, FIELD_BYTES);
  const counted = await daykeyCounts(fields);
  const [daykey, peer] = [daykeyCosts(counted, USUAL_FIELDS), peerCosts(await peerCounts(fields), USUAL_FIELDS)];
  const standing = standingCosts(await upkeepCounts(), {
    own: counted,
    pooled: await daykeyCounts(fields, { pooled: true }),
  });
  const months = VOLUMES.map((volume) => monthOf(volume, { daykey, peer, standing }));
  claims.push(...months.flatMap(({ claim }) => claim ?? []));
  return {
    tables: [ofRequests, frontTable(daykey, peer), volumeTable(months), recordTable(months)],
    notes: notesOn(daykey, peer, standing),
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

/** What stands in a vault costs a month, in USD, before the first field. */
interface Standing {
  /** App KEKs that a holder has alive on average. */
  readonly keysAlive: number;
  /** Of a holder of keys, an app or a pool. */
  readonly aHolder: {
    readonly keys: number;
    readonly config: number;
    readonly rotator: number;
    readonly kmsRequests: number;
  };
  /** Of an app, by whose keys it uses: its rows, which the janitor looks through each hour. */
  readonly anApp: Readonly<Record<Keys, number>>;
  /** Of a request that finds nothing cached, on top of one that does. */
  readonly aColdRequest: Readonly<Record<Keys, number>>;
  /** The receipt key, and the sweeper's queries, which find nothing for the most part. */
  readonly aVault: { readonly keys: number; readonly sweeper: number };
}

function standingCosts(upkeep: UpkeepCounts, counts: Readonly<Record<Keys, DaykeyCounts>>): Standing {
  const { leadS, cycleS } = DEFAULT_LIFE;
  const { slot, decryptUntilS } = slotDates(0, cycleS, DEFAULT_LIFE);
  const keysAlive = (leadS + decryptUntilS - slot) / cycleS;
  const keysMade = (DAYS_A_MONTH * 24 * 3600) / cycleS;
  const kmsRequests = upkeep.kmsRequests * DAYS_A_MONTH;
  const hourly = (calls: readonly AwsCall[]) => (costsOf(calls).dynamo / LOOKED_THROUGH) * HOURS_A_MONTH;
  const cold = ({ coldCalls, calls }: DaykeyCounts) => costsOf(coldCalls).dynamo - costsOf(calls).dynamo;
  return {
    keysAlive,
    aHolder: {
      keys: keysAlive * USD.kmsKeyMonth,
      config: keysMade * CONFIG_ITEMS_A_KEY * USD.configItem,
      rotator: kmsRequests * USD.kmsRequest + (costsOf(upkeep.rotations).dynamo / HOLDERS) * DAYS_A_MONTH,
      kmsRequests,
    },
    anApp: { own: hourly(upkeep.lookThroughOwn), pooled: hourly(upkeep.lookThroughPooled) },
    aColdRequest: { own: cold(counts.own), pooled: cold(counts.pooled) },
    aVault: { keys: USD.kmsKeyMonth, sweeper: SHARDS * MINUTES_A_MONTH * 0.5 * USD.readUnit },
  };
}

/** A month of a vault and of the peer, in USD. */
function monthOf(
  { keys, apps, fieldsAnApp }: (typeof VOLUMES)[number],
  { daykey, peer, standing }: { daykey: Costs; peer: Costs; standing: Standing },
) {
  const { aHolder, anApp, aColdRequest, aVault } = standing;
  const holders = keys === 'own' ? apps : POOLS;
  const millions = (apps * fieldsAnApp) / MILLION;
  // A function remembers for a minute. The worst case: no request finds anything, but one a minute.
  const coldRequests = apps * Math.min(fieldsAnApp / USUAL_FIELDS, MINUTES_A_MONTH);
  const keysCost = holders * aHolder.keys + aVault.keys;
  const config = holders * aHolder.config;
  const reads = holders * aHolder.rotator + apps * anApp[keys] + coldRequests * aColdRequest[keys] + aVault.sweeper;
  const fields = millions * totalOf(daykey);
  const all = keysCost + config + reads + fields;
  const ofPeer = USD.kmsKeyMonth + millions * totalOf(peer);
  const name = `${apps.toLocaleString('en')} app${apps === 1 ? '' : 's'}, ${fieldsAnApp.toLocaleString('en')} fields each, ${keys} keys`;
  const isSmall = keys === 'pooled' && apps === 1000 && fieldsAnApp < MILLION;
  const isMany = keys === 'pooled' && apps > 1000;
  const claimed = isSmall
    ? atMost(all / ofPeer, MOST_OF_PEER_POOLED)
    : isMany
      ? claim(`keys <= $${MOST_FOR_POOLED_KEYS}`, keysCost <= MOST_FOR_POOLED_KEYS)
      : undefined;
  return {
    name,
    claim: claimed,
    cells: [keysCost, config, reads, all, ofPeer].map(dollars),
    share: all / ofPeer,
    // KMS requests of all kinds are management events; two of the peer's for each field, encrypted and decrypted.
    trail: (holders * aHolder.kmsRequests + (millions * daykey.kms) / USD.kmsRequest) * USD.trailEvent,
    peerTrail: ((millions * peer.kms) / USD.kmsRequest) * USD.trailEvent,
    data: (millions * MILLION * DATA_EVENTS_A_REQUEST * USD.dataEvent) / USUAL_FIELDS,
    peerData: millions * MILLION * REQUESTS * USD.dataEvent,
  };
}

type Month = ReturnType<typeof monthOf>;

function volumeTable(months: readonly Month[]): Table {
  const header = [
    `a month, ${USUAL_FIELDS} fields a request`,
    'KMS keys',
    'AWS Config',
    'upkeep',
    'Daykey',
    'peer',
    'of the peer',
    'claim',
    '',
  ];
  const rows = months.map(({ name, cells, share: ofPeer, claim: claimed }) => [
    name,
    ...cells,
    times(ofPeer),
    ...(claimed?.cells ?? NO_CLAIM),
  ]);
  return { header, rows };
}

/** What others of an account may record, which neither side can decide. */
function recordTable(months: readonly Month[]): Table {
  const rows = months.map(({ name, trail, peerTrail, data, peerData }) => [
    name,
    ...[trail, peerTrail, data, peerData].map(dollars),
  ]);
  const header = ['a month, added by', 'a second trail', 'peer', 'data events of DynamoDB', 'peer'];
  return { header, rows };
}

function notesOn(daykey: Costs, peer: Costs, { keysAlive, aHolder, anApp }: Standing): string[] {
  const [ours, theirs] = [totalOf(daykey), totalOf(peer)];
  const ownApp = aHolder.keys + aHolder.config + aHolder.rotator + anApp.own;
  const even = ownApp / (theirs - ours);
  const quarter = ownApp / (theirs * QUARTER - ours);
  return [
    `A holder of keys, an app or a pool, has ${keysAlive.toFixed(2)} app KEKs alive on average. An app with own keys costs ` +
      `$${ownApp.toFixed(2)} a month before its first field, of which the keys $${aHolder.keys.toFixed(2)}, what AWS Config records ` +
      `of them $${aHolder.config.toFixed(2)}, and the rotator with its requests $${aHolder.rotator.toFixed(2)}. With that, it costs less than ` +
      `the peer from ${even.toFixed(2)} million fields a month on, and less than a quarter from ${quarter.toFixed(1)} million on. ` +
      `Smaller apps share the keys of ${POOLS} pools. The peer has one key for all, which does not end.`,
    'Upkeep: the rotator and the janitor, counted over a day, and what requests read that find nothing cached, in the worst case ' +
      'each of them, but one a minute. CloudTrail: the first copy of management events is free; a second trail and data events are ' +
      'the choice of the account.',
    `Counted on our side: the audit row and its year in a table of the class Standard-IA, and the sweeper's queries, deletes ` +
      `and tallies, with ${SWEPT_AT_ONCE} bundles of one slot a sweep. Left out on both sides: Lambda by the millisecond, CloudWatch, ` +
      'data transfer. List prices of us-east-1, without free tiers: of November 2024, those of CloudTrail and Config as looked up on 2026-11-26.',
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
