// The Lambda handler of a function: answers REST events and, each on its own alias, direct invocations and what else invokes it.

import type { APIGatewayProxyResult, Context } from 'aws-lambda';
import { callFromDirect } from '../../vault/operations/direct-call.ts';
import type { Handlers } from '../../vault/operations/handler.ts';
import { type RespondDeps, respond } from '../../vault/operations/respond.ts';
import { ALIASES } from '../config.ts';
import { callFromRest } from './events.ts';

/** Answer to a direct invocation: status and body of the REST route, as data. */
export type DirectResult = { readonly status: number; readonly body: unknown };

/** What answers an invocation of an alias that serves no operations. */
type OtherAlias<Answer> = (event: unknown, requestId: string) => Promise<Answer>;

/** Serves these operations, which never rejects, and further aliases. */
export function serve<Answer = never>(
  deps: RespondDeps,
  handlers: Handlers,
  others: { readonly [alias in 'canary' | 'console']?: OtherAlias<Answer> | undefined } = {},
) {
  return async (
    event: unknown,
    { invokedFunctionArn, awsRequestId }: Context,
  ): Promise<APIGatewayProxyResult | DirectResult | Answer> => {
    const isInvokedOn = (alias: keyof typeof ALIASES) => invokedFunctionArn.endsWith(`:${ALIASES[alias]}`);
    if (others.canary && isInvokedOn('canary')) return await others.canary(event, awsRequestId);
    if (others.console && isInvokedOn('console')) return await others.console(event, awsRequestId);
    const isDirect = isInvokedOn('direct');
    const call = isDirect ? callFromDirect(event, awsRequestId) : callFromRest(event, awsRequestId);
    const { status, headers, body, text } = await respond(deps, handlers, call);
    return isDirect ? { status, body } : { statusCode: status, headers: { ...headers }, body: text };
  };
}
