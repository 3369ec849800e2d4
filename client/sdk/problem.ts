// Why a call failed: one error class, a closed list of codes, and never a value.

import { isJsonObject } from '../../wire/json-object.ts';
import { dottedPath } from '../../wire/path.ts';
import type { ProblemCode } from '../../wire/problem.ts';

/** The codes of a vault, and those for what only the caller's side can see. */
export type DaykeyProblemCode =
  | ProblemCode
  /** No answer came: the network failed, or a function broke off. */
  | 'unreachable'
  /** No answer came in time. */
  | 'timed-out'
  /** The caller's `signal` ended the call. */
  | 'aborted'
  /** Something before the vault refused the call: a firewall, a proxy, or Lambda's permissions. */
  | 'refused'
  /** The answer is not one of a vault of this version. */
  | 'unintelligible'
  /** The encrypted blob is not what was sealed: changed, cut, or that of another ref. */
  | 'damaged'
  /** The blob was never uploaded, or it has ended since its ref was opened. */
  | 'gone';

/** What else is known of a problem. */
export interface DaykeyProblemOptions {
  /** HTTP status; absent when nothing answered. */
  readonly status?: number | undefined;
  /** Where in the request the fault is. */
  readonly paths?: readonly string[] | undefined;
  /** When the vault wants to be asked again, in seconds. */
  readonly retryAfterSeconds?: number | undefined;
}

/** A name or an index on the way to a fault. */
export type Key = string | number;

// As `wire/problem.ts` says of the vault's codes; its sentences for documents stay out of the caller's bundle.
const TRANSIENT: readonly DaykeyProblemCode[] = ['unavailable', 'unreachable', 'timed-out'];
// What load balancers, firewalls and proxies answer when the same request may succeed later (RFC 9110, RFC 6585).
const TRANSIENT_STATUS = /^(408|429|50[0234])$/;

/**
 * Why a call failed. Holds no value, ref, subject or credential, and no `cause`, because the messages of a network stack
 * or a parser can repeat any of these.
 */
export class DaykeyProblem extends Error {
  /** Tells a problem from other errors, even when it comes from another copy of this module. */
  override readonly name = 'DaykeyProblem';
  /** The reason, to branch on. */
  declare readonly code: DaykeyProblemCode;
  /** HTTP status of the answer, or `undefined` when nothing answered or the SDK itself refused the call. */
  declare readonly status: number | undefined;
  /** One sentence for people. It holds names and limits only. */
  declare readonly detail: string;
  /** Where in the request the fault is, such as `fields.email`. Names and indexes only. */
  declare readonly paths: readonly string[];
  /** When the vault wants to be asked again, in seconds. */
  declare readonly retryAfterSeconds: number | undefined;

  constructor(
    code: DaykeyProblemCode,
    detail: string,
    { status, paths = [], retryAfterSeconds }: DaykeyProblemOptions = {},
  ) {
    super(`${code}: ${detail}${paths.length > 0 ? ` (${paths.join(', ')})` : ''}`);
    this.code = code;
    this.detail = detail;
    this.status = status;
    this.paths = paths;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** Whether the same call may succeed later: `unavailable`, `unreachable` and `timed-out`. */
  get isTransient(): boolean {
    return TRANSIENT.includes(this.code);
  }
}

/** What the SDK refuses by itself, without a request. */
export function problemAt(keys: readonly Key[], code: DaykeyProblemCode, detail: string): DaykeyProblem {
  return new DaykeyProblem(code, detail, { paths: [dottedPath(keys)] });
}

/** An argument that the SDK refuses by itself. */
export function invalidRequest(detail: string, keys: readonly Key[]): DaykeyProblem {
  return problemAt(keys, 'invalid-request', detail);
}

/**
 * The problem in an answer that is none of the operation. Only the whole of what a vault says is believed: a firewall's
 * 403 must not pass for the vault's own, which templates print as stars.
 */
export function problemIn(status: number | undefined, body: unknown, retryAfterSeconds?: number): DaykeyProblem {
  const { type, status: claimed, code, detail, paths } = membersIn(body);
  if (type === 'about:blank' && claimed === status && isText(code) && isText(detail)) {
    const named = [paths].flat().filter(isText);
    return new DaykeyProblem(code as ProblemCode, detail, { status, paths: named, retryAfterSeconds });
  }
  const digits = String(status);
  const own = TRANSIENT_STATUS.test(digits) ? 'unavailable' : digits.startsWith('4') ? 'refused' : 'unintelligible';
  // Nothing that an unknown sender says is passed on.
  return new DaykeyProblem(own, `an answer of status ${status} that no vault gives`, { status, retryAfterSeconds });
}

/** A failure without an answer. Passes on the names and codes of errors, never their messages. */
export function unreachable(error: unknown): DaykeyProblem {
  const reasons: string[] = [];
  for (let at = error; at instanceof Error && reasons.length < 3; at = at.cause) {
    const { name, code = name } = at as Error & { code?: unknown };
    reasons.push(/^[A-Z]\w{1,60}$/.exec(String(code))?.[0] ?? 'Error');
  }
  return new DaykeyProblem('unreachable', ['no answer from the vault', ...reasons].join(': '));
}

/** Whether it is a string. */
export function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** Its own members, without a prototype; those of an object only. */
export function membersIn(value: unknown): Readonly<Record<string, unknown>> {
  return isJsonObject(value) ? { __proto__: null, ...value } : {};
}
