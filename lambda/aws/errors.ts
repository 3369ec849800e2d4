// What an AWS exception means to Daykey. Matched by name, since `instanceof` fails with two copies of an SDK in a bundle.

import { DaykeyError, type DaykeyErrorCode } from '../../vault/domain/errors.ts';

/** When to try again after throttling, in seconds. Clients add jitter. */
const RETRY_AFTER_SECONDS = 1;

/** Which exceptions of one call are expected, by name, and what they mean. */
export type ExpectedErrors = Readonly<Record<string, DaykeyErrorCode>>;

/** KMS exceptions for a call that the key's policy, state or absence forbids. */
export const KMS_REFUSALS: ExpectedErrors = {
  AccessDeniedException: 'app-kek-refused',
  DisabledException: 'app-kek-refused',
  InvalidKeyUsageException: 'app-kek-refused',
  KMSInvalidStateException: 'app-kek-refused',
  NotFoundException: 'app-kek-refused',
};

/** KMS exceptions for a blob of another key or another encryption context. */
export const KMS_MISMATCHES: ExpectedErrors = {
  IncorrectKeyException: 'app-kek-mismatch',
  InvalidCiphertextException: 'app-kek-mismatch',
};

/** Throttling, broken services and networks, as DynamoDB, KMS, STS and the SDK's HTTP handler name them. */
export const TRANSIENT: ReadonlySet<string> = new Set([
  'AbortError',
  'DependencyTimeoutException',
  'InternalServerError',
  'KMSInternalException',
  'KeyUnavailableException',
  'NetworkingError',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestTimeout',
  'ServiceUnavailable',
  'ThrottledException',
  'Throttling',
  'ThrottlingException',
  'TimeoutError',
  'TooManyRequestsException',
]);

/**
 * Makes an AWS call and translates what it throws: expected and transient exceptions become a DaykeyError, everything
 * else an Error with the exception as its cause.
 *
 * @param what names the call in messages, in the infinitive: "store a bundle".
 * @param describe what messages say of the exception. @default its name: an SDK message may quote the request
 */
export async function translating<T>(
  what: string,
  expected: ExpectedErrors,
  call: () => Promise<T>,
  describe: (error: unknown) => string = errorName,
): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    if (cause instanceof DaykeyError) throw cause;
    const name = errorName(cause);
    const code = Object.hasOwn(expected, name) ? expected[name] : undefined;
    if (code !== undefined) {
      throw new DaykeyError(code, `refused to ${what}: ${describe(cause)}`, { cause, refusedAtS: answeredAtS(cause) });
    }
    if (isTransient(cause)) throw unavailable(what, describe(cause), cause);
    throw new Error(`failed to ${what}: ${describe(cause)}`, { cause });
  }
}

// IMF-fixdate, the one form that a server may send (RFC 9110, 5.6.7).
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** When AWS answered with this error, by AWS's own clock, in seconds since 1970; `undefined` when it did not say. */
function answeredAtS(error: unknown): number | undefined {
  // The SDK keeps the HTTP response in a property that is not enumerable.
  const response = memberOf(error, '$response');
  const date = memberOf(memberOf(response, 'headers'), 'date');
  if (typeof date !== 'string' || !HTTP_DATE.test(date)) return undefined;
  const ms = Date.parse(date);
  return Number.isNaN(ms) ? undefined : ms / 1000;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** The error of a dependency that may answer the same request later. */
export function unavailable(what: string, reason: string, cause?: unknown): DaykeyError {
  return new DaykeyError('unavailable', `cannot ${what} now: ${reason}`, {
    cause,
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}

/** Whether this is DynamoDB's answer to a condition that did not hold. */
export function isConditionFailure(error: unknown): error is Error & { Item?: Readonly<Record<string, unknown>> } {
  return errorName(error) === 'ConditionalCheckFailedException';
}

function isTransient(error: unknown): boolean {
  if (TRANSIENT.has(errorName(error))) return true;
  if (typeof error !== 'object' || error === null) return false;
  // Node's network errors (ECONNREFUSED, ECONNRESET, EPIPE, …) have a code and a system call, but no specific name.
  if ('syscall' in error && 'code' in error) return true;
  return statusOf(error) >= 500;
}

/** Whether AWS has refused a request and so has done nothing. */
export function isRefusal(error: unknown): boolean {
  const status = statusOf(error);
  return status >= 400 && status < 500;
}

/** The HTTP status that AWS answered with; 0 for an error without one. */
function statusOf(error: unknown): number {
  const status = memberOf(memberOf(error, '$metadata'), 'httpStatusCode');
  return typeof status === 'number' ? status : 0;
}

/**
 * Name and message of an error of AWS. Only for calls that send and receive no secret: AWS's own words then say which policy
 * refuses, and why.
 */
export function ownWords(error: unknown): string {
  return error instanceof Error && error.message !== '' ? `${errorName(error)}: ${error.message}` : errorName(error);
}

/** The name of an error, for messages. Never its own message, which may quote a request. */
export function errorName(error: unknown): string {
  if (!(error instanceof Error)) return 'not an Error';
  // Network errors are all named "Error"; their code says more.
  return error.name === 'Error' && 'code' in error ? String(error.code) : error.name;
}
