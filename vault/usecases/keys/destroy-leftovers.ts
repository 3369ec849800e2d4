// Destroys the keys that no app's ring names, when a vault ends: a rotator that was cut off may have left some.

import { setTimeout as sleep } from 'node:timers/promises';
import { messagesOf } from '../../domain/errors.ts';
import type { KeyMaker } from '../../ports/key-maker.ts';
import type { KeyRingWriter } from '../../ports/key-ring.ts';
import type { Telemetry } from '../../ports/telemetry.ts';

export interface LeftoverDeps {
  keyRing: Pick<KeyRingWriter, 'rows'>;
  keyMaker: Pick<KeyMaker, 'list' | 'destroy'>;
  telemetry: Telemetry;
  /** @default setTimeout */
  wait?: (ms: number) => Promise<unknown>;
}

/** How late a key may show up in the list, in milliseconds. A rotator claims a slot before it makes a key, so none is newer. */
export const LIST_AGAIN_AFTER_MS = 90_000;
/** Listings, at most. Together with the waits well within the function's ten minutes. */
const MOST_LISTINGS = 4;
/** Keys that an error names. The tag finds the others. */
const KEYS_NAMED = 10;

/**
 * Destroys every key with this stack's tags that is not destroyed yet. Lists them twice, because a new key shows up late, and
 * again while some could not be destroyed. Nothing makes keys any more when it runs.
 *
 * @throws Error that names what is left, and why.
 */
export async function destroyLeftovers({ keyRing, keyMaker, telemetry, wait = sleep }: LeftoverDeps): Promise<void> {
  const destroyed = new Set<string>();
  for await (const page of keyRing.rows()) {
    for (const row of page) {
      if (row.kind === 'slot' && row.keyArn !== undefined && row.state === 'destroyed') destroyed.add(row.keyArn);
    }
  }
  let left: readonly string[] = [];
  for (let listing = 1; listing <= MOST_LISTINGS; listing += 1) {
    if (listing > 1) await wait(LIST_AGAIN_AFTER_MS);
    left = await destroyListed(keyMaker, telemetry, destroyed);
    if (left.length === 0 && listing >= 2) return;
  }
  const more = left.length > KEYS_NAMED ? `\n  and ${left.length - KEYS_NAMED} more` : '';
  throw new Error(
    `${left.length} keys could not be destroyed:\n${left
      .slice(0, KEYS_NAMED)
      .map((line) => `  ${line}`)
      .join('\n')}${more}`,
  );
}

/** Destroys what is listed and not yet in `destroyed`. Returns what is left, one line each. */
async function destroyListed(
  keyMaker: LeftoverDeps['keyMaker'],
  telemetry: Telemetry,
  destroyed: Set<string>,
): Promise<string[]> {
  const left: string[] = [];
  try {
    for await (const { arn } of keyMaker.list(destroyed)) {
      // One key that cannot be destroyed does not stop the others.
      try {
        await keyMaker.destroy(arn);
        destroyed.add(arn);
        telemetry.count('KeysDestroyed', 1);
      } catch (error) {
        left.push(`${arn}: ${messagesOf(error)}`);
      }
    }
  } catch (error) {
    left.push(`the list ended early: ${messagesOf(error)}`);
  }
  return left;
}
