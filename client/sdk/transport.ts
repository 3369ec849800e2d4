// How a request gets to a vault: what a transport is given, and what it gives back.

import type { Operation } from '../../wire/operations.ts';

export type { Operation };

/** One try of one request. */
export interface WireRequest {
  /** Any text: a transport that puts it into a path has to escape it. */
  readonly app: string;
  /** The last part of the route over HTTP, and a member of a direct invocation. */
  readonly operation: Operation;
  /** The `Authorization` header over HTTP, and a member of a direct invocation. */
  readonly authorization: string;
  /** JSON text, so that no transport changes a number on the way. */
  readonly body: string;
  /** Aborted when the time for this try is over. */
  readonly signal: AbortSignal;
}

/** What came back, of any status. */
export interface WireAnswer {
  /** As over HTTP: 200 for success. */
  readonly status: number;
  /** Parsed JSON, or `undefined` for anything else. */
  readonly body: unknown;
  /** When the vault wants to be asked again, in seconds. */
  readonly retryAfterSeconds?: number | undefined;
}

/**
 * Sends one request, once. A rejection counts as a vault that was not reached and is tried again, except a
 * `DaykeyProblem` that is not transient.
 */
export type Transport = (request: WireRequest) => Promise<WireAnswer>;

/** JSON of an answer, or `undefined` for anything else. The parser's error is dropped because it repeats part of the text. */
export function parsedAnswer(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
