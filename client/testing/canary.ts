// The canary of a vault in memory: wraps and unwraps under a fresh key, without invoking functions.

import type { AppKek } from '../../vault/ports/app-kek.ts';
import type { Canary } from '../../vault/ports/key-maker.ts';
import type { KeySlots } from '../../vault/ports/key-ring.ts';
import { canaryUnwrap, canaryWrap } from '../../vault/usecases/keys/canary.ts';

/** The canary. It calls both of its use cases directly. */
export function memoryCanary(deps: { keyRing: KeySlots; appKek: AppKek }): Canary {
  return {
    async passes(holder, slot) {
      try {
        const sealed = await canaryWrap(deps, { holder, slot });
        const opened = await canaryUnwrap(deps, { holder, slot, ...(sealed.wrapped && { wrapped: sealed.wrapped }) });
        return opened.digest === sealed.digest;
      } catch {
        return false;
      }
    },
  };
}
