// Incoming: seals what is sensitive in an entry, and leaves the rest, refs included, as it is.

import { MAX_ANSWER_BYTES } from '../../wire/limits.ts';
import { DaykeyError } from '../domain/errors.ts';
import type { Context, Entry } from '../domain/policy/entry.ts';
import { applySealed, planSealing } from '../domain/policy/plan.ts';
import { policyFor } from '../domain/policy/policy.ts';
import { type Caller, mayBringRefs } from '../domain/trust.ts';
import { answerBytesOf } from './answer-bytes.ts';
import { checkTtl, type EncryptDeps, encrypt, type Sealing } from './encrypt.ts';

export interface Incoming extends Omit<Sealing, 'jsons'> {
  entry: Entry;
  context: Context;
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
  const settings = (await deps.rings.get(caller.app))?.settings.sensitiveData;
  const refsAllowed = mayBringRefs(caller.trust);
  const { sensitive, parts } = planSealing(entry, context, policyFor(settings), { refsAllowed });
  if (parts.length === 0) {
    await checkTtl(deps, caller.app, sealing.ttlSeconds);
    return { entry, sensitive, sealed: [] };
  }
  if (
    answerBytesOf(
      entry,
      parts.map(({ pointer }) => pointer),
    ) > MAX_ANSWER_BYTES
  ) {
    throw new DaykeyError('too-large', `an entry and the pointers to its parts have at most ${MAX_ANSWER_BYTES} bytes`);
  }
  const jsons = new Map(parts.map(({ pointer, value }) => [pointer, toJson(value, pointer)]));
  const { refs, expiresAtS } = await encrypt(deps, caller.app, { ...sealing, jsons });
  return { entry: applySealed(entry, refs), sensitive, sealed: [...refs.keys()], expiresAtS };
}
