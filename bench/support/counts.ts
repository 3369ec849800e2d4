// What one request asks of AWS: encrypted and decrypted once, by Daykey and by the peer, counted call by call.

import { primaryKey } from '../../lambda/dynamo/bundle-item.ts';
import { type AwsCall, type FakeAws, fakeAws } from '../../test/support/aws/fake-aws.ts';
import { itemBytes } from '../../test/support/aws/item.ts';
import { SHARDS } from '../../vault/ports/bundle-store.ts';
import { itemPerField, PEER_TABLE } from './item-per-field.ts';
import type { BenchVault, Fields } from './vault.ts';
import { appName, vaultOnAws } from './vault-on-aws.ts';

const LIFE_S = 24 * 3600;
/** Bundles that expire in the same minute: ten in each shard. */
export const SWEPT_AT_ONCE = 640;

/** What it takes to encrypt the fields of one request and to decrypt them. */
export interface RequestCounts {
  readonly calls: readonly AwsCall[];
  /** Bytes and items that stay behind until they expire, as DynamoDB counts them. */
  readonly storedBytes: number;
  readonly storedItems: number;
}

export interface DaykeyCounts extends RequestCounts {
  /** The same when every function, the authorizer included, does it for the first time. */
  readonly coldCalls: readonly AwsCall[];
  /** What one run of the sweeper does about {@link SWEPT_AT_ONCE} such bundles of one slot, its queries included. */
  readonly sweepCalls: readonly AwsCall[];
  /** Bytes of the audit row, which is kept for longer. */
  readonly auditBytes: number;
}

/** So many fields with a value of that length each. */
export function fieldsOf(count: number, bytes: number): Fields {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`field-${i}`, String(i).padEnd(bytes, 'x')]));
}

/** Daykey's counts: handlers that were called less than a minute ago, as in a vault that is in use. @param pooled whose keys */
export async function daykeyCounts(fields: Fields, { pooled = false } = {}): Promise<DaykeyCounts> {
  const { aws, vault, coldVault, advance, sweep } = await vaultOnAws(1, undefined, pooled ? 1 : 0);
  const app = appName(0);
  const request = async (functions: BenchVault) => {
    await functions.authorize(app);
    await functions.decrypt(app, await functions.encrypt(app, fields));
    return aws.take();
  };
  const coldCalls = await request(coldVault());
  await request(vault);
  for (const name of ['vault', 'audit']) aws.table(name).clear();
  const calls = await request(vault);
  const stored = storedIn(aws, 'vault');
  const { storedBytes: auditBytes } = storedIn(aws, 'audit');
  copyBundle(aws, SWEPT_AT_ONCE - 1);
  advance(LIFE_S);
  await sweep();
  const sweepCalls = aws.take();
  return { calls, coldCalls, sweepCalls, auditBytes, ...stored };
}

/** Stores so many copies of the one bundle, under other IDs, evenly in all shards. */
function copyBundle(aws: FakeAws, times: number): void {
  const [item] = aws.table('vault').items();
  const [expiry, app] = String(item?.sk?.S).split('#');
  for (let copy = 0; copy < times; copy += 1) {
    const id = Buffer.alloc(15);
    id.writeUInt8(copy % SHARDS, 0);
    id.writeUInt32BE(copy, 4);
    const keys = primaryKey({ app: app ?? '', expiresAtS: Number(expiry), id: id.toString('base64url') });
    aws.table('vault').put({ ...item, pk: { S: keys.pk }, sk: { S: keys.sk } });
  }
}

/** The peer's counts. What has expired it leaves to DynamoDB's TTL, which costs nothing. */
export async function peerCounts(fields: Fields, options?: { batched: boolean }): Promise<RequestCounts> {
  const aws = fakeAws();
  const peer = itemPerField(aws, options);
  await peer.decrypt(await peer.encrypt(fields));
  return { calls: aws.take(), ...storedIn(aws, PEER_TABLE) };
}

function storedIn(aws: FakeAws, name: string) {
  const items = aws.table(name).items();
  return { storedBytes: items.reduce((sum, item) => sum + itemBytes(item), 0), storedItems: items.length };
}
