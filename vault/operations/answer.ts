// From a result or an error to an answer, as text: what does not fit Lambda's payload ends here.

import { problemHeaders, SUCCESS_HEADERS } from '../../wire/headers.ts';
import { MAX_PAYLOAD_BYTES } from '../../wire/limits.ts';
import { isProblemCode, type ProblemCode, problem } from '../../wire/problem.ts';
import { DaykeyError, INTERNAL_CODES } from '../domain/errors.ts';

/**
 * What the paths of a problem take as JSON, in bytes: twenty of plain characters. Control characters take six bytes each, so
 * fewer fit of those.
 */
const MAX_PATHS_BYTES = 2800;

/** Status, headers and body of an answer, before it goes out over REST or to a direct caller. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** The JSON text of the body. */
  readonly text: string;
}

/**
 * A success.
 *
 * @throws DaykeyError `too-large` when Lambda could not send the body over REST, where it is a text in a JSON text. The
 * last net: operations weigh their answers before they build them.
 */
export function ok(body: unknown): Answer {
  const text = textOf(body);
  if (!fitsPayload(text)) throw tooLarge();
  return { status: 200, headers: SUCCESS_HEADERS, body, text };
}

function textOf(body: unknown): string {
  try {
    return JSON.stringify(body);
  } catch (error) {
    // V8 makes no text above 512 MB.
    throw error instanceof RangeError ? tooLarge(error) : error;
  }
}

function fitsPayload(text: string): boolean {
  // A JSON text holds no control characters, so each of its bytes takes two at most.
  if (Buffer.byteLength(text) * 2 + 2 <= MAX_PAYLOAD_BYTES) return true;
  return Buffer.byteLength(text) <= MAX_PAYLOAD_BYTES && Buffer.byteLength(JSON.stringify(text)) <= MAX_PAYLOAD_BYTES;
}

function tooLarge(cause?: unknown): DaykeyError {
  const message = 'the answer is larger than what Lambda sends: ask for less in one request';
  return new DaykeyError('too-large', message, { cause });
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
  const body = problem(code, detail, pathsThatFit(paths));
  return {
    status: body.status,
    headers: problemHeaders(code, retryAfterSeconds),
    body,
    text: JSON.stringify(body),
  };
}

function pathsThatFit(paths: readonly string[] = []): readonly string[] {
  let bytes = 0;
  return paths.filter((path) => {
    bytes += Buffer.byteLength(JSON.stringify(path)) + 1;
    return bytes <= MAX_PATHS_BYTES;
  });
}
