// Incoming: seals what is sensitive in an entry, and leaves the rest, refs included, as it is.

import type { Entry, EntryContext } from '../../wire/entry.ts';
import { MAX_ANSWER_BYTES } from '../../wire/limits.ts';
import { DaykeyError } from '../domain/errors.ts';
import { checkTtl } from '../domain/kek-life/expiry.ts';
import { slotForEncryption } from '../domain/kek-life/ring.ts';
import { applySealed, planSealing } from '../domain/policy/plan.ts';
import { policyFor } from '../domain/policy/policy.ts';
import { type Caller, mayBringRefs } from '../domain/trust.ts';
import { secondsOf } from '../ports/clock.ts';
import { answerBytes } from './answer-bytes.ts';
import { type EncryptDeps, encrypt, type SealingRequest } from './encrypt.ts';

export interface Incoming extends Omit<SealingRequest, 'jsons'> {
  entry: Entry;
  context: EntryContext;
  /** Turns a value into its JSON text. @throws DaykeyError `too-large` with the pointer. */
  toJson: (value: unknown, pointer: string) => string;
}

export interface SealedEntry {
  entry: Entry;
  /** Whether a rule says that the entry is sensitive. */
  sensitive: boolean;
  /** JSON pointers of what was sealed. */
  sealed: string[];
  /** Absent when nothing was. */
  expiresAtS?: number;
}

/**
 * Seals an entry as its app's settings say: all of it or nothing.
 *
 * @throws DaykeyError `ref-not-allowed`, `too-large`, and as {@link encrypt} does.
 */
export async function incoming(deps: EncryptDeps, caller: Caller, request: Incoming): Promise<SealedEntry> {
  const { entry, context, toJson, ...sealing } = request;
  const { ring, trust } = caller;
  const refsAllowed = mayBringRefs(trust);
  const { sensitive, parts } = planSealing(entry, context, policyFor(ring.settings.sensitiveData), { refsAllowed });
  if (parts.length === 0) {
    // A caller with wrong settings gets the error whatever it sends. Without a slot there is nothing to check by.
    const nowS = secondsOf(deps.clock());
    const slot = slotForEncryption(ring, nowS);
    if (slot) checkTtl(sealing.ttlSeconds, slot, nowS);
    return { entry, sensitive, sealed: [] };
  }
  const pointers = parts.map(({ pointer }) => pointer);
  if (answerBytes(entry, pointers) > MAX_ANSWER_BYTES) {
    throw new DaykeyError('too-large', `an entry and the pointers to its parts have at most ${MAX_ANSWER_BYTES} bytes`);
  }
  const jsons = new Map(parts.map(({ pointer, value }) => [pointer, toJson(value, pointer)]));
  const { refs, expiresAtS } = await encrypt(deps, ring, { ...sealing, jsons });
  return { entry: applySealed(entry, refs), sensitive, sealed: [...refs.keys()], expiresAtS };
}
