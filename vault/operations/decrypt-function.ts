// What the decrypt function serves.

import type { OpenBlobDeps } from '../usecases/open-blob.ts';
import type { OutgoingDeps } from '../usecases/outgoing.ts';
import { decryptHandler } from './decrypt.ts';
import type { FunctionHandlers } from './handler.ts';
import { openBlobHandler } from './open-blob.ts';
import { outgoingHandler } from './outgoing.ts';

/** Handlers of the decrypt function. */
export function decryptFunction(deps: OpenBlobDeps & OutgoingDeps): FunctionHandlers<'decrypt'> {
  return { decrypt: decryptHandler(deps), outgoing: outgoingHandler(deps), 'open-blob': openBlobHandler(deps) };
}
