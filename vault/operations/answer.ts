// From a result or an error to an answer.

import { problemHeaders, SUCCESS_HEADERS } from '../../wire/headers.ts';
import { isProblemCode, type ProblemCode, problem } from '../../wire/problem.ts';
import { DaykeyError, INTERNAL_CODES } from '../domain/errors.ts';

/** Status, headers and body of an answer, before it goes out over REST or to a direct caller. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** A success. */
export function ok(body: unknown): Answer {
  return { status: 200, headers: SUCCESS_HEADERS, body };
}

/** A failure. Anything but a {@link DaykeyError} is a broken dependency or a bug: a 503 that reveals nothing of it. */
export function failure(error: unknown): Answer {
  if (!(error instanceof DaykeyError)) return refusal('unavailable');
  const { code, message, paths, retryAfterSeconds } = error;
  // The message of an internal code is for operators only.
  if (!isProblemCode(code)) return refusal(INTERNAL_CODES[code], retryAfterSeconds);
  return refusal(code, retryAfterSeconds, message, paths);
}

function refusal(code: ProblemCode, retryAfterSeconds?: number, detail?: string, paths?: readonly string[]): Answer {
  const body = problem(code, detail, paths);
  return { status: body.status, headers: problemHeaders(code, retryAfterSeconds), body };
}
