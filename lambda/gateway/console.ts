// From a browser's request, as API Gateway sends it, to the Console's answer.

import type { APIGatewayProxyResult, Context } from 'aws-lambda';
import { answerBrowser, type ConsoleDeps } from '../../vault/operations/console/console-app.ts';
import type { ConsoleCall } from '../../vault/operations/console/http.ts';

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
  const {
    httpMethod,
    pathParameters,
    multiValueQueryStringParameters,
    multiValueHeaders,
    headers,
    body,
    isBase64Encoded,
  } = membersOf(event);
  const path = membersOf(pathParameters).path;
  const query = new URLSearchParams();
  for (const [name, values] of Object.entries(membersOf(multiValueQueryStringParameters))) {
    for (const value of textsOf(values)) query.append(name, value);
  }
  const sent = new Map<string, string[]>();
  for (const [name, value] of Object.entries(membersOf(headers))) sent.set(name.toLowerCase(), textsOf([value]));
  for (const [name, values] of Object.entries(membersOf(multiValueHeaders)))
    sent.set(name.toLowerCase(), textsOf(values));
  const text = typeof body === 'string' ? body : '';
  return {
    requestId,
    method: typeof httpMethod === 'string' ? httpMethod : '',
    path: typeof path === 'string' ? `/${path}` : '',
    query,
    // A header that comes twice is no header, except for cookies, which HTTP/2 sends one by one.
    header: (name) => {
      const values = sent.get(name) ?? [];
      if (name === 'cookie') return values.join('; ') || undefined;
      return values.length === 1 ? values[0] : undefined;
    },
    bodyText: () => (isBase64Encoded === true ? Buffer.from(text, 'base64').toString('utf8') : text),
  };
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function textsOf(values: unknown): string[] {
  return Array.isArray(values) ? values.filter((value) => typeof value === 'string') : [];
}
