// Splits what is more than one request takes, by number and by bytes, and sends a few requests at a time.

import { MAX_FIELDS, MAX_REQUEST_BYTES } from '../../wire/limits.ts';
import type { Member } from './json.ts';

// Less what stands around the members: braces, a subject of up to 256 characters, dates.
const ROOM_BYTES = MAX_REQUEST_BYTES - 4096;
const AT_ONCE = 4;

/**
 * Members in order, in batches that each fit one request. One that is too large for any request gets its own batch, for the
 * vault to refuse. No members give one empty batch: the vault gives the best error message.
 */
export function batchesOf(members: readonly Member[]): Member[][] {
  let batch: Member[] = [];
  let left = ROOM_BYTES;
  const batches = [batch];
  for (const member of members) {
    const bytes = Buffer.byteLength(JSON.stringify(member[0])) + Buffer.byteLength(member[1]) + 2;
    if (batch.length === MAX_FIELDS || (batch.length > 0 && bytes > left)) {
      batch = [];
      left = ROOM_BYTES;
      batches.push(batch);
    }
    batch.push(member);
    left -= bytes;
  }
  return batches;
}

/** Works on at most four items at once, and gives the results in order. Rejects with the first failure and begins no more. */
export async function fewAtOnce<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  // All workers take from this one. A worker that fails ends it, as every `for` ends a generator that it leaves.
  const queue = entriesOf(items);
  const worker = async () => {
    for (const [at, item] of queue) results[at] = await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

function* entriesOf<Item>(items: readonly Item[]): Iterable<[at: number, item: Item]> {
  yield* items.entries();
}
