// From an HTTP request to a call, for API Gateway's events and for the testing kit's own port.

import { isUtf8 } from 'node:buffer';
import { PROBLEMS } from '../../wire/problem.ts';
import { DaykeyError } from '../domain/errors.ts';
import type { Call } from './call.ts';

/** A request to `POST /v1/apps/{app}/{operation}`. */
export interface HttpRequest extends Pick<Call, 'requestId' | 'operation' | 'app'> {
  /** Every header with its values. A name may appear twice, in any case. */
  readonly headers: readonly (readonly [name: string, values: readonly string[]])[];
  readonly body: string | Buffer;
}

const JSON_TYPE = /^application\/json *(;|$)/i;

/** The call in an HTTP request. Its body text throws `unsupported-media-type`, or `invalid-json` if it is not UTF-8. */
export function callFromHttp({ requestId, operation, app, headers, body }: HttpRequest): Call {
  return {
    requestId,
    operation,
    app,
    authorization: singleHeader(headers, 'authorization'),
    bodyText: () => {
      if (!JSON_TYPE.test(singleHeader(headers, 'content-type') ?? '')) {
        throw new DaykeyError('unsupported-media-type', PROBLEMS['unsupported-media-type'].detail);
      }
      return typeof body === 'string' ? body : utf8Text(body);
    },
  };
}

/** The value of a header; `undefined` when it is absent or has two values. */
function singleHeader(headers: HttpRequest['headers'], name: string): string | undefined {
  const lists = headers.filter(([key]) => key.toLowerCase() === name).map(([, values]) => values);
  const [value, ...others] = new Set(lists.flat());
  return others.length === 0 && lists.every(({ length }) => length === 1) ? value : undefined;
}

/** Decoding would replace what is not UTF-8, and so change a value silently. */
function utf8Text(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new DaykeyError('invalid-json', 'the body is not UTF-8');
  return bytes.toString('utf8');
}
