// One call of an operation, and its body.

import { MAX_REQUEST_BYTES } from '../../wire/limits.ts';
import { parseStrictJson } from '../../wire/strict-json.ts';
import { DaykeyError } from '../domain/errors.ts';

/** A request to a vault, however it arrived. Nothing in it is verified. */
export interface Call {
  /** Names the request in its log line and in the audit log. */
  readonly requestId: string;
  /** May name no operation at all. */
  readonly operation: string;
  readonly app: string;
  readonly authorization: string | undefined;
  /** JSON text of the body. @throws DaykeyError when the body is not JSON in UTF-8. */
  readonly bodyText: () => string;
}

/** A body, and what is known of its size. */
export interface ParsedBody {
  readonly value: unknown;
  /** Most bytes of the value's JSON text in UTF-8. */
  readonly mostBytes: number;
}

/** The parsed body of a call. @throws DaykeyError `too-large`, `invalid-json`, and as `bodyText` does. */
export function parseBody(call: Pick<Call, 'bodyText'>): ParsedBody {
  const text = call.bodyText();
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_REQUEST_BYTES) {
    throw new DaykeyError('too-large', `a request has at most ${MAX_REQUEST_BYTES} bytes`);
  }
  const parsed = parseStrictJson(text);
  if ('fault' in parsed) throw new DaykeyError('invalid-json', parsed.fault, { paths: parsed.paths });
  return { value: parsed.value, mostBytes: bytes + parsed.growth };
}
