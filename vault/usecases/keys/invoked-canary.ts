// Tries a new key by invoking the functions that will use it: the rotator itself may not use keys.

import type { Invoke } from '../../ports/invoke.ts';
import type { Canary } from '../../ports/key-maker.ts';
import type { CanaryEvent, CanaryResult } from './canary.ts';

/** What names the two functions, canary alias included. */
export interface CanaryFunctions {
  readonly encrypt: string;
  readonly decrypt: string;
}

/** A canary that goes through both functions. */
export function invokedCanary(invoke: Invoke, functions: CanaryFunctions): Canary {
  /** What a function answers; nothing from one that failed. */
  async function ask(functionName: string, event: CanaryEvent): Promise<Partial<CanaryResult>> {
    const result = await invoke(functionName, event);
    return result.failed ? {} : { ...(result.answer as CanaryResult | null | undefined) };
  }
  return {
    async passes(holder, slot) {
      const sealed = await ask(functions.encrypt, { holder, slot });
      if (typeof sealed.digest !== 'string' || typeof sealed.wrapped !== 'string') return false;
      const opened = await ask(functions.decrypt, { holder, slot, wrapped: sealed.wrapped });
      return opened.digest === sealed.digest;
    },
  };
}
