// How a call gets to a vault: what every way there is given, and gives back.

import type { Operation } from '../../wire/operations.ts';

export type { Operation };

/** One try of one call. */
export interface WireRequest {
  /** Any text: a transport that puts it into a path has to escape it. */
  readonly app: string;
  /** The last part of the route, and a member of a direct invocation. */
  readonly operation: Operation;
  /** The `Authorization` header, in a direct invocation a member of the payload. */
  readonly authorization: string;
  /** JSON text. A text, so that no transport changes a number on the way. */
  readonly body: string;
  /** Aborted when the time for this try is over. */
  readonly signal: AbortSignal;
}

/** What came back, whatever its status. */
export interface WireAnswer {
  /** As over HTTP, 200 for success. */
  readonly status: number;
  /** Parsed JSON; `undefined` for what is none. */
  readonly body: unknown;
  /** When the vault wants to be asked again. */
  readonly retryAfterSeconds?: number | undefined;
}

/**
 * Sends one request, once. A rejection counts as a vault that was not reached and is tried again, unless it is a
 * `DaykeyProblem` that says otherwise.
 */
export type Transport = (request: WireRequest) => Promise<WireAnswer>;

/** JSON of an answer; `undefined` for what is none. A parser's error is dropped: it repeats a part of the text. */
export function parsedAnswer(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
