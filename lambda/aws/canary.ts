// Tries a new key through the deployed functions: the rotator itself may not use keys.

import type { Canary } from '../../vault/ports/key-maker.ts';
import type { Invoke } from './invoke.ts';

/** Qualified ARNs of the two functions, canary alias included. */
export interface CanaryFunctions {
  readonly encrypt: string;
  readonly decrypt: string;
}

/** A canary that goes through both functions. */
export function lambdaCanary(invoke: Invoke, functions: CanaryFunctions): Canary {
  /** What a canary operation answers; nothing from a function that failed. */
  async function ask(functionArn: string, event: object): Promise<{ digest?: unknown; wrapped?: unknown }> {
    const result = await invoke(functionArn, event);
    return result.failed ? {} : { ...(result.answer as object | undefined) };
  }
  return {
    async passes(holder, slot) {
      const sealed = await ask(functions.encrypt, { holder, slot });
      if (typeof sealed.digest !== 'string') return false;
      const opened = await ask(functions.decrypt, { holder, slot, wrapped: sealed.wrapped });
      return opened.digest === sealed.digest;
    },
  };
}
