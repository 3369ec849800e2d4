// From Lambda events to calls: REST events of API Gateway, and direct invocations. Any JSON makes a call, never an error.

import { DaykeyError } from '../../vault/domain/errors.ts';
import type { Call } from '../../vault/operations/call.ts';
import { callFromHttp } from '../../vault/operations/http-call.ts';

/** The call in a REST event. Never reads the authorizer's context: everyone who may invoke the function can forge it. */
export function callFromRest(event: unknown, requestId: string): Call {
  const { resource, pathParameters, headers, multiValueHeaders, body, isBase64Encoded } = membersOf(event);
  const text = textOf(body);
  return callFromHttp({
    requestId,
    // API Gateway's own name of the route: /v1/apps/{app}/encrypt
    operation: textOf(resource).split('/').at(-1) ?? '',
    app: textOf(membersOf(pathParameters).app),
    headers: [
      ...Object.entries(membersOf(headers)).map(([name, value]) => [name, [textOf(value)]] as const),
      ...Object.entries(membersOf(multiValueHeaders)).map(([name, values]) => [name, textsOf(values)] as const),
    ],
    body: isBase64Encoded === true ? Buffer.from(text, 'base64') : text,
  });
}

/**
 * The call in a direct invocation: `{ authorization, app, operation, body }`. The body is any JSON, or its text. Only the
 * text shows a number that a parser would have rounded.
 */
export function callFromDirect(event: unknown, requestId: string): Call {
  const { authorization, app, operation, body } = membersOf(event);
  return {
    requestId,
    operation: textOf(operation),
    app: textOf(app),
    authorization: typeof authorization === 'string' ? authorization : undefined,
    bodyText: () => (typeof body === 'string' ? body : jsonTextOf(body)),
  };
}

/** The JSON text of a parsed body. JSON would write `null` for a number that is not finite, and so lose a value silently. */
function jsonTextOf(body: unknown): string {
  try {
    if (holdsInfinity(body)) throw new RangeError('not finite');
    const text: string | undefined = JSON.stringify(body);
    // A payload without a body has no JSON text.
    return text ?? '';
  } catch {
    throw new DaykeyError('invalid-json', 'the body holds a number that is not finite, or is nested too deeply');
  }
}

/** Looks by itself: a function that JSON.stringify calls for each value would take several times as long. */
function holdsInfinity(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some(holdsInfinity);
  const members = membersOf(value);
  return Object.keys(members).some((name) => holdsInfinity(members[name]));
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function textsOf(values: unknown): string[] {
  return Array.isArray(values) ? values.map(textOf) : [];
}
