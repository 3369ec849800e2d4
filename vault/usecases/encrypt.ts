// Encrypt: seals the fields of one request. One app KEK call and one write per bundle; one bundle up to 350 KB.

import { randomBytes } from 'node:crypto';
import { type BundlePlace, bundleEntropyBytes, type FreshBundle, sealBundle } from '../domain/envelope/bundle.ts';
import { expiryFor, type RequestedLife } from '../domain/kek-life/expiry.ts';
import { poolOf } from '../domain/kek-life/holder.ts';
import type { AppRing } from '../domain/kek-life/ring.ts';
import { MAX_APP_KEK_CALLS_AT_ONCE } from '../ports/app-kek.ts';
import { secondsOf } from '../ports/clock.ts';
import { bundlesBySize, type NamedJson } from './bundles-by-size.ts';
import { type SealDeps, type Serving, storeBundle, underServingSlot } from './serving-slot.ts';
import { settledInTurn } from './settled-in-turn.ts';

/** What to seal, and for how long. */
export interface SealingRequest extends RequestedLife {
  /** JSON texts by name; at least one. */
  readonly jsons: ReadonlyMap<string, string>;
  readonly subject?: string | undefined;
  /** Runs while KMS and the store are at work, once the refs are drawn; never rejects. Runs again if all is sealed again. */
  readonly alongside?: ((sealed: Sealed) => Promise<void>) | undefined;
}

/** Refs by name, and the expiry that all of them share. */
export interface Sealed {
  readonly refs: ReadonlyMap<string, string>;
  readonly expiresAtS: number;
}

/** A sealed bundle and the names of its fields, in the same order. */
interface NamedBundle {
  readonly names: readonly string[];
  readonly bundle: FreshBundle;
}

/**
 * Seals all fields or none: no ref is returned before every write has succeeded.
 *
 * @param ring the app's ring as this request has read it. It is refreshed only when no slot of it serves any more.
 * @throws DaykeyError `ttl-out-of-range`; `unavailable` when no app KEK is ready or a dependency is broken.
 */
export function encrypt(deps: SealDeps, ring: AppRing, request: SealingRequest): Promise<Sealed> {
  return underServingSlot(deps, ring, (serving) => sealUnder(deps, serving, request));
}

async function sealUnder(deps: SealDeps, { settings, slot }: Serving, request: SealingRequest): Promise<Sealed> {
  const nowS = secondsOf(deps.clock());
  const expiresAtS = expiryFor(request, slot, settings.defaultTtlS, nowS);
  const place = { app: settings.app, pool: poolOf(slot.holder), slot: slot.slot, createdAtS: nowS, expiresAtS };
  const sealed = sealAll(place, bundlesBySize(request.jsons));
  const refs = new Map(sealed.flatMap(refsByName));
  try {
    const [stored] = await Promise.all([
      settledInTurn(sealed, MAX_APP_KEK_CALLS_AT_ONCE, ({ bundle }) => storeBundle(deps, slot, bundle, request)),
      request.alongside?.({ refs, expiresAtS }),
    ]);
    for (const result of stored) if (result.status === 'rejected') throw result.reason;
  } finally {
    // No call that still needs them is under way: every one that began has settled.
    for (const { bundle } of sealed) bundle.innerWraps.fill(0);
  }
  deps.telemetry.count('FieldsSealed', refs.size);
  return { refs, expiresAtS };
}

/** Seals each group as a bundle. The random bytes of all of them are drawn at once. */
function sealAll(place: BundlePlace, groups: readonly NamedJson[][]): NamedBundle[] {
  const bytesOf = (group: readonly NamedJson[]) => bundleEntropyBytes(group.length);
  const entropy = randomBytes(groups.reduce((bytes, group) => bytes + bytesOf(group), 0));
  let drawn = 0;
  return groups.map((group) => {
    const start = drawn;
    drawn += bytesOf(group);
    const jsons = group.map(([, json]) => json);
    const bundle = sealBundle(place, jsons, entropy.subarray(start, drawn));
    return { names: group.map(([name]) => name), bundle };
  });
}

function refsByName({ names, bundle: { refs } }: NamedBundle): [name: string, ref: string][] {
  return names.map((name, index) => {
    const ref = refs[index];
    if (ref === undefined) throw new Error(`a bundle of ${names.length} fields has ${refs.length} refs`);
    return [name, ref];
  });
}
