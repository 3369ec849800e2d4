// JSON text of what callers pass. What JSON would drop, round or replace is refused, so that values come back as they went in.

import { MAX_REQUEST_BYTES } from '../../wire/limits.ts';
import { copyWith, dateIn, tooLarge } from './copy.ts';
import { DaykeyProblem, invalidRequest, type Key } from './problem.ts';
import type { Sensitive } from './sensitive.ts';

/** What a vault keeps: any JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** A name and the JSON text that belongs to it. */
export type Member = readonly [name: string, json: string];

/**
 * The JSON text of a value made of strings, finite numbers, booleans, `null`, arrays and plain objects. A valid `Date`
 * becomes its ISO text, and `-0` becomes 0. No `toJSON` of the value is called.
 *
 * @param path Where the value stands in the request, to name faults by.
 * @param revealed Collects each `Sensitive` whose plaintext goes into the text. Without it, a `Sensitive` is refused.
 * @throws DaykeyProblem `invalid-request` for anything else, `too-large` beyond `maxBytes` in UTF-8.
 */
export function jsonText(
  value: unknown,
  path: readonly Key[],
  revealed?: Sensitive<unknown>[],
  maxBytes = MAX_REQUEST_BYTES,
): string {
  let copy: unknown;
  try {
    copy = copyWith(
      {
        sensitive(part, keys, copied) {
          if (!revealed) throw invalidRequest('reveal this, and name it in derivedFrom', keys);
          revealed.push(part);
          return copied(part.reveal());
        },
        other(part, keys) {
          const date = dateIn(part);
          if (date) return date.toISOString();
          throw invalidRequest(`this ${typeof part} would change in JSON: convert it`, keys);
        },
      },
      value,
      path,
      maxBytes,
    );
  } catch (error) {
    // What a getter or a proxy throws may hold anything.
    throw error instanceof DaykeyProblem ? error : invalidRequest('unreadable', path);
  }
  const text = JSON.stringify(copy);
  if (Buffer.byteLength(text) > maxBytes) throw tooLarge(path, maxBytes);
  return text;
}

/** The JSON text of an object with these members. */
export function objectText(members: Iterable<Member>): string {
  return `{${Array.from(members, ([name, json]) => `${JSON.stringify(name)}:${json}`)}}`;
}
