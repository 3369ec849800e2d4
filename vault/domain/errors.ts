// The one error class of the vault, and its codes.

import type { ProblemCode } from '../../wire/problem.ts';

/** What only the vault itself tells apart. A caller gets the problem named here. */
export const INTERNAL_CODES = {
  /** The stored settings of an app are malformed. They have to be deployed again. */
  'settings-unreadable': 'unavailable',
  /** The bundle ID is taken: never overwrite. */
  'bundle-exists': 'unavailable',
  /** KMS refuses the slot's key for this call now, because of its dates, its state or its policy. */
  'app-kek-refused': 'unavailable',
  /** The blob is not what this app KEK made in this encryption context. */
  'app-kek-mismatch': 'unavailable',
  /** Another writer changed the row first. */
  conflict: 'unavailable',
} as const satisfies Readonly<Record<string, ProblemCode>>;

/** Why a request is refused: the problems of the wire, and the internal codes. */
export type DaykeyErrorCode = ProblemCode | keyof typeof INTERNAL_CODES;

export interface DaykeyErrorOptions extends ErrorOptions {
  /** JSON paths at fault. Names only, never a value. */
  paths?: readonly string[];
  /** When to try again, in seconds. Only with `unavailable`. */
  retryAfterSeconds?: number;
  /** When KMS refused, by KMS's own clock, in seconds since 1970. Only with `app-kek-refused`. */
  refusedAtS?: number | undefined;
}

/** Thrown for everything expected. Messages hold limits and paths, never a value, key, ref or subject. */
export class DaykeyError extends Error {
  override readonly name = 'DaykeyError';
  readonly code: DaykeyErrorCode;
  readonly paths: readonly string[];
  readonly retryAfterSeconds: number | undefined;
  readonly refusedAtS: number | undefined;

  constructor(code: DaykeyErrorCode, message: string, options: DaykeyErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.paths = options.paths ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.refusedAtS = options.refusedAtS;
  }
}

/** Whether `error` is a {@link DaykeyError} with one of these codes. */
export function isDaykeyError(error: unknown, ...codes: DaykeyErrorCode[]): error is DaykeyError {
  return error instanceof DaykeyError && (codes.length === 0 || codes.includes(error.code));
}

/** Names and stack frames of an error and its causes. Messages stay out: a dependency may have put anything there. */
export function causesOf(error: unknown): string[] {
  return chainOf(error).map((each) => {
    const frame = each instanceof Error ? firstFrame(each) : undefined;
    return `${nameOf(each)}${frame ? ` ${frame.trim()}` : ''}`;
  });
}

/** An error, then its causes, each before its own. */
function chainOf(error: unknown): unknown[] {
  if (!(error instanceof Error)) return [error];
  const inner = [...(error instanceof AggregateError ? error.errors : []), ...(error.cause ? [error.cause] : [])];
  return [error, ...inner.flatMap(chainOf)];
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'not an Error';
  return error instanceof DaykeyError ? `${error.name} ${error.code}` : error.name;
}

/** What an error says to an operator: its message, or those of the errors that it collects, each once. */
export function messagesOf(error: unknown): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(messagesOf))].join('; ');
  return error instanceof Error ? error.message : String(error);
}

/** Whether a dependency throttled, according to this error or one of its causes. Trying again at once makes it worse. */
export function isThrottling(error: unknown): boolean {
  // By name only: a stack is made when it is first read, which takes longer than many a request.
  return chainOf(error).some((each) =>
    /^(Throttl|ProvisionedThroughputExceeded|RequestLimitExceeded|TooManyRequests)/.test(nameOf(each)),
  );
}

/** Of what follows the message: a message of several lines could pass for a frame. */
function firstFrame({ stack = '', message }: Error): string | undefined {
  const start = stack.indexOf(message);
  if (start < 0) return undefined;
  const lines = stack.slice(start + message.length).split('\n');
  return lines.find((line) => /^\s+at /.test(line));
}
