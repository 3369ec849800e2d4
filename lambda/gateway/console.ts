// From a browser's request, as API Gateway sends it, to the Console's answer.

import type { APIGatewayProxyResult, Context } from 'aws-lambda';
import { answerBrowser, type ConsoleDeps } from '../../vault/operations/console/console-app.ts';
import type { ConsoleCall } from '../../vault/operations/console/http.ts';
import { readRestEvent } from './events.ts';

/** The Lambda handler of the Console's pages. Never rejects. */
export function serveBrowser(deps: ConsoleDeps) {
  return async (event: unknown, context: Context): Promise<APIGatewayProxyResult> => {
    const { status, headers, text } = await answerBrowser(deps, callFromBrowser(event, context.awsRequestId));
    // Two cookies may be set at once, and a map of single values has room for one.
    const multiValueHeaders = Object.fromEntries(
      [...Map.groupBy(headers, ([name]) => name)].map(([name, pairs]) => [name, pairs.map(([, value]) => value)]),
    );
    return { statusCode: status, multiValueHeaders, body: text };
  };
}

/** The call in a REST event. Any JSON makes a call, never an error. */
export function callFromBrowser(event: unknown, requestId: string): ConsoleCall {
  const { method, pathParameters, query, headers, body } = readRestEvent(event);
  const sent = new Map(headers.map(([name, values]) => [name.toLowerCase(), values]));
  return {
    requestId,
    method,
    path: typeof pathParameters.path === 'string' ? `/${pathParameters.path}` : '',
    query: new URLSearchParams(
      query.flatMap(([name, values]) => values.map((value): [string, string] => [name, value])),
    ),
    // A header that comes twice is no header, except for cookies, which HTTP/2 sends one by one.
    header: (name) => {
      const values = sent.get(name) ?? [];
      if (name === 'cookie') return values.join('; ') || undefined;
      return values.length === 1 ? values[0] : undefined;
    },
    bodyText: () => body.toString('utf8'),
  };
}
