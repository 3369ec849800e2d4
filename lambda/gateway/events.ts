// What a REST event of API Gateway holds. Any JSON makes a request, never an error.

import type { Call } from '../../vault/operations/call.ts';
import { callFromHttp } from '../../vault/operations/http-call.ts';
import { type Members, membersOf, textOf, textsOf } from '../../vault/operations/members.ts';

/** A REST event, as far as it can be read. */
export interface RestEvent {
  readonly method: string;
  /** API Gateway's own name of the route: `/v1/apps/{app}/encrypt`. */
  readonly resource: string;
  readonly pathParameters: Members;
  readonly query: readonly Pair[];
  /** From the map of single values first, then from that of lists: API Gateway sends both. */
  readonly headers: readonly Pair[];
  readonly body: string | Buffer;
}

type Pair = readonly [name: string, values: readonly string[]];

/** Reads an event. Never the authorizer's context: everyone who may invoke the function can forge it. */
export function readRestEvent(event: unknown): RestEvent {
  const { body, isBase64Encoded, ...members } = membersOf(event);
  return {
    method: textOf(members.httpMethod),
    resource: textOf(members.resource),
    pathParameters: membersOf(members.pathParameters),
    query: listsIn(members.multiValueQueryStringParameters),
    headers: [
      ...Object.entries(membersOf(members.headers)).map(([name, value]) => [name, [textOf(value)]] as const),
      ...listsIn(members.multiValueHeaders),
    ],
    body: isBase64Encoded === true ? Buffer.from(textOf(body), 'base64') : textOf(body),
  };
}

/** The call of an operation in a REST event. */
export function callFromRest(event: unknown, requestId: string): Call {
  const { resource, pathParameters, headers, body } = readRestEvent(event);
  const operation = resource.split('/').at(-1) ?? '';
  return callFromHttp({ requestId, operation, app: textOf(pathParameters.app), headers, body });
}

function listsIn(value: unknown): Pair[] {
  return Object.entries(membersOf(value)).map(([name, values]) => [name, textsOf(values)]);
}
