// What the decrypt function serves.

import type { DecryptDeps } from '../usecases/decrypt.ts';
import { decryptHandler } from './decrypt.ts';
import type { FunctionHandlers } from './handler.ts';
import { outgoingHandler } from './outgoing.ts';

/** Handlers of the decrypt function. */
export function decryptFunction(deps: DecryptDeps): FunctionHandlers<'decrypt'> {
  return { decrypt: decryptHandler(deps), outgoing: outgoingHandler(deps) };
}
