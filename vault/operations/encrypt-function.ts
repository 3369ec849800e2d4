// What the encrypt function serves.

import type { EncryptDeps } from '../usecases/encrypt.ts';
import { encryptHandler } from './encrypt.ts';
import { explainHandler } from './explain.ts';
import type { FunctionHandlers } from './handler.ts';
import { incomingHandler } from './incoming.ts';

/** Handlers of the encrypt function. */
export function encryptFunction(deps: EncryptDeps): FunctionHandlers<'encrypt'> {
  return { encrypt: encryptHandler(deps), incoming: incomingHandler(deps), explain: explainHandler() };
}
