// Routes the Console's alias of the decrypt function to what answers the Console.

import type { Context } from 'aws-lambda';
import type { ConsoleReply } from '../../vault/operations/console/decrypt-side.ts';
import { ALIASES } from '../config.ts';

/** Sends an invocation of the Console's alias to `answer`, every other one to `handler`. */
export function withConsole<Event, Result>(
  handler: (event: Event, context: Context) => Promise<Result>,
  answer: (event: unknown, requestId: string) => Promise<ConsoleReply>,
) {
  return async (event: Event, context: Context): Promise<Result | ConsoleReply> =>
    context.invokedFunctionArn.endsWith(`:${ALIASES.console}`)
      ? answer(event, context.awsRequestId)
      : handler(event, context);
}
