// Requests for tests: their headers, and the events in which Lambda delivers them.

import type { Context } from 'aws-lambda';
import type { Operation } from '../../wire/operations.ts';
import { anEntry } from './entries.ts';

/** The parts of a request. A test names those that it is about. */
export interface RequestParts {
  readonly app?: string;
  readonly operation: string;
  readonly authorization?: string | undefined;
  /** Sent as it is when it is text or bytes, else as its JSON text. */
  readonly body?: unknown;
  /** Added to, or sent instead of, the usual ones. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

/** A body for each operation, all of which a vault answers with 200. */
export function bodiesWith(refs: { readonly [name: string]: string; readonly a: string }): Record<Operation, object> {
  return {
    encrypt: { fields: { a: 1 } },
    decrypt: { refs },
    incoming: { entry: anEntry() },
    outgoing: { entry: { $sensitive: refs.a } },
    explain: { entry: anEntry() },
    erase: { refs },
    'seal-blob': { bytes: 1 },
    'open-blob': { ref: refs.a },
  };
}

/** The headers of a request, name and value. */
export function headersOf({ authorization, headers }: RequestParts): [name: string, value: string][] {
  const all = { 'Content-Type': 'application/json', Authorization: authorization, ...headers };
  return Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
}

/** An event of a REST API with proxy integration, with the members that every such event has. */
export function restEvent(request: RequestParts) {
  const { app = 'shop', operation, body } = request;
  const sent = headersOf(request);
  return {
    resource: `/v1/apps/{app}/${operation}`,
    path: `/v1/apps/${app}/${operation}`,
    httpMethod: 'POST',
    headers: Object.fromEntries(sent),
    multiValueHeaders: Object.fromEntries(sent.map(([name, value]) => [name, [value]])),
    pathParameters: { app } as Record<string, string> | null,
    queryStringParameters: null,
    body: typeof body === 'string' || body === undefined ? (body ?? null) : JSON.stringify(body),
    isBase64Encoded: false,
    requestContext: { requestId: 'from-the-gateway' },
  };
}

/** The payload of a direct invocation. */
export function directEvent({ app = 'shop', operation, authorization, body }: RequestParts) {
  return { app, operation, authorization, body };
}

/** The context of an invocation through one alias of a function. */
export function contextOf(alias: 'rest' | 'direct' | 'canary', awsRequestId = 'a-request'): Context {
  return {
    awsRequestId,
    invokedFunctionArn: `arn:aws:lambda:eu-central-1:111122223333:function:Vault-Operation:${alias}`,
    logStreamName: '2026/01/01/[1]abc',
  } as Context;
}
