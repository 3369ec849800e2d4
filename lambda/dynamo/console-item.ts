// Keys and attributes of the Console's table: log rows, pointers to them, and notes that tell the sweeper what ends when.

import { positionOf } from '../../vault/domain/console/log-row.ts';
import { TTL_ATTRIBUTE } from '../config.ts';
import { expiryDigits } from './bundle-item.ts';
import type { ItemKey } from './calls.ts';

/** Partitions that the rows of one app are spread over, and all notes of ends. */
export const LOG_SHARDS = 8;
/** How much later DynamoDB's TTL deletes a note, in seconds: until the sweeper has had its time. */
const NOTE_STAYS_S = 3600;

/** The partition of a row, 0 to 7. */
export function logPartition(app: string, shard: number): string {
  return `log#${app}#${shard}`;
}

/** Partition and sort key of a log row. */
export function logKey(row: { readonly app: string; readonly atMs: number; readonly id: string }): ItemKey {
  return { pk: logPartition(row.app, shardFor(row.id)), sk: positionOf(row) };
}

/** The partition of the pointers to the rows of a subject or a thread. */
export function tagPartition(app: string, tag: string): string {
  return `tag#${app}#${tag}`;
}

/** The item that points from a tag to a row. Only DynamoDB's TTL deletes it. */
export function pointerItem(app: string, tag: string, row: ItemKey, expiresAtS: number): Record<string, unknown> {
  return { pk: tagPartition(app, tag), sk: `${row.pk}#${row.sk}`, row, [TTL_ATTRIBUTE]: expiresAtS };
}

/** The partition of the notes of one shard, sorted by the ends of what they name. */
export function duePartition(shard: number): string {
  return `due#${shard}`;
}

/**
 * The item that tells the sweeper when another one ends. It is written before that one: what has no note would be left to
 * DynamoDB's TTL, which takes days.
 *
 * @param spreadBy a random text in base64url.
 */
export function dueNote(item: ItemKey, expiresAtS: number, spreadBy: string): Record<string, unknown> {
  return {
    pk: duePartition(shardFor(spreadBy)),
    sk: `${expiryDigits(expiresAtS)}#${item.pk}#${item.sk}`,
    item,
    [TTL_ATTRIBUTE]: expiresAtS + NOTE_STAYS_S,
  };
}

/** Three bits of a random text in base64url. */
function shardFor(random: string): number {
  return Buffer.from(random.slice(0, 2), 'base64url').readUInt8(0) % LOG_SHARDS;
}
