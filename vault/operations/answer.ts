// From results and errors to what goes over the wire.

import { IDENTITY_SCHEMES, PROBLEM_STATUS, PROBLEM_TYPE, type ProblemCode, problem } from '../../wire/problem.ts';
import { DaykeyError, type DaykeyErrorCode } from '../domain/errors.ts';

/** Status, headers and body of an answer, before it is a REST response or a direct one. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

// A Record, so a new code does not compile until someone picks what the caller is told.
const ON_THE_WIRE: Record<DaykeyErrorCode, ProblemCode> = {
  'invalid-json': 'invalid-json',
  'invalid-request': 'invalid-request',
  'ttl-out-of-range': 'ttl-out-of-range',
  'ref-not-allowed': 'ref-not-allowed',
  unauthenticated: 'unauthenticated',
  forbidden: 'forbidden',
  'not-found': 'not-found',
  'too-large': 'too-large',
  'unsupported-media-type': 'unsupported-media-type',
  unavailable: 'unavailable',
  'bundle-exists': 'unavailable',
  'app-kek-refused': 'unavailable',
  'app-kek-mismatch': 'unavailable',
  conflict: 'unavailable',
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
  const code = ON_THE_WIRE[known?.code ?? 'unavailable'];
  const status = PROBLEM_STATUS[code];
  const told = known !== undefined && known.code === code;
  return {
    status,
    headers: {
      ...HEADERS,
      'Content-Type': PROBLEM_TYPE,
      ...(status === 503 ? { 'Retry-After': String(known?.retryAfterSeconds ?? RETRY_AFTER_SECONDS) } : {}),
      ...(status === 401 ? { 'WWW-Authenticate': IDENTITY_SCHEMES } : {}),
    },
    body: problem(status, code, told ? known.message : TRY_AGAIN, told ? known.paths : []),
  };
}
