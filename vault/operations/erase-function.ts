// What the erase function serves.

import type { EraseDeps } from '../usecases/erase.ts';
import { eraseHandler } from './erase.ts';
import type { FunctionHandlers } from './handler.ts';

/** Handlers of the erase function. */
export function eraseFunction(deps: EraseDeps): FunctionHandlers<'erase'> {
  return { erase: eraseHandler(deps) };
}
