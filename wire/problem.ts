// Errors on the wire: problem details (RFC 9457) with a stable code.

/** The codes a caller may branch on. */
export type ProblemCode =
  | 'invalid-json'
  | 'invalid-request'
  | 'ttl-out-of-range'
  | 'ref-not-allowed'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'too-large'
  | 'unsupported-media-type'
  | 'unavailable';

// A Record, so a new code does not compile until someone picks its status.
/** The status that each code comes with. */
export const PROBLEM_STATUS: Readonly<Record<ProblemCode, number>> = {
  'invalid-json': 400,
  'invalid-request': 400,
  'ttl-out-of-range': 400,
  'ref-not-allowed': 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  'too-large': 413,
  'unsupported-media-type': 415,
  unavailable: 503,
};

/** What a 401 says in `WWW-Authenticate`: the schemes that an identity may come in. */
export const IDENTITY_SCHEMES = 'Bearer, Daykey-Aws';

/** The body of every answer of 400 and above. Never holds a value of the request. */
export interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail: string;
  /** Where in the request the fault is. */
  readonly paths?: readonly string[];
}

/** Media type of a problem (RFC 9457, 3). */
export const PROBLEM_TYPE = 'application/problem+json';

const TITLES: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  503: 'Service Unavailable',
};

/** A problem whose title is its status phrase, as `about:blank` asks (RFC 9457, 4.2.1). */
export function problem(status: number, code: ProblemCode, detail: string, paths: readonly string[] = []): Problem {
  const title = TITLES[status] ?? 'Error';
  return { type: 'about:blank', title, status, code, detail, ...(paths.length > 0 ? { paths } : {}) };
}
