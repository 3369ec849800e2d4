// Outgoing: opens the refs in an entry for integrations that get plaintext, and redacts them for all others. Blobs stay refs.

import type { OutgoingResponse, RedactAs } from '../../wire/outgoing.ts';
import { SENSITIVE_KEY } from '../../wire/refs.ts';
import { applyOpened, findRefs } from '../domain/policy/opening.ts';
import { type Caller, getsPlaintext } from '../domain/trust.ts';
import { assertAnswerFits, assertPartFits, jsonBytes } from './answer-bytes.ts';
import { isLogged, type LogEntryDeps, logEntry } from './console/log-entry.ts';
import { type DecryptDeps, decrypt } from './decrypt.ts';
import type { Opened } from './open-bundles.ts';

/** What opening needs, and where the entry log is. */
export interface OutgoingDeps extends DecryptDeps, LogEntryDeps {}

/**
 * Opens an entry in one pass: opened values are not searched for refs, so a value cannot smuggle one in.
 *
 * @throws DaykeyError `ref-not-allowed` for a malformed ref, `too-large`, and as {@link decrypt} does.
 */
export async function outgoing(
  deps: OutgoingDeps,
  caller: Caller,
  entry: unknown,
  redactAs: RedactAs = 'string',
): Promise<OutgoingResponse> {
  const found = findRefs(entry);
  const refs = new Map(found.map(({ pointer, ref }) => [pointer, ref]));
  const fields = await openedFields(deps, caller, entry, refs);
  const values = new Map<string, unknown>();
  const blobs = new Map<string, unknown>();
  for (const [pointer, field] of fields) {
    if (field.status === 'ok') values.set(pointer, JSON.parse(field.json));
    if (field.status === 'blob') blobs.set(pointer, { [SENSITIVE_KEY]: refs.get(pointer) });
  }
  if (isLogged(deps, caller)) {
    await logEntry(deps, caller, () => ({
      direction: 'outgoing',
      entry,
      refs: Array.from(refs, ([pointer, ref]) => ({
        pointer,
        ref,
        outcome: values.has(pointer) || blobs.has(pointer) ? 'opened' : 'redacted',
      })),
    }));
  }
  return {
    entry: applyOpened(entry, found, new Map([...values, ...blobs]), redactAs),
    opened: [...values.keys()],
    redacted: [...refs.keys()].filter((pointer) => !values.has(pointer) && !blobs.has(pointer)),
    blobs: [...blobs.keys()],
  };
}

/** The fields of the refs for a caller that gets plaintext; none for any other, which cannot tell a ref from other text. */
async function openedFields(
  deps: DecryptDeps,
  caller: Caller,
  entry: unknown,
  refs: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, Opened>> {
  const what = 'the entry, and the pointers to its refs,';
  const pointerBytes = jsonBytes([...refs.keys()]);
  // No replacement of a ref is longer than the ref with the object around it.
  if (refs.size === 0 || !getsPlaintext(caller.trust)) {
    assertPartFits(caller, entry, pointerBytes, what);
    return new Map();
  }
  // The entry and the pointers are part of the answer, so they reduce what is left for values.
  const bytes = jsonBytes(entry) + pointerBytes;
  assertAnswerFits(bytes, what);
  return await decrypt({ ...deps, maxStoredBytes: deps.maxStoredBytes - bytes }, caller, refs, 'outgoing');
}
