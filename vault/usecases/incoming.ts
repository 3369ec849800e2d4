// Incoming: seals what is sensitive in an entry, and leaves the rest, refs included, as it is.

import type { Entry, EntryContext } from '../../wire/entry.ts';
import { SENSITIVE_KEY } from '../../wire/refs.ts';
import { REF_LENGTH } from '../domain/envelope/ref.ts';
import { checkTtl } from '../domain/kek-life/expiry.ts';
import { slotForEncryption } from '../domain/kek-life/ring.ts';
import { findRefs } from '../domain/policy/opening.ts';
import { applySealed, planSealing } from '../domain/policy/plan.ts';
import { policyFor } from '../domain/policy/policy.ts';
import { explainReason } from '../domain/policy/rules.ts';
import { type Caller, mayBringRefs } from '../domain/trust.ts';
import { secondsOf } from '../ports/clock.ts';
import { assertPartFits, jsonBytes } from './answer-bytes.ts';
import { ATTACHED_AT, checkAttachment, type SealedBlob } from './attach-blob.ts';
import { isLogged, type LogEntryDeps, logEntry } from './console/log-entry.ts';
import { encrypt, type SealingRequest } from './encrypt.ts';
import type { SealDeps } from './serving-slot.ts';

/** What sealing needs, and where the entry log is. */
export interface IncomingDeps extends SealDeps, LogEntryDeps {}

export interface Incoming extends Omit<SealingRequest, 'jsons' | 'alongside'> {
  entry: Entry;
  /** Becomes `data.blob`. */
  blob?: SealedBlob | undefined;
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

/** Bytes of a ref in an entry, with the object around it. */
const REF_BYTES = jsonBytes({ [SENSITIVE_KEY]: '' }) + REF_LENGTH;
/** Bytes of a blob's ref as a member of `data`. */
const ATTACHED_BYTES = REF_BYTES + '"blob":,'.length;

/**
 * Seals an entry as its app's settings say: all of it or nothing. Attaches a blob that the caller has sealed itself.
 *
 * @throws DaykeyError `ref-not-allowed`, `too-large`, and as {@link encrypt} does.
 */
export async function incoming(deps: IncomingDeps, caller: Caller, request: Incoming): Promise<SealedEntry> {
  const { entry, blob, context, toJson, ...sealing } = request;
  const { ring, trust } = caller;
  const refsAllowed = mayBringRefs(trust);
  const policy = policyFor(ring.settings.sensitiveData);
  const { sensitive, rule, reason, parts } = planSealing(entry, context, policy, { refsAllowed });
  if (blob) await checkAttachment(deps, caller, policy, entry, blob);
  const pointers = parts.map(({ pointer }) => pointer);
  const otherBytes = jsonBytes(pointers) + (blob ? ATTACHED_BYTES : 0);
  const log = (whole: Entry, sealed?: ReadonlyMap<string, string>) =>
    logEntry(deps, caller, () => ({
      direction: 'incoming',
      entry: whole,
      refs: findRefs(whole).map(({ pointer, ref }) => ({
        pointer,
        ref,
        outcome: sealed?.has(pointer) ? 'sealed' : 'ref',
      })),
      mode: context.thread?.mode,
      decision: { sensitive, rule, why: explainReason(reason) },
      subject: sealing.subject,
    }));
  if (parts.length === 0) {
    // A number may take more bytes than it had: 1e20 is written with 21 digits.
    assertPartFits(caller, entry, otherBytes, 'the entry');
    // A caller with wrong settings gets the error whatever it sends. Without a slot there is nothing to check by.
    const nowS = secondsOf(deps.clock());
    const slot = slotForEncryption(ring, nowS);
    if (slot) checkTtl(sealing.ttlSeconds, slot, nowS);
    const whole = withBlob(entry, blob);
    await log(whole);
    return { entry: whole, sensitive, sealed: [] };
  }
  const jsons = new Map(parts.map(({ pointer, value }) => [pointer, toJson(value, pointer)]));
  let growth = 0;
  for (const json of jsons.values()) growth += REF_BYTES - Buffer.byteLength(json);
  assertPartFits(caller, entry, otherBytes + growth, 'the entry with its refs, and the pointers to them,');
  const withRefs = (refs: ReadonlyMap<string, string>) => withBlob(applySealed(entry, refs), blob);
  let logged: Entry | undefined;
  const { refs, expiresAtS } = await encrypt(deps, ring, {
    ...sealing,
    jsons,
    alongside: isLogged(deps, caller)
      ? (sealed) => {
          logged = withRefs(sealed.refs);
          return log(logged, sealed.refs);
        }
      : undefined,
  });
  return { entry: logged ?? withRefs(refs), sensitive, sealed: [...refs.keys()], expiresAtS };
}

/** The entry with the ref of a blob. A member named `__proto__` stays an ordinary member in a copy by spread. */
function withBlob(entry: Entry, blob: SealedBlob | undefined): Entry {
  return blob ? { ...entry, data: { ...entry.data, [ATTACHED_AT]: { [SENSITIVE_KEY]: blob.ref } } } : entry;
}
