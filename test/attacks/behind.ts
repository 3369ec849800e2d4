// What lies behind a ref of a vault in memory: for attackers who have read its tables.

import { wrapContext } from '../../vault/domain/envelope/context.ts';
import { INNER_WRAP_BYTES } from '../../vault/domain/envelope/field.ts';
import { bundleIdIn, parseRef, type Ref } from '../../vault/domain/envelope/ref.ts';
import { bucketAt } from '../../vault/domain/kek-life/bucket.ts';
import { isUsable, type UsableSlot } from '../../vault/domain/kek-life/ring.ts';
import type { StoredBundle } from '../../vault/ports/bundle-store.ts';
import { present } from '../support/envelope.ts';
import type { MemoryVault } from '../support/memory-vault.ts';
import type { Target } from './key-search.ts';

export interface Behind extends Target {
  readonly ref: Ref;
  readonly bundle: StoredBundle;
  readonly slot: UsableSlot;
}

/** The stored bundle, its slot and the sealed field itself. */
export async function behind(vault: MemoryVault, text: string): Promise<Behind> {
  const ref = present(parseRef(text));
  const { refId, index, expiresAtS } = ref;
  const [bundle] = await vault.ports.bundles.find([
    { app: vault.app, expiresAtS, id: bundleIdIn(refId), indexes: new Set([index]) },
  ]);
  const { app, pool, slot: id, createdAtS, fields } = present(bundle);
  const slot = (await vault.ring()).slots.filter(isUsable).find((candidate) => candidate.slot === id);
  return {
    ref,
    bundle: present(bundle),
    slot: present(slot),
    stored: present(fields.get(index)),
    place: { app, pool, slot: id, createdAtS, refId, index },
  };
}

/** What KMS answers to a caller that may decrypt: the inner wrap of the ref. */
export async function innerWrapFromKms(vault: MemoryVault, { ref, bundle, slot }: Behind): Promise<Buffer> {
  const context = wrapContext(bundle.app, slot, bundle.id, present(bucketAt(slot, bundle.expiresAtS)));
  const unwrapped = await vault.kms.appKek('decrypt').unwrap(slot, context, bundle.wrapped);
  return unwrapped.subarray(ref.index * INNER_WRAP_BYTES, (ref.index + 1) * INNER_WRAP_BYTES);
}
