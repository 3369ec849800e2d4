// What a request costs on AWS in requests, bytes and CPU time, beside one item for each field with the AWS Encryption SDK.

import { fakeAws } from '../test/support/aws/fake-aws.ts';
import { atLeast, benchCommand, type Claim, cells, type Findings, NO_CLAIM } from './support/command.ts';
import { daykeyCounts, fieldsOf, peerCounts, type RequestCounts, SWEPT_AT_ONCE } from './support/counts.ts';
import { itemPerField, PEER_TABLE } from './support/item-per-field.ts';
import { metered } from './support/metered.ts';
import { progressLine } from './support/progress.ts';
import { cpuNs, ratios, timeRounds } from './support/rounds.ts';
import type { Table } from './support/table.ts';
import type { Fields } from './support/vault.ts';
import { appName, vaultOnAws } from './support/vault-on-aws.ts';

const HELP = `npx node bench/request.ts [--rounds <n>]

Encrypts 1, 10 and 64 fields of 100 B in one request and decrypts them in another, two ways:
  Daykey      its operations, AWS adapters and SDK clients; its audit row is counted
  the peer    @aws-crypto/client-node (KMS keyring, committing suite without signature), one DynamoDB item for each field
Both talk to a fake of KMS and DynamoDB in this process. What is printed:
  requests    to KMS and DynamoDB, by count
  bytes       stored, and in the bodies of requests and answers
  CPU time    as a ratio, without the time of the fake: the median over interleaved rounds, and the middle 90 % of them
Exits 1 when a claim is missed.

  --rounds <n>  rounds that count, 10 or more (default 20)
  --help        this text`;

const FIELD_COUNTS = [1, 10, 64];
const FIELD_BYTES = 100;
/** The claim is about requests with so many fields. */
const CLAIMED_FIELDS = 10;
const LEAST_FEWER_REQUESTS = 5;
const WARM_UP_ROUNDS = 5;
/** Fields that one lane encrypts and decrypts in one round, about. */
const FIELDS_A_ROUND = 64;

const NOTES = [
  'Warm: the functions have served this app and caller within the last minute. Cold: none of them has, nor the authorizer, ' +
    "and the token's use of the day is noted. Swept: warm, and what the sweeper adds for each of " +
    `${SWEPT_AT_ONCE} bundles that expire in the same minute; ` +
    'the peer leaves that to the TTL of DynamoDB, which takes a few days and costs nothing.',
  'The peer could store and load many items at once (BatchWriteItem, BatchGetItem): the column _batched_. It keeps no ' +
    'audit log, checks no caller and has no separate key for each app and day.',
];

async function measure(rounds: number): Promise<Findings> {
  const requests: string[][] = [];
  const bytes: string[][] = [];
  const claims: Claim[] = [];
  for (const count of FIELD_COUNTS) {
    const fields = fieldsOf(count, FIELD_BYTES);
    const [daykey, peer] = [await daykeyCounts(fields), await peerCounts(fields)];
    const batched = await peerCounts(fields, { batched: true });
    const warm = daykey.calls.length;
    const swept = warm + daykey.sweepCalls.length / SWEPT_AT_ONCE;
    const fewer = peer.calls.length / warm;
    const claim = count === CLAIMED_FIELDS ? atLeast(fewer, LEAST_FEWER_REQUESTS) : undefined;
    if (claim) claims.push(claim);
    requests.push([
      ...[named(count), warm, daykey.coldCalls.length].map(String),
      swept.toFixed(2),
      ...[peer.calls.length, batched.calls.length].map(String),
      times(fewer),
      times(peer.calls.length / swept),
      ...(claim?.cells ?? NO_CLAIM),
    ]);
    bytes.push([named(count), ...bytesOf(daykey, count), ...bytesOf(peer, count)]);
  }
  const cpu = await cpuTable(rounds);
  const header = ['requests', 'warm', 'cold', 'swept', 'peer', 'batched', 'fewer', 'swept', 'claim', ''];
  const bytesHeader = ['bytes', 'stored a field', 'on the wire', 'peer: stored', 'on the wire'];
  return { tables: [{ header, rows: requests }, { header: bytesHeader, rows: bytes }, cpu], notes: NOTES, claims };
}

function bytesOf({ calls, storedBytes }: RequestCounts, count: number): string[] {
  const wireBytes = calls.reduce((sum, call) => sum + call.wireBytes, 0);
  return [storedBytes, wireBytes].map((each) => String(Math.round(each / count)));
}

async function cpuTable(rounds: number): Promise<Table> {
  const progress = progressLine();
  const rows: string[][] = [];
  for (const count of FIELD_COUNTS) {
    const fields = fieldsOf(count, FIELD_BYTES);
    const times = Math.ceil(FIELDS_A_ROUND / count);
    const [daykey, peer] = [await daykeyLane(fields), peerLane(fields)];
    const lanes = { daykey: { run: daykey.run, times }, peer: { run: peer.run, times } };
    const timings = await timeRounds(lanes, {
      rounds,
      warmUpRounds: WARM_UP_ROUNDS,
      nowNs: () => cpuNs() - daykey.answeringNs() - peer.answeringNs(),
      onRound: (done, total) => progress.show(`${named(count)}: round ${done} of ${total}`),
    });
    rows.push([named(count), ...cells(ratios(timings.peer, timings.daykey))]);
  }
  progress.end();
  return { header: ['CPU time: the peer in times of Daykey', 'median', 'middle 90 %'], rows };
}

async function daykeyLane(fields: Fields) {
  const { aws, vault, answeringNs } = await vaultOnAws();
  const app = appName(0);
  const run = async (times: number) => {
    for (let i = 0; i < times; i += 1) check(fields, await vault.decrypt(app, await vault.encrypt(app, fields)));
    for (const name of ['vault', 'audit']) aws.table(name).clear();
    aws.take();
  };
  return { run, answeringNs };
}

function peerLane(fields: Fields) {
  const aws = fakeAws();
  const { clients, answeringNs } = metered(aws.clients);
  const peer = itemPerField(aws, { clients });
  const run = async (times: number) => {
    for (let i = 0; i < times; i += 1) check(fields, await peer.decrypt(await peer.encrypt(fields)));
    aws.table(PEER_TABLE).clear();
    aws.take();
  };
  return { run, answeringNs };
}

function check(fields: Fields, opened: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(fields)) {
    if (opened[name] !== value) throw new Error('what was encrypted did not decrypt');
  }
}

function named(count: number): string {
  return count === 1 ? '1 field' : `${count} fields`;
}

function times(ratio: number): string {
  return `${ratio.toFixed(2)}x`;
}

await benchCommand({ help: HELP, usualRounds: 20 }, measure);
