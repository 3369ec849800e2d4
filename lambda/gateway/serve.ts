// The Lambda handler of a function: answers REST events and, on their own alias, direct invocations.

import type { APIGatewayProxyResult, Context } from 'aws-lambda';
import type { Handlers } from '../../vault/operations/handler.ts';
import { type RespondDeps, respond } from '../../vault/operations/respond.ts';
import { ALIASES } from '../config.ts';
import { callFromDirect, callFromRest } from './events.ts';

/** Answer to a direct invocation: status and body of the REST route, as data. */
export type DirectResult = { readonly status: number; readonly body: unknown };

/** Serves these operations. Never rejects. */
export function serve(deps: RespondDeps, handlers: Handlers) {
  return async (event: unknown, context: Context): Promise<APIGatewayProxyResult | DirectResult> => {
    const isDirect = context.invokedFunctionArn.endsWith(`:${ALIASES.direct}`);
    const call = isDirect ? callFromDirect(event, context.awsRequestId) : callFromRest(event, context.awsRequestId);
    const { status, headers, body, text } = await respond(deps, handlers, call);
    return isDirect ? { status, body } : { statusCode: status, headers: { ...headers }, body: text };
  };
}
