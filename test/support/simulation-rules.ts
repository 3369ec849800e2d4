// What must hold in every simulated vault, whatever happened: each rule is a sentence that a violation quotes.

import { isDaykeyError } from '../../vault/domain/errors.ts';
import { holderName } from '../../vault/domain/kek-life/holder.ts';
import type { RingSlot } from '../../vault/domain/kek-life/ring.ts';
import { latestExpiryS } from '../../vault/domain/kek-life/slot.ts';
import type { MemoryKms } from '../../vault/memory/kms.ts';
import type { StoredBundle } from '../../vault/ports/bundle-store.ts';
import { secondsOf } from '../../vault/ports/clock.ts';
import type { Opened } from '../../vault/usecases/open-bundles.ts';
import { collected } from './simulation-network.ts';

/** A ref that a writer was given. */
export interface Answered {
  readonly ref: string;
  readonly json: string;
  readonly expiresAtS: number;
  readonly subject: string | undefined;
  readonly answeredMs: number;
}

/** An erasure of a subject: when it was asked for and, once it has succeeded, when it was answered. */
export interface Erasure {
  readonly subject: string;
  readonly askedMs: number;
  answeredMs: number;
}

/** How a request went, by its own clock and by the right one. */
export interface Ending {
  readonly startedMs: number;
  readonly endedMs: number;
  readonly skewMs: number;
  /** Whether a dependency failed it. */
  readonly isFaulty: boolean;
  /** Whether an operator has tampered with a key in time for this request to feel it. */
  readonly isTampered: boolean;
}

export interface Rules {
  readonly broken: string[];
  check(holds: boolean, rule: string, details?: object): void;
}

/** Collects what was broken. */
export function rules(nowMs: () => number): Rules {
  const broken: string[] = [];
  return {
    broken,
    check(holds, rule, details = {}) {
      if (!holds) broken.push(`${new Date(nowMs()).toISOString()} ${rule}: ${JSON.stringify(details)}`);
    },
  };
}

/** A stored bundle fits the slot it was sealed in. */
export function checkStored({ check }: Rules, bundle: StoredBundle, slot: RingSlot | undefined): void {
  check(
    slot !== undefined && bundle.expiresAtS <= latestExpiryS(slot),
    'no bundle is stored whose expiry is later than T2 - M of its slot',
    { slot: bundle.slot, expiresAtS: bundle.expiresAtS, decryptUntilS: slot?.decryptUntilS },
  );
}

/** Remembers which key each slot was ready with; none ever has a second one. */
export function readyKeysChecker({ check }: Rules): (slots: readonly RingSlot[]) => void {
  const keys = new Map<string, string | undefined>();
  const slotsByKey = new Map<string, string>();
  return (slots) => {
    for (const { holder, slot, state, keyArn } of slots) {
      if (state !== 'ready') continue;
      const name = `${holderName(holder)}#${slot}`;
      check((keys.get(name) ?? keyArn) === keyArn, 'no slot is ever ready with two keys', { name, keyArn });
      check((slotsByKey.get(keyArn ?? '') ?? name) === name, 'no key serves two slots', { name, keyArn });
      keys.set(name, keyArn);
      slotsByKey.set(keyArn ?? '', name);
    }
  };
}

/**
 * The answer to a reader about one ref.
 *
 * @param sweeperAheadMs by how much a sweeper's clock may have ended the bundle early.
 * @param erasures of the ref's subject.
 */
export function checkOpened(
  { check }: Rules,
  ref: Answered,
  opened: Opened | undefined,
  { startedMs, endedMs, skewMs }: Ending,
  sweeperAheadMs: number,
  erasures: readonly Erasure[],
): void {
  const clockS = secondsOf(endedMs + skewMs);
  const details = { opened, expiresAtS: ref.expiresAtS, clockS, skewMs };
  if (opened?.status === 'ok') {
    check(clockS < ref.expiresAtS, "nothing is readable at or after its expiry, by the reader's clock", details);
    check(opened.json === ref.json, 'what is read is what was written', details);
    const erasure = erasures.find((each) => ref.answeredMs < each.askedMs && each.answeredMs < startedMs);
    const rule = 'a ref answered before an erasure was asked for opens in no decrypt that begins after its answer';
    check(erasure === undefined, rule, { ...details, erasure });
    return;
  }
  // The erasure, or its repetition a minute later, may take what is written meanwhile.
  if (erasures.some(({ askedMs }) => askedMs < endedMs)) return;
  const latestMs = endedMs + Math.max(0, skewMs, sweeperAheadMs);
  check(secondsOf(latestMs) >= ref.expiresAtS, 'a ref that was answered is never redacted before its expiry', details);
}

/** A read that failed: a dependency was broken, and the answer is to come back, not that the value is gone. */
export function checkReadFailure({ check }: Rules, error: unknown, ending: Ending): void {
  const { isFaulty, isTampered } = ending;
  const details = { error: String(error), ...ending };
  check(isDaykeyError(error, 'unavailable', 'app-kek-refused'), 'a read fails only with `unavailable`', details);
  // A reader that is late and behind asks KMS after the end of a bucket: KMS's own date tells it that the value expired.
  check(isFaulty || isTampered, 'a read fails only while a dependency does', details);
}

/** KMS and the ring agree once everything is over. */
export async function checkOver({ check }: Rules, kms: MemoryKms, slots: readonly RingSlot[]): Promise<void> {
  const left = await collected(kms.keyMaker('retire').list(new Set()));
  check(left.length === 0, 'past every T2 no key is left that is not pending deletion', { left });
  const alive = slots.filter(({ state }) => state !== 'destroyed');
  check(alive.length === 0, 'past every T2 every row is of a destroyed key', { alive });
}
