// What goes wrong with a call: one error, a closed list of codes, and never a value.

import { isProblemCode, PROBLEMS, type ProblemCode } from '../../wire/problem.ts';

/** The vault's own codes, and what only the caller's side can see. */
export type DaykeyProblemCode =
  | ProblemCode
  /** No answer came: the network, or a function that broke off. */
  | 'unreachable'
  /** No answer came in time. */
  | 'timed-out'
  /** An answer that is not the vault's, as from a proxy or another version of it. */
  | 'unintelligible';

/** What else is known of a problem. */
export interface DaykeyProblemOptions {
  /** HTTP status; absent when no vault said anything. */
  readonly status?: number | undefined;
  /** Where in the request the fault is. */
  readonly paths?: readonly string[] | undefined;
  /** When the vault wants to be asked again, in seconds. */
  readonly retryAfterSeconds?: number | undefined;
}

/** Whether the caller's own codes are transient. The vault's are in `wire/problem.ts`. */
const OWN_IS_TRANSIENT: Readonly<Record<Exclude<DaykeyProblemCode, ProblemCode>, boolean>> = {
  unreachable: true,
  'timed-out': true,
  unintelligible: false,
};

/**
 * Why a call failed. Holds no value, ref, subject or credential, and no `cause`: what a network stack or a parser puts
 * into its messages is not known.
 */
export class DaykeyProblem extends Error {
  /** Tells a problem from other errors, also one of another copy of this module. */
  override readonly name = 'DaykeyProblem';
  /** Branch on this. */
  readonly code: DaykeyProblemCode;
  /** HTTP status, 400 and above; `undefined` when the call never reached a vault. */
  readonly status: number | undefined;
  /** One sentence for people, of names and limits. */
  readonly detail: string;
  /** Where in the request the fault is. Names only. */
  readonly paths: readonly string[];
  /** When the vault wants to be asked again, in seconds. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: DaykeyProblemCode, detail: string, options: DaykeyProblemOptions = {}) {
    const { status, paths = [], retryAfterSeconds } = options;
    super(`${code}: ${detail}${paths.length > 0 ? ` (${paths.join(', ')})` : ''}`);
    this.code = code;
    this.detail = detail;
    this.status = status;
    this.paths = paths;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** Whether the same call may succeed later. */
  get isTransient(): boolean {
    return isProblemCode(this.code) ? PROBLEMS[this.code].isTransient : OWN_IS_TRANSIENT[this.code];
  }
}

/** The problem in an answer of 400 and above. */
export function problemIn(status: number, body: unknown, retryAfterSeconds?: number): DaykeyProblem {
  const { code, detail, paths }: Readonly<Record<string, unknown>> =
    typeof body === 'object' && body !== null ? { ...body } : {};
  if (!isProblemCode(code) || typeof detail !== 'string') {
    // A load balancer or proxy before the vault speaks for itself; of its words nothing is passed on.
    const passing = status === 502 || status === 503 || status === 504;
    const told = `what answered with status ${status} is not a vault`;
    return new DaykeyProblem(passing ? 'unavailable' : 'unintelligible', told, { status, retryAfterSeconds });
  }
  const named = Array.isArray(paths) ? paths.filter((path) => typeof path === 'string') : [];
  return new DaykeyProblem(code, detail, { status, paths: named, retryAfterSeconds });
}

/** A failure without an answer. Names and codes of errors are passed on, their messages are not. */
export function unreachable(error: unknown): DaykeyProblem {
  const reasons: string[] = [];
  for (let at = error; at instanceof Error && reasons.length < 3; at = at.cause) {
    const { code } = at as { code?: unknown };
    const reason = typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,40}$/.test(code) ? code : at.name;
    if (/^\w{1,60}$/.test(reason)) reasons.push(reason);
  }
  return new DaykeyProblem('unreachable', `no answer from the vault: ${reasons.join(', ') || 'unknown reason'}`);
}

/** An answer of 200 that is not what the operation answers. */
export function unintelligible(): DaykeyProblem {
  return new DaykeyProblem('unintelligible', 'the answer is not one of this operation', { status: 200 });
}
