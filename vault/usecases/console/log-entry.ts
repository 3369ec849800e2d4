// Writes what the Console lists of an entry. Best effort: it never fails a request, and a metric counts what is missing.

import { randomBytes } from 'node:crypto';
import { isJsonObject } from '../../../wire/json-object.ts';
import { MAX_NAME_LENGTH } from '../../../wire/limits.ts';
import {
  type Direction,
  type LoggedField,
  type LogRowFace,
  MAX_ROW_LIFE_S,
  ROW_ENTROPY_BYTES,
  rowIdIn,
  sealSecrets,
} from '../../domain/console/log-row.ts';
import { shownData } from '../../domain/console/shown-data.ts';
import { subjectTag } from '../../domain/envelope/bundle.ts';
import { parseRef } from '../../domain/envelope/ref.ts';
import { slotForEncryption, tagSalt } from '../../domain/kek-life/ring.ts';
import { policyFor } from '../../domain/policy/policy.ts';
import type { Caller } from '../../domain/trust.ts';
import { type Clock, secondsOf } from '../../ports/clock.ts';
import type { EntryLog, LogKey } from '../../ports/entry-log.ts';
import type { Telemetry } from '../../ports/telemetry.ts';

/** Where rows go. Absent in a vault without a Console. */
export interface EntryLogging {
  readonly log: EntryLog;
  readonly key: LogKey;
}

export interface LogEntryDeps {
  clock: Clock;
  telemetry: Telemetry;
  entryLog?: EntryLogging | undefined;
}

/** An entry as it passed an edge. */
export interface PassedEntry {
  readonly direction: Direction;
  /** With refs in the place of values. */
  readonly entry: unknown;
  readonly refs: readonly (LoggedField & { readonly ref: string })[];
  readonly mode?: string | undefined;
  readonly decision?: LogRowFace['decision'];
  readonly subject?: string | undefined;
}

/** Bytes of pointers and refs that one row has room for: DynamoDB takes 400 KB per item. */
const MAX_FIELD_LIST_BYTES = 100 * 1024;

/** Whether entries of this app are logged. */
export function isLogged({ entryLog }: LogEntryDeps, { ring }: Pick<Caller, 'ring'>): boolean {
  return entryLog !== undefined && ring.settings.console !== undefined;
}

/**
 * Writes the row of an entry. Does nothing for an app that the Console does not show. Never rejects.
 *
 * @param passed is called for entries that are logged only. What it throws is counted like a row that was not written.
 */
export async function logEntry(deps: LogEntryDeps, caller: Caller, passed: () => PassedEntry): Promise<void> {
  if (deps.entryLog === undefined || !isLogged(deps, caller)) return;
  try {
    await writeRow(deps, deps.entryLog, caller, passed());
  } catch {
    deps.telemetry.count('EntriesNotLogged', 1);
  }
}

async function writeRow(
  deps: LogEntryDeps,
  { log, key }: EntryLogging,
  { app, integration, requestId, ring }: Caller,
  { direction, entry, refs, mode, decision, subject }: PassedEntry,
): Promise<void> {
  const atMs = deps.clock();
  const slot = slotForEncryption(ring, secondsOf(atMs));
  // Without a salt there is no tag, and a row without its tag could not be erased with its subject.
  if (slot === undefined) throw new Error('no slot of the app has a salt');
  const tag = (name: string) => subjectTag(tagSalt(slot), name).toString('base64url');
  const members = isJsonObject(entry) ? entry : {};
  const { threadId, entryId } = idsIn(members);
  const kept = thatFit(refs);
  const entropy = randomBytes(ROW_ENTROPY_BYTES);
  const place = {
    app,
    atMs,
    id: rowIdIn(entropy),
    expiresAtS: rowEndS(refs, ring.settings.defaultTtlS, secondsOf(atMs)),
  };
  const showPlain = decision?.sensitive === false && ring.settings.console?.showPlain === true;
  const isBare = decision?.sensitive === false && !showPlain;
  const face: LogRowFace = {
    direction,
    integration,
    requestId,
    type: textIn(members.type),
    userType: isJsonObject(members.user) ? textIn(members.user.type) : undefined,
    mode,
    decision,
    shown: isBare ? undefined : shownData(members, policyFor(ring.settings.sensitiveData), showPlain),
    fields: kept.map(({ pointer, outcome }) => ({ pointer, outcome })),
    fieldsLeftOut: refs.length - kept.length,
    threadTag: threadId === undefined ? undefined : tag(threadId),
  };
  const secrets = { refs: kept.map(({ ref }) => ref), entryId, threadId };
  const sealed = sealSecrets(await key.publicKey(), place, secrets, entropy);
  const row = { app, atMs, id: place.id, expiresAtS: place.expiresAtS, face, sealed };
  const tags = [face.threadTag, subject === undefined ? undefined : tag(subject)];
  await log.write(row, [...new Set(tags.filter((each) => each !== undefined))]);
}

/** A row ends with its last value, after a day at most; one without a value when the app's default time to live is over. */
function rowEndS(refs: PassedEntry['refs'], defaultTtlS: number, nowS: number): number {
  const ends = refs.map(({ ref }) => expiryIn(ref)).filter((endS) => endS > nowS);
  const endS = ends.length > 0 ? Math.max(...ends) : nowS + defaultTtlS;
  return Math.min(endS, nowS + MAX_ROW_LIFE_S);
}

function expiryIn(text: string): number {
  const ref = parseRef(text);
  ref?.refKek.fill(0);
  return ref?.expiresAtS ?? 0;
}

function thatFit(refs: PassedEntry['refs']): PassedEntry['refs'] {
  let bytes = 0;
  return refs.filter(({ pointer, ref }) => {
    bytes += Buffer.byteLength(pointer) + ref.length;
    return bytes <= MAX_FIELD_LIST_BYTES;
  });
}

function idsIn({ id, thread }: Readonly<Record<string, unknown>>): {
  threadId: string | undefined;
  entryId: string | undefined;
} {
  return { entryId: textIn(id), threadId: isJsonObject(thread) ? textIn(thread.id) : undefined };
}

/** A technical text of an entry. In outgoing entries anything may stand there. */
function textIn(value: unknown): string | undefined {
  return typeof value === 'string' && value.length <= MAX_NAME_LENGTH ? value : undefined;
}
