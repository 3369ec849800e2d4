// Stores a change of what others may change at the same time: it is read and changed again when another write came first.

import { isDaykeyError } from '../../domain/errors.ts';

/** How often it is read again. */
const TRIES = 5;

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
  }
}
