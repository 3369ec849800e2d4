// Which stored fields a caller holds the refs of: everything that can be decided before KMS is asked.

import { MAX_BUNDLES } from '../../wire/limits.ts';
import { deriveFromRefKek, type RefSecrets } from '../domain/envelope/derive.ts';
import { isHeldBy } from '../domain/envelope/field.ts';
import { bundleIdIn, expiryFault, parseRef, type Ref } from '../domain/envelope/ref.ts';
import { DaykeyError } from '../domain/errors.ts';
import type { BundleKey, BundleStore, StoredBundle, WantedFields } from '../ports/bundle-store.ts';
import { type Clock, secondsOf } from '../ports/clock.ts';
import type { RedactionReason } from '../ports/telemetry.ts';

/** A stored field whose ref the caller holds. The owner zero-fills `secrets.wrapKey`. */
export interface HeldField {
  readonly ref: Pick<Ref, 'refId' | 'index'>;
  readonly stored: Buffer;
  readonly secrets: RefSecrets;
}

/** Held fields of one bundle, by the names that the caller gave their refs. */
export interface HeldBundle {
  readonly bundle: StoredBundle;
  readonly fields: ReadonlyMap<string, HeldField>;
}

/** What the refs of a request led to. */
export interface Holdings {
  readonly bundles: readonly HeldBundle[];
  /** Names of the refs that give nothing, and why. */
  readonly redacted: ReadonlyMap<string, RedactionReason>;
}

export interface HeldFieldsDeps {
  clock: Clock;
  bundles: BundleStore;
}

/**
 * Reads the bundles of refs and compares possession tags. Refs that cannot open now cost no I/O. A forged ref ends
 * here: nothing later depends on it, so its sender learns nothing about the field that it names.
 *
 * @throws DaykeyError `too-large` for refs of more than 100 bundles, before any read.
 */
export async function heldFields(
  { clock, bundles }: HeldFieldsDeps,
  app: string,
  refs: ReadonlyMap<string, string>,
): Promise<Holdings> {
  const redacted = new Map<string, RedactionReason>();
  const wanted = new Map<string, Wanted>();
  try {
    addByBundle(wanted, app, refs, secondsOf(clock()), redacted);
    const stored = wanted.size > 0 ? await bundles.find(Array.from(wanted.values(), fieldsIn)) : [];
    const found = new Map(stored.map((bundle) => [nameOf(bundle), bundle]));
    const held: HeldBundle[] = [];
    for (const [name, { refs: ofBundle }] of wanted) {
      const bundle = found.get(name);
      const fields = heldIn(bundle, ofBundle, redacted);
      if (bundle !== undefined && fields.size > 0) held.push({ bundle, fields });
    }
    return { bundles: held, redacted };
  } finally {
    for (const { refs: ofBundle } of wanted.values()) for (const { refKek } of ofBundle.values()) refKek.fill(0);
  }
}

/** Refs of one bundle, by the names that the caller gave them. */
interface Wanted {
  readonly key: BundleKey;
  readonly refs: Map<string, Ref>;
}

function fieldsIn({ key, refs }: Wanted): WantedFields {
  return { ...key, indexes: new Set(Array.from(refs.values(), ({ index }) => index)) };
}

/** Adds the refs that are worth a read. */
function addByBundle(
  wanted: Map<string, Wanted>,
  app: string,
  refs: ReadonlyMap<string, string>,
  nowS: number,
  redacted: Map<string, RedactionReason>,
): void {
  for (const [name, text] of refs) {
    const ref = parseRef(text);
    if (ref === undefined) {
      redacted.set(name, 'malformed');
      continue;
    }
    const fault = expiryFault(ref, nowS);
    if (fault !== undefined) {
      ref.refKek.fill(0);
      redacted.set(name, fault);
      continue;
    }
    const key = { app, expiresAtS: ref.expiresAtS, id: bundleIdIn(ref.refId) };
    const entry = wanted.get(nameOf(key)) ?? { key, refs: new Map<string, Ref>() };
    entry.refs.set(name, ref);
    wanted.set(nameOf(key), entry);
    if (wanted.size > MAX_BUNDLES) throw tooManyBundles();
  }
}

function nameOf({ expiresAtS, id }: BundleKey): string {
  return `${expiresAtS}#${id}`;
}

function tooManyBundles(): DaykeyError {
  const message = `the refs of one request come from at most ${MAX_BUNDLES} bundles, and values sealed together share one: split the request`;
  return new DaykeyError('too-large', message);
}

function heldIn(
  bundle: StoredBundle | undefined,
  refs: ReadonlyMap<string, Ref>,
  redacted: Map<string, RedactionReason>,
): Map<string, HeldField> {
  const held = new Map<string, HeldField>();
  for (const [name, { refId, index, refKek }] of refs) {
    const stored = bundle?.fields.get(index);
    if (stored === undefined) {
      redacted.set(name, 'unknown');
      continue;
    }
    const secrets = deriveFromRefKek(refKek, refId, index);
    if (isHeldBy(secrets, stored)) {
      held.set(name, { ref: { refId, index }, stored, secrets });
    } else {
      secrets.wrapKey.fill(0);
      redacted.set(name, 'forged');
    }
  }
  return held;
}
