// The one error class of Daykey and the closed list of what can go wrong.

/** Every reason for which a request is refused. The handlers give each an HTTP status. */
export type DaykeyErrorCode =
  /** The body is not JSON, or JSON that would not come back as it went in. */
  | 'invalid-json'
  /** The body is JSON but not the documented shape. */
  | 'invalid-request'
  /** A time to live outside what the app allows. */
  | 'ttl-out-of-range'
  /** The reserved key `$sensitive` where a plain value is expected. */
  | 'ref-not-allowed'
  /** No identity, or one that could not be verified. */
  | 'unauthenticated'
  /** A verified identity that may not do this, or not for this app. */
  | 'forbidden'
  /** No such route. */
  | 'not-found'
  /** A field, a request or an answer over its limit. */
  | 'too-large'
  /** A content type other than `application/json`. */
  | 'unsupported-media-type'
  /** A dependency is throttled or broken; the same request may succeed later. */
  | 'unavailable'
  /** The bundle ID is taken: never overwrite. */
  | 'bundle-exists'
  /** KMS refuses the slot's key for this operation now: its dates, its state or its policy. */
  | 'app-kek-refused'
  /** The blob is not what this app KEK made in this encryption context. */
  | 'app-kek-mismatch'
  /** Another writer changed the row first. */
  | 'conflict';

export interface DaykeyErrorOptions extends ErrorOptions {
  /** JSON paths at fault. Names only, never a value. */
  paths?: readonly string[];
  /** When to try again, in seconds. Only with `unavailable`. */
  retryAfterSeconds?: number;
}

/** Thrown for everything expected. Messages hold limits and paths, never a value, key, ref or subject. */
export class DaykeyError extends Error {
  override readonly name = 'DaykeyError';
  readonly code: DaykeyErrorCode;
  readonly paths: readonly string[];
  readonly retryAfterSeconds: number | undefined;

  constructor(code: DaykeyErrorCode, message: string, options: DaykeyErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.paths = options.paths ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/** Whether `error` is a {@link DaykeyError} with one of these codes. */
export function isDaykeyError(error: unknown, ...codes: DaykeyErrorCode[]): error is DaykeyError {
  return error instanceof DaykeyError && (codes.length === 0 || codes.includes(error.code));
}

/** Names and stack frames of an error and its causes. Messages stay out: a dependency may have put anything there. */
export function causesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return ['not an Error'];
  const inner = [...(error instanceof AggregateError ? error.errors : []), ...(error.cause ? [error.cause] : [])];
  const frame = firstFrame(error);
  const name = error instanceof DaykeyError ? `${error.name} ${error.code}` : error.name;
  return [`${name}${frame ? ` ${frame.trim()}` : ''}`, ...inner.flatMap(causesOf)];
}

/** Whether a dependency said somewhere below this error that it is asked too often: more of the same makes it worse. */
export function isThrottling(error: unknown): boolean {
  return causesOf(error).some((cause) =>
    /^(Throttl|ProvisionedThroughputExceeded|RequestLimitExceeded|TooManyRequests)/.test(cause),
  );
}

/** Of what follows the message: a message of several lines could pass for a frame. */
function firstFrame({ stack = '', message }: Error): string | undefined {
  const start = stack.indexOf(message);
  if (start < 0) return undefined;
  const lines = stack.slice(start + message.length).split('\n');
  return lines.find((line) => /^\s+at /.test(line));
}
