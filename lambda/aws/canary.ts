// The canary by way of the deployed functions: they try a key for the rotator, which may not use it.

import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { Canary } from '../../vault/ports/key-maker.ts';

/** Qualified ARNs of the two functions, canary alias included. */
export interface CanaryFunctions {
  readonly encrypt: string;
  readonly decrypt: string;
}

/** Answer of a function's canary, not checked yet. */
interface Digest {
  digest?: unknown;
  wrapped?: unknown;
}

/** A {@link Canary} that invokes both functions. Needs `lambda:InvokeFunction` on their canary aliases. */
export function lambdaCanary(lambda: LambdaClient, functions: CanaryFunctions): Canary {
  async function invoke(functionName: string, event: object): Promise<Digest | undefined> {
    const { FunctionError, Payload } = await lambda.send(
      new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(event) }),
    );
    if (FunctionError !== undefined || Payload === undefined) return undefined;
    return JSON.parse(Buffer.from(Payload).toString('utf8')) as Digest;
  }
  return {
    async passes(app, slot) {
      const sealed = await invoke(functions.encrypt, { app, slot });
      if (typeof sealed?.digest !== 'string') return false;
      const opened = await invoke(functions.decrypt, { app, slot, wrapped: sealed.wrapped });
      return opened?.digest === sealed.digest;
    },
  };
}
