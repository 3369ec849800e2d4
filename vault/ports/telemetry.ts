// What operators learn of a request: counts and one line. Closed shapes, so that no value can slip in.

import type { DaykeyErrorCode } from '../domain/errors.ts';

/** Why a ref gave `★★★★★`. Callers never learn it. */
export type RedactionReason =
  /** Not a token, or one with a slip in it. */
  | 'malformed'
  /** No such bundle or field: never written, erased, swept, or another app's. */
  | 'unknown'
  /** Past its expiry. */
  | 'expired'
  /** Its slot is not in the ring, or its app KEK is destroyed. */
  | 'key-destroyed'
  /** KMS or the envelope says that the bytes or the ref are not what was sealed. */
  | 'tampered';

/** Metrics, each a count. */
export type Metric =
  | 'FieldsSealed'
  | 'FieldsOpened'
  | 'FieldsRedacted'
  | 'FieldsErased'
  | 'TamperedRefs'
  | 'Unavailable'
  | 'Throttled'
  | 'UnreadableSettings'
  | 'AppKekRefused'
  | 'NextSlotMissing'
  | 'KeyPastItsEnd'
  | 'KeysMade'
  | 'KeysDestroyed'
  | 'OrphanKeys'
  | 'BundlesSwept'
  | 'SweeperLagSeconds';

/** How many fields of a decrypt came out, and how many as `★★★★★`. */
export interface FieldCounts {
  readonly opened: number;
  readonly redacted: number;
}

/** One line a request. Names of fields, subjects, tokens and values have no place in it. */
export interface RequestLine extends Partial<FieldCounts> {
  readonly operation: string;
  readonly status: number;
  readonly requestId: string;
  readonly durationMs: number;
  readonly app?: string;
  readonly integration?: string;
  readonly code?: DaykeyErrorCode;
  /** Name of the error behind a 503, and the frames of its stack; never its message. */
  readonly cause?: readonly string[];
}

/** Where counts and lines go. Never throws. */
export interface Telemetry {
  /** Adds to a metric. Apps are no dimension: ten thousand of them would be ten thousand metrics. The lines name them. */
  count(metric: Metric, value: number, reason?: RedactionReason): void;
  request(line: RequestLine): void;
  /** What a scheduled function has to say. */
  note(message: string, details?: Readonly<Record<string, string | number>>): void;
}
