// Splits what is more than one request takes, by number and by bytes, and sends a few requests at a time.

import { MAX_FIELDS, MAX_REQUEST_BYTES } from '../../wire/limits.ts';
import type { Member } from './json.ts';

// Room for what stands around the members: braces, a subject of up to 256 characters, dates.
const FRAME_BYTES = 4096;
const AT_ONCE = 4;

/** Members in order, in batches that each fit one request. One that is too large for any request gets its own batch, for the vault to refuse. */
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

/** Works on at most four items at once, and gives the results in order. Rejects with the first failure and begins no more. */
export async function fewAtOnce<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const at = next;
      next += 1;
      try {
        results[at] = await work(items[at] as Item);
      } catch (error) {
        next = items.length;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}
