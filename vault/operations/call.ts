// One call of an operation, whichever way it came, and its body.

import { MAX_REQUEST_BYTES } from '../../wire/limits.ts';
import { parseStrictJson } from '../../wire/strict-json.ts';
import { DaykeyError } from '../domain/errors.ts';

/** What every operation is given. The identity is a claim until it has been verified. */
export interface Call {
  readonly operation: string;
  readonly app: string;
  readonly authorization: string | undefined;
  /** JSON text of the body; throws for what is not `application/json`. */
  readonly bodyText: () => string;
}

/** The body of a call, checked for size and fidelity. @throws DaykeyError `too-large`, `invalid-json`. */
export function parseBody(call: Call): unknown {
  const text = call.bodyText();
  if (Buffer.byteLength(text) > MAX_REQUEST_BYTES) {
    throw new DaykeyError('too-large', `a request has at most ${MAX_REQUEST_BYTES} bytes`);
  }
  const parsed = parseStrictJson(text);
  if ('fault' in parsed) throw new DaykeyError('invalid-json', parsed.fault, { paths: parsed.paths });
  return parsed.value;
}
