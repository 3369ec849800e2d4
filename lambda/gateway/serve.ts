// The Lambda handler of a function's operations, for REST events and, on their own alias, direct ones.

import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { type Acts, type RespondDeps, respond } from '../../vault/operations/respond.ts';
import { ALIASES } from '../config.ts';
import { callFromDirect, callFromRest, type DirectEvent } from './events.ts';

/** Answer to a direct invocation: the status and body of the REST route, as data. */
export type DirectResult = { readonly status: number; readonly body: unknown };

/** Serves operations. Never rejects. */
export function serve(deps: RespondDeps, acts: Acts) {
  return async (event: unknown, context: Context): Promise<APIGatewayProxyResult | DirectResult> => {
    const direct = context.invokedFunctionArn.endsWith(`:${ALIASES.direct}`);
    const answer = await respond(deps, acts, context.awsRequestId, () =>
      direct ? callFromDirect(event as DirectEvent) : callFromRest(event as APIGatewayProxyEvent),
    );
    if (direct) return { status: answer.status, body: answer.body };
    return { statusCode: answer.status, headers: { ...answer.headers }, body: JSON.stringify(answer.body) };
  };
}
