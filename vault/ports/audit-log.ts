// The audit log: who was about to open what, and when. Holds no value, no ref, no subject, and nothing that opens one.

import type { Operation } from '../../wire/operations.ts';

/**
 * That a caller is about to open fields: their tokens are sound, their expiry is ahead, their slot is known. What came
 * of it is in the request's log line and in the metrics.
 */
export interface AuditIntent {
  readonly app: string;
  readonly integration: string;
  readonly operation: Operation;
  /** The Lambda request, as its log line names it. */
  readonly requestId: string;
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** Which fields, as `bundleId:index`, each once. The bundle ID is `b` in CloudTrail's Decrypt events. */
  readonly refs: readonly string[];
  /** How many names of the request they go by: more than `refs` when one ref was sent under two names. */
  readonly count: number;
}

/** Writing it down. There is nothing here that changes or deletes. */
export interface AuditLog {
  /** Resolves once the intent is stored. @throws DaykeyError `unavailable`: then nothing may be opened. */
  record(intent: AuditIntent): Promise<void>;
}

/** Reading it: for operators, never for the functions. */
export interface AuditTrail {
  /** The intents of an app from one instant up to, not including, another, the oldest first. */
  intents(app: string, fromMs: number, untilMs: number): AsyncIterable<AuditIntent>;
}
