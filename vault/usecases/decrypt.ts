// Decrypt: opens the refs of one request. One read, one app KEK call for each distinct bundle, one audit write beside them.

import type { Operation } from '../../wire/operations.ts';
import { bundleId, openFromBundle, tagOf, wrapContext } from '../domain/envelope/bundle.ts';
import { parseRef, type Ref } from '../domain/envelope/ref.ts';
import { DaykeyError, isDaykeyError } from '../domain/errors.ts';
import { slotForDecryption, type UsableSlot } from '../domain/kek-life/ring.ts';
import type { Caller } from '../domain/trust.ts';
import type { AppKek } from '../ports/app-kek.ts';
import type { AuditLog } from '../ports/audit-log.ts';
import { type BundleKey, type BundleStore, MAX_FIND, type StoredBundle } from '../ports/bundle-store.ts';
import { type Clock, secondsOf } from '../ports/clock.ts';
import type { RedactionReason, Telemetry } from '../ports/telemetry.ts';
import type { Rings } from './rings.ts';

export interface DecryptDeps {
  clock: Clock;
  rings: Rings;
  appKek: AppKek;
  bundles: BundleStore;
  audit: AuditLog;
  telemetry: Telemetry;
  /** Bytes of stored fields that one request may open. */
  maxStoredBytes: number;
}

/** One field: its JSON text, or nothing. Why it is redacted is for operators only. */
export type Opened =
  | { status: 'ok'; json: string; expiresAtS: number }
  | { status: 'redacted'; reason: RedactionReason };

/** Refs of one bundle, by the names that the caller gave them. */
interface Wanted {
  key: BundleKey;
  refs: Map<string, Ref>;
}

/** Refs of one bundle whose turn it is: nothing but KMS and the envelope can still say no. */
interface Openable {
  bundle: StoredBundle;
  slot: UsableSlot;
  refs: Map<string, Ref>;
}

/**
 * Opens tokens, by name. Nothing is opened before the audit log has it.
 *
 * @throws DaykeyError `too-large` when the stored fields add up to more than fits an answer;
 * `unavailable` when a dependency, the audit log included, is broken, which is never mistaken for `redacted`.
 */
export async function decrypt(
  deps: DecryptDeps,
  caller: Omit<Caller, 'trust'>,
  tokens: ReadonlyMap<string, string>,
  operation: Operation = 'decrypt',
): Promise<Map<string, Opened>> {
  const { wanted, malformed } = byBundle(caller.app, tokens);
  const opened = new Map<string, Opened>();
  for (const name of malformed) opened.set(name, redacted('malformed'));
  try {
    const stored = await findAll(
      deps,
      [...wanted.values()].map(({ key }) => key),
    );
    const found = new Map(stored.map((bundle) => [bundle.tag + bundle.id, bundle]));
    const looks = [...wanted].map(([id, { refs }]) => lookAt(deps, caller.app, found.get(id), refs));
    const openable: Openable[] = [];
    for (const look of await Promise.all(looks)) {
      if (typeof look.now === 'string') for (const name of look.refs.keys()) opened.set(name, redacted(look.now));
      else openable.push({ ...look.now, refs: look.refs });
    }
    assertFits(deps, openable);
    for (const [name, field] of await openAll(deps, caller, operation, openable)) opened.set(name, field);
  } finally {
    for (const { refs } of wanted.values()) for (const ref of refs.values()) ref.refKek.fill(0);
  }
  report(deps, opened);
  return new Map([...tokens.keys()].map((name) => [name, opened.get(name) ?? redacted('unknown')]));
}

function byBundle(app: string, tokens: ReadonlyMap<string, string>) {
  const wanted = new Map<string, Wanted>();
  const malformed: string[] = [];
  for (const [name, token] of tokens) {
    const ref = parseRef(token);
    if (!ref) {
      malformed.push(name);
      continue;
    }
    const key = { app, tag: tagOf(ref.refId), id: bundleId(ref.refId) };
    const entry = wanted.get(key.tag + key.id) ?? { key, refs: new Map<string, Ref>() };
    entry.refs.set(name, ref);
    wanted.set(key.tag + key.id, entry);
  }
  return { wanted, malformed };
}

/** One read for every 100 bundles. */
async function findAll({ bundles }: DecryptDeps, keys: readonly BundleKey[]): Promise<StoredBundle[]> {
  const starts = Array.from({ length: Math.ceil(keys.length / MAX_FIND) }, (_, page) => page * MAX_FIND);
  return (await Promise.all(starts.map((start) => bundles.find(keys.slice(start, start + MAX_FIND))))).flat();
}

function assertFits({ maxStoredBytes }: DecryptDeps, openable: readonly Openable[]): void {
  let bytes = 0;
  for (const { bundle, refs } of openable) {
    for (const { index } of refs.values()) bytes += bundle.fields.get(index)?.length ?? 0;
  }
  if (bytes > maxStoredBytes) {
    throw new DaykeyError('too-large', `the values add up to more than ${maxStoredBytes} bytes: ask for fewer refs`);
  }
}

/** Why these refs stay closed whatever KMS says, or what it takes to open them. */
async function lookAt(
  deps: DecryptDeps,
  app: string,
  bundle: StoredBundle | undefined,
  refs: Map<string, Ref>,
): Promise<{ refs: Map<string, Ref>; now: RedactionReason | { bundle: StoredBundle; slot: UsableSlot } }> {
  if (!bundle || ![...refs.values()].some(({ index }) => bundle.fields.has(index))) return { refs, now: 'unknown' };
  if (isExpired(deps, bundle)) return { refs, now: 'expired' };
  const slot = await slotOf(deps, app, bundle.slot);
  return { refs, now: slot ? { bundle, slot } : 'key-destroyed' };
}

async function record(
  deps: DecryptDeps,
  caller: Omit<Caller, 'trust'>,
  operation: Operation,
  openable: readonly Openable[],
): Promise<void> {
  const refs = openable.flatMap((each) =>
    [...each.refs.values()]
      .filter(({ index }) => each.bundle.fields.has(index))
      .map(({ index }) => `${each.bundle.id}:${index}`),
  );
  const { app, integration, requestId } = caller;
  await deps.audit.record({
    ...{ app, integration, requestId, operation, atMs: deps.clock() },
    ...{ refs: [...new Set(refs)], count: refs.length },
  });
}

/**
 * Opens everything in one go, once KMS has answered for every bundle and the audit log has the intent: what came back
 * first must not wait, open, beyond its expiry for what comes last.
 */
async function openAll(
  deps: DecryptDeps,
  caller: Omit<Caller, 'trust'>,
  operation: Operation,
  openable: readonly Openable[],
): Promise<Map<string, Opened>> {
  if (openable.length === 0) return new Map();
  const [audited, ...unwrapped] = await Promise.allSettled([
    record(deps, caller, operation, openable),
    ...openable.map(({ slot, bundle }) => unwrap(deps, slot, bundle)),
  ]);
  try {
    const failed = [audited, ...unwrapped].find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
    const opened = new Map<string, Opened>();
    openable.forEach(({ bundle, refs }, at) => {
      const result = unwrapped[at];
      const answer = result?.status === 'fulfilled' ? result.value : 'unknown';
      const innerWraps = Buffer.isBuffer(answer) && isExpired(deps, bundle) ? 'expired' : answer;
      for (const [name, ref] of refs) {
        opened.set(name, Buffer.isBuffer(innerWraps) ? openField(bundle, innerWraps, ref) : redacted(innerWraps));
      }
    });
    return opened;
  } finally {
    for (const result of unwrapped) {
      if (result.status === 'fulfilled' && Buffer.isBuffer(result.value)) result.value.fill(0);
    }
  }
}

function openField(bundle: StoredBundle, innerWraps: Buffer, ref: Ref): Opened {
  const ciphertext = bundle.fields.get(ref.index);
  if (!ciphertext) return redacted('unknown');
  const json = openFromBundle(bundle, ciphertext, innerWraps, ref);
  return json === undefined ? redacted('tampered') : { status: 'ok', json, expiresAtS: bundle.expiresAtS };
}

/** The inner wraps, or why they stay closed. */
async function unwrap(deps: DecryptDeps, slot: UsableSlot, bundle: StoredBundle): Promise<Buffer | RedactionReason> {
  const context = wrapContext(bundle, bundle.id);
  try {
    return await deps.appKek.unwrap(slot, context, bundle.wrapped);
  } catch (error) {
    if (secondsOf(deps.clock()) >= slot.decryptUntilS) return 'key-destroyed';
    if (isDaykeyError(error, 'app-kek-mismatch')) return 'tampered';
    // Before T2 a refusal is an outage, not an answer about the data.
    if (isDaykeyError(error, 'app-kek-refused')) deps.telemetry.count('AppKekRefused', 1);
    throw error;
  }
}

async function slotOf(deps: DecryptDeps, app: string, slot: number): Promise<UsableSlot | undefined> {
  const remembered = await deps.rings.get(app);
  const known = remembered && slotForDecryption(remembered, slot);
  if (known) return known;
  const ring = await deps.rings.reload(app);
  return ring && slotForDecryption(ring, slot);
}

function isExpired(deps: DecryptDeps, bundle: StoredBundle): boolean {
  return secondsOf(deps.clock()) >= bundle.expiresAtS;
}

function redacted(reason: RedactionReason): Opened {
  return { status: 'redacted', reason };
}

function report(deps: DecryptDeps, opened: ReadonlyMap<string, Opened>): void {
  const reasons = new Map<RedactionReason, number>();
  let ok = 0;
  for (const field of opened.values()) {
    if (field.status === 'ok') ok += 1;
    else reasons.set(field.reason, (reasons.get(field.reason) ?? 0) + 1);
  }
  if (ok > 0) deps.telemetry.count('FieldsOpened', ok);
  for (const [reason, count] of reasons) deps.telemetry.count('FieldsRedacted', count, reason);
  const tampered = reasons.get('tampered');
  if (tampered) deps.telemetry.count('TamperedRefs', tampered);
}
