// The audit log: who was about to open what, and when. Holds no value, ref or subject, and nothing that opens one.

import type { Operation } from '../../wire/operations.ts';
import type { Person } from './console-sessions.ts';

/** A person reveals a value in the Console. All of it was checked for its length, and for nothing else. */
export interface Reveal {
  /** The issuer's name for the person, `sub`, and what people know them by. */
  readonly person: Person;
  readonly reason: string;
  readonly ticket?: string | undefined;
  /** Who approved it, where the app asks for a second person. */
  readonly approver?: Person | undefined;
}

/**
 * A caller is about to open fields: the refs are well-formed, their expiry is ahead and their slots are known. The outcome
 * is in the request's log line and in the metrics.
 */
export interface AuditIntent {
  readonly app: string;
  readonly integration: string;
  /**
   * Which of the integration's credentials asked: `token/id`, `role/accountId/roleName/sessionName`, or `person/subject`
   * for a person in the Console.
   */
  readonly credential: string;
  readonly operation: Operation | 'reveal';
  /** ID of the Lambda request, also in its log line. */
  readonly requestId: string;
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** The fields as `bundleId:index`, each once. CloudTrail's Decrypt events carry the bundle ID as `b`. */
  readonly refs: readonly string[];
  /** How many names in the request stand for these fields: more than `refs` when a ref was sent under several names. */
  readonly count: number;
  /** Set where a person asks; `integration` is then `console`. */
  readonly reveal?: Reveal | undefined;
}

/** Writing the log. Nothing here changes or deletes. */
export interface AuditLog {
  /** Resolves when the intent is stored. @throws DaykeyError `unavailable`: then nothing may be opened. */
  record(intent: AuditIntent): Promise<void>;
}

/** Part of the reveals of an app. */
export interface RevealQuery {
  readonly app: string;
  /** UTC day, `YYYY-MM-DD`. */
  readonly day: string;
  /** Only reveals before this one: those of an earlier instant, and those of the same instant with a smaller request ID. */
  readonly before?: Pick<AuditIntent, 'atMs' | 'requestId'> | undefined;
  /** At most so many. */
  readonly limit: number;
}

/** Reading what people revealed, for the Console. */
export interface RevealTrail {
  /** The newest reveals of that part, newest first. Fewer than `limit` are the last ones. */
  reveals(query: RevealQuery): Promise<AuditIntent[]>;
  /** One reveal, by its instant and its request. */
  reveal(app: string, atMs: number, requestId: string): Promise<AuditIntent | undefined>;
}

/** Reading the log, for operators. */
export interface AuditTrail {
  /** The intents of an app from `fromMs` up to, not including, `untilMs`, oldest first. */
  intents(app: string, fromMs: number, untilMs: number): AsyncIterable<AuditIntent>;
}
