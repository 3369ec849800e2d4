// What the encrypt function serves.

import type { IncomingDeps } from '../usecases/incoming.ts';
import type { SealBlobDeps } from '../usecases/seal-blob.ts';
import { encryptHandler } from './encrypt.ts';
import { explainHandler } from './explain.ts';
import type { FunctionHandlers } from './handler.ts';
import { incomingHandler } from './incoming.ts';
import { sealBlobHandler } from './seal-blob.ts';

/** Handlers of the encrypt function. */
export function encryptFunction(deps: SealBlobDeps & IncomingDeps): FunctionHandlers<'encrypt'> {
  return {
    encrypt: encryptHandler(deps),
    incoming: incomingHandler(deps),
    explain: explainHandler(),
    'seal-blob': sealBlobHandler(deps),
  };
}
