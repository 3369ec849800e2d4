// Decrypt: opens the refs of one request. One read, one app KEK call for each bundle, one audit write beside them.

import type { Operation } from '../../wire/operations.ts';
import { bundleId, tagOf } from '../domain/envelope/bundle.ts';
import { parseRef, type Ref } from '../domain/envelope/ref.ts';
import { DaykeyError } from '../domain/errors.ts';
import { slotForDecryption } from '../domain/kek-life/ring.ts';
import type { Caller } from '../domain/trust.ts';
import { type BundleKey, type BundleStore, MAX_FIND, type StoredBundle } from '../ports/bundle-store.ts';
import type { RedactionReason } from '../ports/telemetry.ts';
import { isExpired, type Openable, type OpenDeps, type Opened, openBundles, redactAll } from './open-bundles.ts';
import type { Rings } from './rings.ts';

export interface DecryptDeps extends OpenDeps {
  rings: Rings;
  bundles: BundleStore;
  /** How many bytes of stored fields one request may open. */
  maxStoredBytes: number;
}

/** Refs of one bundle, by the names that the caller gave them. */
interface Wanted {
  readonly key: BundleKey;
  readonly refs: Map<string, Ref>;
}

/** Refs of one bundle that is stored and has not expired. */
interface Live {
  readonly status: 'live';
  readonly refs: ReadonlyMap<string, Ref>;
  readonly bundle: StoredBundle;
}

/** Refs that stay closed, whatever KMS would say. */
interface Closed {
  readonly status: 'closed';
  readonly refs: ReadonlyMap<string, Ref>;
  readonly reason: RedactionReason;
}

/**
 * Opens refs, by name. Nothing is opened before the audit log has it.
 *
 * @throws DaykeyError `too-large` when the stored fields add up to more than fits an answer;
 * `unavailable` when a dependency, the audit log included, is broken, which is never mistaken for `redacted`.
 */
export async function decrypt(
  deps: DecryptDeps,
  caller: Omit<Caller, 'trust'>,
  refs: ReadonlyMap<string, string>,
  operation: Operation = 'decrypt',
): Promise<ReadonlyMap<string, Opened>> {
  const { wanted, malformed } = parseRefs(caller.app, refs);
  try {
    const found = await findBundles(deps, wanted);
    const looked = wanted.map((each) => lookAt(deps, each, found.get(keyText(each.key))));
    const live = looked.filter((each) => each.status === 'live');
    const keyed = await withSlots(deps, caller, live);
    const openable = keyed.filter((each) => each.status === 'openable');
    assertFits(deps, openable);
    const closed = [...looked, ...keyed].filter((each) => each.status === 'closed');
    const opened = new Map([
      ...redactAll(malformed, 'malformed'),
      ...closed.flatMap(({ refs: named, reason }) => redactAll(named.keys(), reason)),
      ...(await openBundles(deps, caller, operation, openable)),
    ]);
    report(deps, opened);
    return inOrderOf(refs.keys(), opened);
  } finally {
    for (const { refs: named } of wanted) for (const { refKek } of named.values()) refKek.fill(0);
  }
}

function parseRefs(app: string, refs: ReadonlyMap<string, string>): { wanted: Wanted[]; malformed: string[] } {
  const wanted = new Map<string, Wanted>();
  const malformed: string[] = [];
  for (const [name, text] of refs) {
    const ref = parseRef(text);
    if (!ref) {
      malformed.push(name);
      continue;
    }
    const key = { app, tag: tagOf(ref.refId), id: bundleId(ref.refId) };
    const each = wanted.get(keyText(key)) ?? { key, refs: new Map() };
    each.refs.set(name, ref);
    wanted.set(keyText(key), each);
  }
  return { wanted: [...wanted.values()], malformed };
}

function keyText({ tag, id }: Pick<BundleKey, 'tag' | 'id'>): string {
  return tag + id;
}

/** The bundles that exist. One read for every 100. */
async function findBundles(
  { bundles }: DecryptDeps,
  wanted: readonly Wanted[],
): Promise<ReadonlyMap<string, StoredBundle>> {
  const keys = wanted.map(({ key }) => key);
  const starts = Array.from({ length: Math.ceil(keys.length / MAX_FIND) }, (_, page) => page * MAX_FIND);
  const pages = await Promise.all(starts.map((start) => bundles.find(keys.slice(start, start + MAX_FIND))));
  return new Map(pages.flat().map((bundle) => [keyText(bundle), bundle]));
}

function lookAt(deps: DecryptDeps, { refs }: Wanted, bundle: StoredBundle | undefined): Closed | Live {
  const holdsAny = bundle && [...refs.values()].some(({ index }) => bundle.fields.has(index));
  if (!holdsAny) return { status: 'closed', refs, reason: 'unknown' };
  return isExpired(deps, bundle) ? { status: 'closed', refs, reason: 'expired' } : { status: 'live', refs, bundle };
}

/** Adds the slot of each bundle. The ring is read again, once, before a slot counts as gone: that answer is final. */
async function withSlots(
  deps: DecryptDeps,
  { app, ring }: Pick<Caller, 'app' | 'ring'>,
  live: readonly Live[],
): Promise<(Closed | Openable)[]> {
  const areKnown = live.every(({ bundle }) => slotForDecryption(ring, bundle.slot));
  const current = areKnown ? ring : await deps.rings.reload(app);
  return live.map(({ refs, bundle }) => {
    const slot = current && slotForDecryption(current, bundle.slot);
    return slot ? { status: 'openable', refs, bundle, slot } : { status: 'closed', refs, reason: 'key-destroyed' };
  });
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

function inOrderOf(names: Iterable<string>, opened: ReadonlyMap<string, Opened>): ReadonlyMap<string, Opened> {
  return new Map(
    Array.from(names, (name) => {
      const field = opened.get(name);
      if (!field) throw new Error('a ref was neither opened nor redacted');
      return [name, field];
    }),
  );
}

function report({ telemetry }: DecryptDeps, opened: ReadonlyMap<string, Opened>): void {
  const fields = [...opened.values()];
  const reasons = fields.filter((field) => field.status === 'redacted').map(({ reason }) => reason);
  if (fields.length > reasons.length) telemetry.count('FieldsOpened', fields.length - reasons.length);
  for (const reason of new Set(reasons)) {
    const count = reasons.filter((each) => each === reason).length;
    telemetry.count('FieldsRedacted', count, reason);
    if (reason === 'tampered') telemetry.count('TamperedRefs', count);
  }
}
