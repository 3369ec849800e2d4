// The headers of answers, for the functions and for what API Gateway answers without them.

import { PROBLEMS, type ProblemCode } from './problem.ts';

/** Media type of a problem (RFC 9457, 3). */
export const PROBLEM_TYPE = 'application/problem+json';

/** What a 401 says in `WWW-Authenticate`: the schemes that an identity may come in. */
export const IDENTITY_SCHEMES = 'Bearer, Daykey-Aws';

/** When to try again after a 503 that does not say so, in seconds. */
const RETRY_AFTER_SECONDS = 1;

/** No proxy or browser may store an answer, or guess its type. */
const PROTECTION = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' };

/** Headers of a success. */
export const SUCCESS_HEADERS: Readonly<Record<string, string>> = { ...PROTECTION, 'Content-Type': 'application/json' };

/** Headers of a problem. */
export function problemHeaders(
  code: ProblemCode,
  retryAfterSeconds: number = RETRY_AFTER_SECONDS,
): Readonly<Record<string, string>> {
  const headers = { ...PROTECTION, 'Content-Type': PROBLEM_TYPE };
  switch (PROBLEMS[code].status) {
    case 401:
      return { ...headers, 'WWW-Authenticate': IDENTITY_SCHEMES };
    case 503:
      return { ...headers, 'Retry-After': String(retryAfterSeconds) };
    default:
      return headers;
  }
}
