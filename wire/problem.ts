// Errors on the wire: problem details (RFC 9457) with a stable code. A new code is a row here, and a title if its status is new.

import type { Operation } from './operations.ts';

/** The status phrases of RFC 9110: `about:blank` asks for them as titles (RFC 9457, 4.2.1). */
const TITLES = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  503: 'Service Unavailable',
} as const;

interface ProblemKind {
  readonly status: keyof typeof TITLES;
  /** Whether the same request may succeed later. */
  readonly isTransient: boolean;
  /** When callers get this code, for documents. */
  readonly why: string;
  /** What the answer says where nothing more precise is known. */
  readonly detail: string;
  /** The operations that answer it. @default all of them */
  readonly operations?: readonly Operation[];
}

const PROBLEM_TABLE = {
  'invalid-json': {
    status: 400,
    isTransient: false,
    why: 'not JSON, or JSON that would not come back as it went in',
    detail: 'the body is not JSON',
  },
  'invalid-request': {
    status: 400,
    isTransient: false,
    why: 'not the documented shape',
    detail: 'the request cannot be served',
  },
  'ttl-out-of-range': {
    status: 400,
    isTransient: false,
    why: 'a life outside what the app allows',
    detail: 'the app does not allow this time to live',
    operations: ['encrypt', 'incoming', 'seal-blob'],
  },
  'ref-not-allowed': {
    status: 400,
    isTransient: false,
    why: 'the reserved key where it may not be',
    detail: 'the reserved key may not be here',
    operations: ['encrypt', 'incoming', 'outgoing', 'explain'],
  },
  unauthenticated: {
    status: 401,
    isTransient: false,
    why: 'no identity, or one that could not be verified',
    detail: 'no valid identity: send an Authorization header',
  },
  forbidden: {
    status: 403,
    isTransient: false,
    why: 'an identity that may not do this, or not for this app',
    detail: 'this identity may not do this for this app',
  },
  // Not `forbidden`, which is the vault's own decision: the SDK's templates print stars for that one only.
  blocked: {
    status: 403,
    isTransient: false,
    why: 'a web ACL before the vault refused the request',
    detail: 'the web ACL before the vault refused this request',
  },
  'not-found': {
    status: 404,
    isTransient: false,
    // API Gateway cannot route an app whose name holds a slash, for example.
    why: 'no such route',
    detail: 'no such route',
  },
  'too-large': {
    status: 413,
    isTransient: false,
    why: 'a field, a request or an answer over its limit',
    detail: 'the request is too large',
  },
  'unsupported-media-type': {
    status: 415,
    isTransient: false,
    why: 'a content type other than application/json',
    detail: 'send the body as application/json',
  },
  unavailable: {
    status: 503,
    isTransient: true,
    why: 'the same request may succeed later',
    detail: 'the vault cannot answer right now: try again',
  },
} as const satisfies Readonly<Record<string, ProblemKind>>;

/** A code that a caller may branch on. */
export type ProblemCode = keyof typeof PROBLEM_TABLE;

/** Every code, and what is known of it. */
export const PROBLEMS: Readonly<Record<ProblemCode, ProblemKind>> = PROBLEM_TABLE;

/** Every code, in the order of the table. */
export const PROBLEM_CODES = Object.keys(PROBLEM_TABLE) as readonly ProblemCode[];

/** Whether this is the code of a problem. */
export function isProblemCode(code: unknown): code is ProblemCode {
  return typeof code === 'string' && Object.hasOwn(PROBLEM_TABLE, code);
}

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

/** The body of an answer with this code. */
export function problem(
  code: ProblemCode,
  detail: string = PROBLEMS[code].detail,
  paths: readonly string[] = [],
): Problem {
  const { status } = PROBLEMS[code];
  const body: Problem = { type: 'about:blank', title: TITLES[status], status, code, detail };
  return paths.length > 0 ? { ...body, paths } : body;
}
