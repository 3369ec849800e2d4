// Decrypt: opens the refs of one request. One read, one app KEK call for each bundle, one audit write beside them.

import type { Operation } from '../../wire/operations.ts';
import { DaykeyError } from '../domain/errors.ts';
import { bucketAt } from '../domain/kek-life/bucket.ts';
import { slotForDecryption } from '../domain/kek-life/ring.ts';
import type { Caller } from '../domain/trust.ts';
import type { RedactionReason } from '../ports/telemetry.ts';
import { type HeldBundle, type HeldFieldsDeps, heldFields } from './held-fields.ts';
import { isExpired, type Openable, type OpenDeps, type Opened, openBundles, redactAll } from './open-bundles.ts';
import type { Rings } from './rings.ts';

export interface DecryptDeps extends OpenDeps, HeldFieldsDeps {
  rings: Rings;
  /** How many bytes of stored fields one request may open. */
  maxStoredBytes: number;
}

/** Held fields of one bundle that stay closed, whatever KMS would say. */
interface Closed extends HeldBundle {
  readonly status: 'closed';
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
  const { bundles, redacted } = await heldFields(deps, caller.app, refs);
  try {
    const keyed = await withKeys(deps, caller, bundles);
    const openable = keyed.filter((each) => each.status === 'openable');
    assertFits(deps, openable);
    const closed = keyed.filter((each) => each.status === 'closed');
    const opened = new Map([
      ...Array.from(redacted).flatMap(([name, reason]) => redactAll([name], reason)),
      ...closed.flatMap(({ fields, reason }) => redactAll(fields.keys(), reason)),
      ...(await openBundles(deps, caller, operation, openable)),
    ]);
    report(deps, caller, opened);
    return inOrderOf(refs.keys(), opened);
  } finally {
    for (const { fields } of bundles) for (const { secrets } of fields.values()) secrets.wrapKey.fill(0);
  }
}

/** Adds slot and bucket of each bundle. The ring is read again, once, before a slot counts as gone: that answer is final. */
async function withKeys(
  deps: DecryptDeps,
  { app, ring }: Pick<Caller, 'app' | 'ring'>,
  bundles: readonly HeldBundle[],
): Promise<(Closed | Openable)[]> {
  const areKnown = bundles.every(({ bundle }) => slotForDecryption(ring, bundle));
  const current = areKnown ? ring : await deps.rings.reload(app);
  return bundles.map(({ bundle, fields }): Closed | Openable => {
    const closed = (reason: RedactionReason): Closed => ({ status: 'closed', bundle, fields, reason });
    // Time has passed since the refs were looked at.
    if (isExpired(deps, bundle)) return closed('expired');
    const slot = current && slotForDecryption(current, bundle);
    if (!slot) return closed('key-destroyed');
    const bucket = bucketAt(slot, bundle.expiresAtS);
    // Only a changed slot gets here. KMS would refuse the call, and that would look like an outage.
    return bucket === undefined ? closed('tampered') : { status: 'openable', bundle, fields, slot, bucket };
  });
}

function assertFits({ maxStoredBytes }: DecryptDeps, openable: readonly Openable[]): void {
  let bytes = 0;
  for (const { fields } of openable) for (const { stored } of fields.values()) bytes += stored.length;
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

function report(
  { telemetry }: DecryptDeps,
  { app, integration, credential }: Omit<Caller, 'trust'>,
  opened: ReadonlyMap<string, Opened>,
): void {
  const fields = [...opened.values()];
  const reasons = fields.filter((field) => field.status === 'redacted').map(({ reason }) => reason);
  if (fields.length > reasons.length) telemetry.count('FieldsOpened', fields.length - reasons.length);
  for (const reason of new Set(reasons)) {
    const count = reasons.filter((each) => each === reason).length;
    telemetry.count('FieldsRedacted', count, { reason });
    if (reason === 'tampered') telemetry.count('TamperedRefs', count);
    if (reason !== 'forged') continue;
    telemetry.count('ForgedRefs', count, { integration: `${app}/${integration}` });
    // Not a dimension: a role may name its sessions as it likes, and each name would be a metric.
    telemetry.note('a caller forged refs', { app, integration, credential, count });
  }
}
