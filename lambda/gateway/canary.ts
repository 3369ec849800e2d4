// Routes the canary alias of a function to its canary.

import type { Context } from 'aws-lambda';
import type { CanaryEvent, CanaryResult } from '../../vault/usecases/keys/canary.ts';
import { ALIASES } from '../config.ts';

/** Sends an invocation of the canary alias to `canary`, every other one to `handler`. */
export function withCanary<Event, Result>(
  handler: (event: Event, context: Context) => Promise<Result>,
  canary: (event: CanaryEvent) => Promise<CanaryResult>,
) {
  return async (event: Event, context: Context): Promise<Result | CanaryResult> =>
    context.invokedFunctionArn.endsWith(`:${ALIASES.canary}`) ? canary(event as CanaryEvent) : handler(event, context);
}
