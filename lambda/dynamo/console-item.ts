// Keys and attributes of the Console's table: log rows, pointers to them, sessions and the count of reveals.

import { positionOf } from '../../vault/domain/console/log-row.ts';
import { CONSOLE_TABLE } from '../config.ts';

/** Partitions that the rows of one app are spread over. */
export const LOG_SHARDS = 8;

/** The partition of a row, 0 to 7. */
export function logPartition(app: string, shard: number): string {
  return `log#${app}#${shard}`;
}

/** Partition and sort key of a log row. */
export function logKey(row: { readonly app: string; readonly atMs: number; readonly id: string }) {
  return { pk: logPartition(row.app, shardFor(row.id)), sk: positionOf(row) };
}

/** The partition of the pointers to a subject's rows. */
export function subjectPartition(app: string, subjectTag: string): string {
  return `subject#${app}#${subjectTag}`;
}

/** Attributes by which the sweeper finds an item, and DynamoDB's TTL. */
export function ends(atS: number, spreadBy: string): Record<string, number> {
  return { [CONSOLE_TABLE.expiry]: atS, [CONSOLE_TABLE.shard]: shardFor(spreadBy) };
}

/** Three bits of a random text in base64url. */
function shardFor(random: string): number {
  return Buffer.from(random.slice(0, 2), 'base64url').readUInt8(0) % LOG_SHARDS;
}
