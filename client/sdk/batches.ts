// More than one request takes: split by number and by bytes, a few at a time.

import { MAX_FIELDS, MAX_REQUEST_BYTES } from '../../wire/limits.ts';

/** A name and the JSON text that belongs to it. */
export type Member = readonly [name: string, json: string];

// Room for what stands around the members: braces, a subject of 256 characters, dates.
const FRAME_BYTES = 4096;
const AT_ONCE = 4;

/** Members in order, in batches that each fit one request. One that fits none stands alone, for the vault to refuse. */
export function batchesOf(members: readonly Member[]): Member[][] {
  const batches: Member[][] = [];
  let left = 0;
  for (const member of members) {
    const bytes = Buffer.byteLength(JSON.stringify(member[0])) + Buffer.byteLength(member[1]) + 2;
    const last = batches.at(-1);
    if (last && last.length < MAX_FIELDS && bytes <= left) {
      last.push(member);
      left -= bytes;
    } else {
      batches.push([member]);
      left = MAX_REQUEST_BYTES - FRAME_BYTES - bytes;
    }
  }
  return batches;
}

/** Results in the order of the items, at most four being worked on. Rejects with the first failure and begins no more. */
export async function fewAtOnce<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const rest = items.entries();
  let failed = false;
  const worker = async () => {
    for (const [at, item] of rest) {
      if (failed) return;
      try {
        results[at] = await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
  return results;
}
