// From Lambda events to calls: REST events of API Gateway, and direct invocations.

import { isUtf8 } from 'node:buffer';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { DaykeyError } from '../../vault/domain/errors.ts';
import type { Call } from '../../vault/operations/call.ts';
import { MAX_AUTHORIZATION_BYTES } from '../../wire/limits.ts';

/** The payload of a direct invocation. */
export interface DirectEvent {
  readonly authorization: string;
  readonly app: string;
  readonly operation: string;
  /** The body, or its JSON text: a number that a parser has already rounded can only be noticed in the text. */
  readonly body: unknown;
}

/** A REST request. The authorizer's context in it is never read: whoever may invoke the function can forge it. */
export function callFromRest(event: APIGatewayProxyEvent): Call {
  return {
    // API Gateway's own name of the route: /v1/apps/{app}/encrypt
    operation:
      String(event.resource ?? '')
        .split('/')
        .at(-1) ?? '',
    app: String(event.pathParameters?.app ?? ''),
    authorization: onlyHeader(event, 'authorization'),
    bodyText: () => {
      const type = onlyHeader(event, 'content-type') ?? '';
      if (!/^application\/json *(;|$)/i.test(type)) {
        throw new DaykeyError('unsupported-media-type', 'send the body as application/json');
      }
      const body = event.body ?? '';
      return event.isBase64Encoded ? utf8TextOf(Buffer.from(body, 'base64')) : body;
    },
  };
}

/** A direct invocation of the same function. */
export function callFromDirect(event: DirectEvent | null): Call {
  // A payload may be any JSON, `null` included.
  const { authorization, app, operation, body } = event ?? ({} as Partial<DirectEvent>);
  return {
    operation: String(operation),
    app: String(app),
    authorization: typeof authorization === 'string' ? checkedLength(authorization) : undefined,
    bodyText: () => (typeof body === 'string' ? body : jsonTextOf(body)),
  };
}

/** The one value of a header; none when it is absent, given twice or too long. */
function onlyHeader(event: APIGatewayProxyEvent, name: string): string | undefined {
  const values = new Set<string>();
  for (const [key, value] of Object.entries(event.headers ?? {})) {
    if (key.toLowerCase() === name && value !== undefined) values.add(value);
  }
  for (const [key, list] of Object.entries(event.multiValueHeaders ?? {})) {
    if (key.toLowerCase() !== name || !list) continue;
    if (list.length > 1) return undefined;
    for (const value of list) values.add(value);
  }
  const [value] = values;
  return values.size === 1 && value !== undefined ? checkedLength(value) : undefined;
}

function checkedLength(header: string): string | undefined {
  return Buffer.byteLength(header) <= MAX_AUTHORIZATION_BYTES ? header : undefined;
}

/** Decoding would put other characters in the place of what is not UTF-8: a value changed without a word. */
function utf8TextOf(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new DaykeyError('invalid-json', 'the body is not UTF-8');
  return bytes.toString('utf8');
}

/** JSON would write `null` for what is not finite: a value lost without a word. */
function jsonTextOf(body: unknown): string {
  try {
    const text: string | undefined = JSON.stringify(body, (_, value: unknown) => {
      if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError('not finite');
      return value;
    });
    // A payload without a body has no JSON text at all.
    return text ?? '';
  } catch {
    throw new DaykeyError('invalid-json', 'the body holds a number that is not finite, or is nested too deeply');
  }
}
