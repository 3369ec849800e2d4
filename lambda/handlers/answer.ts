// From results and errors to what goes over the wire.

import { PROBLEM_TYPE, type ProblemCode, problem } from '../contract/problem.ts';
import { DaykeyError, type DaykeyErrorCode } from '../domain/errors.ts';

/** Status, headers and body of an answer, before it is a REST response or a direct one. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

// A Record, so a new code does not compile until someone picks its status and what the caller is told.
const ON_THE_WIRE: Record<DaykeyErrorCode, readonly [status: number, code: ProblemCode]> = {
  'invalid-json': [400, 'invalid-json'],
  'invalid-request': [400, 'invalid-request'],
  'ttl-out-of-range': [400, 'ttl-out-of-range'],
  'ref-not-allowed': [400, 'ref-not-allowed'],
  unauthenticated: [401, 'unauthenticated'],
  forbidden: [403, 'forbidden'],
  'not-found': [404, 'not-found'],
  'too-large': [413, 'too-large'],
  'unsupported-media-type': [415, 'unsupported-media-type'],
  unavailable: [503, 'unavailable'],
  'bundle-exists': [503, 'unavailable'],
  'app-kek-refused': [503, 'unavailable'],
  'app-kek-mismatch': [503, 'unavailable'],
  conflict: [503, 'unavailable'],
};

const RETRY_AFTER_SECONDS = 1;
const TRY_AGAIN = 'the vault cannot answer right now: try again';

// Nothing in between may keep an answer, or guess its type.
const HEADERS = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' };

/** A success. */
export function ok(body: unknown): Answer {
  return { status: 200, headers: { ...HEADERS, 'Content-Type': 'application/json' }, body };
}

/** A failure. Whatever is not a {@link DaykeyError} is a broken dependency or a bug: 503, and nothing of it is told. */
export function failure(error: unknown): Answer {
  const known = error instanceof DaykeyError ? error : undefined;
  const [status, code] = ON_THE_WIRE[known?.code ?? 'unavailable'];
  const told = known !== undefined && known.code === code;
  return {
    status,
    headers: {
      ...HEADERS,
      'Content-Type': PROBLEM_TYPE,
      ...(status === 503 ? { 'Retry-After': String(known?.retryAfterSeconds ?? RETRY_AFTER_SECONDS) } : {}),
      ...(status === 401 ? { 'WWW-Authenticate': 'Bearer, Daykey-Aws' } : {}),
    },
    body: problem(status, code, told ? known.message : TRY_AGAIN, told ? known.paths : []),
  };
}
