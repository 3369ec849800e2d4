// Stores a change of what others may change at the same time: it is read and changed again when another write came first.

import { setTimeout as sleep } from 'node:timers/promises';
import { isDaykeyError } from '../../domain/errors.ts';

/** CloudFormation makes all resources of a stack at once: dozens of them may change one app, and each try stores one of them. */
const TRIES = 30;
/** Two writers need no pause. More of them wait a random time, which grows with each try, so that they come apart. */
const TRIES_AT_ONCE = 2;
const PAUSE_MS = 50;

export interface Changeable<Stored> {
  /** @param tries 1 for the first time. */
  read(tries: number): Promise<Stored>;
  /** @throws DaykeyError `conflict` when another write came first. */
  store(next: Stored, read: Stored): Promise<Stored>;
}

/**
 * Stores what `change` makes of it, or nothing when it returns the same object or `undefined`. Returns it as it is then.
 *
 * @throws DaykeyError `conflict` when others are always faster; whatever `change` throws, at once.
 */
export async function storeChange<Stored extends object, None extends undefined = never>(
  { read, store }: Changeable<Stored>,
  change: (read: Stored) => Stored | None,
): Promise<Stored | None> {
  for (let tries = 1; ; tries += 1) {
    const before = await read(tries);
    const next = change(before);
    if (next === undefined || next === before) return next;
    try {
      return await store(next, before);
    } catch (error) {
      if (!isDaykeyError(error, 'conflict') || tries === TRIES) throw error;
    }
    if (tries >= TRIES_AT_ONCE) await sleep(Math.random() * PAUSE_MS * tries);
  }
}
