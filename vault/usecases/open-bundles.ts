// Opens the bundles of one decrypt: the app KEK calls and the audit write side by side, then every field in one go.

import type { Operation } from '../../wire/operations.ts';
import type { BlobAddress } from '../domain/blob-object.ts';
import { CONTENT_BLOB_KEY } from '../domain/envelope/associated-data.ts';
import { type BlobKey, blobContext, parseBlobKey } from '../domain/envelope/blob-key.ts';
import { openFromBundle } from '../domain/envelope/bundle.ts';
import { wrapContext } from '../domain/envelope/context.ts';
import { statedContent } from '../domain/envelope/field.ts';
import { isDaykeyError } from '../domain/errors.ts';
import type { UsableSlot } from '../domain/kek-life/ring.ts';
import { refusedFromS } from '../domain/kek-life/slot.ts';
import type { Caller } from '../domain/trust.ts';
import { type AppKek, MAX_APP_KEK_CALLS_AT_ONCE } from '../ports/app-kek.ts';
import type { AuditLog } from '../ports/audit-log.ts';
import type { StoredBundle } from '../ports/bundle-store.ts';
import { type Clock, secondsOf } from '../ports/clock.ts';
import type { RedactionReason, Telemetry } from '../ports/telemetry.ts';
import type { HeldBundle, HeldField } from './held-fields.ts';
import { settledInTurn } from './settled-in-turn.ts';

export interface OpenDeps {
  clock: Clock;
  appKek: AppKek;
  audit: AuditLog;
  telemetry: Telemetry;
}

/** A blob whose key was opened. */
export interface OpenedBlobKey extends BlobKey {
  /** What the blob's message is bound to. */
  readonly context: Buffer;
  readonly address: BlobAddress;
}

/** One field: its JSON text, the key of its blob, or nothing. The reason is for operators only. */
export type Opened =
  | { readonly status: 'ok'; readonly json: string; readonly expiresAtS: number }
  | { readonly status: 'blob'; readonly blob: OpenedBlobKey; readonly expiresAtS: number }
  | { readonly status: 'redacted'; readonly reason: RedactionReason };

/** A field and the name that the caller gave its ref. */
export type NamedField = readonly [name: string, field: Opened];

/** Held fields of one bundle that only KMS and the envelope can still keep closed. */
export interface Openable extends HeldBundle {
  readonly status: 'openable';
  readonly slot: UsableSlot;
  /** Where the bundle's expiry lies in the slot. */
  readonly bucket: number;
}

/** What KMS made of a bundle. */
type Unwrapped =
  | { readonly status: 'unwrapped'; readonly of: Openable; readonly innerWraps: Buffer }
  | { readonly status: 'refused'; readonly of: Openable; readonly reason: RedactionReason };

/**
 * Opens everything in one go, once KMS has answered for every bundle and the audit log has the intent: a field that came
 * back first does not lie open, beyond its expiry, until the last one has come.
 *
 * @throws what the audit log or KMS threw, if either could not answer: then nothing is opened.
 */
export async function openBundles(
  deps: OpenDeps,
  caller: Omit<Caller, 'trust'>,
  operation: Operation,
  openable: readonly Openable[],
): Promise<NamedField[]> {
  if (openable.length === 0) return [];
  const [[audited], results] = await Promise.all([
    Promise.allSettled([recordIntent(deps, caller, operation, openable)]),
    settledInTurn(openable, MAX_APP_KEK_CALLS_AT_ONCE, (each) => unwrap(deps, each)),
  ]);
  const unwrapped = results.filter((result) => result.status === 'fulfilled').map(({ value }) => value);
  try {
    const failed = [audited, ...results].find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
    return unwrapped.flatMap((each) => openFields(deps, each));
  } finally {
    for (const each of unwrapped) if (each.status === 'unwrapped') each.innerWraps.fill(0);
  }
}

/** The same reason for each of these refs. */
export function redactAll(names: Iterable<string>, reason: RedactionReason): NamedField[] {
  return Array.from(names, (name) => [name, { status: 'redacted', reason }]);
}

/** Whether a bundle has reached its expiry. */
export function isExpired({ clock }: Pick<OpenDeps, 'clock'>, { expiresAtS }: StoredBundle): boolean {
  return secondsOf(clock()) >= expiresAtS;
}

async function recordIntent(
  deps: OpenDeps,
  { app, integration, credential, requestId }: Omit<Caller, 'trust'>,
  operation: Operation,
  openable: readonly Openable[],
): Promise<void> {
  const refs = openable.flatMap(({ bundle, fields }) =>
    Array.from(fields.values(), ({ ref }) => `${bundle.id}:${ref.index}`),
  );
  await deps.audit.record({
    app,
    integration,
    credential,
    operation,
    requestId,
    atMs: deps.clock(),
    refs: [...new Set(refs)],
    count: refs.length,
  });
}

async function unwrap(deps: OpenDeps, of: Openable): Promise<Unwrapped> {
  const { bundle, slot, bucket } = of;
  try {
    const innerWraps = await deps.appKek.unwrap(slot, wrapContext(bundle.app, slot, bundle.id, bucket), bundle.wrapped);
    return { status: 'unwrapped', of, innerWraps };
  } catch (error) {
    if (isDaykeyError(error, 'app-kek-mismatch')) return { status: 'refused', of, reason: 'tampered' };
    if (!isDaykeyError(error, 'app-kek-refused')) throw error;
    // KMS refuses by its own clock, so only KMS's clock can tell an expiry from an outage.
    const { refusedAtS = Number.NEGATIVE_INFINITY } = error;
    if (refusedAtS >= slot.decryptUntilS) return { status: 'refused', of, reason: 'key-destroyed' };
    if (refusedAtS >= refusedFromS(slot, bucket)) return { status: 'refused', of, reason: 'expired' };
    deps.telemetry.count('AppKekRefused', 1);
    throw error;
  }
}

function openFields(deps: OpenDeps, unwrapped: Unwrapped): NamedField[] {
  const { fields, bundle } = unwrapped.of;
  if (unwrapped.status === 'refused') return redactAll(fields.keys(), unwrapped.reason);
  if (isExpired(deps, bundle)) return redactAll(fields.keys(), 'expired');
  return Array.from(fields, ([name, field]) => [name, openField(bundle, unwrapped.innerWraps, field)]);
}

function openField(bundle: StoredBundle, innerWraps: Buffer, { ref, stored, secrets }: HeldField): Opened {
  const { app, id, expiresAtS, blobDays } = bundle;
  const content = statedContent(stored);
  const text = content && openFromBundle(bundle, stored, innerWraps, ref, secrets, content);
  if (text === undefined) return { status: 'redacted', reason: 'tampered' };
  if (content !== CONTENT_BLOB_KEY) return { status: 'ok', json: text, expiresAtS };
  if (blobDays === undefined) return { status: 'redacted', reason: 'tampered' };
  const context = blobContext(app, ref.refId, ref.index);
  return { status: 'blob', blob: { ...parseBlobKey(text), context, address: { app, id, days: blobDays } }, expiresAtS };
}
