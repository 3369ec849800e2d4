// What operators see of a request: counts and one log line. The shapes are closed, so that no value can get in.

import type { DaykeyErrorCode } from '../domain/errors.ts';

/** Why a ref was answered with `★★★★★`. Callers do not see it. */
export type RedactionReason =
  /** Not a ref, or a mistyped one. */
  | 'malformed'
  /** No such bundle or field: never stored, erased, swept, or of another app. */
  | 'unknown'
  /** Past its expiry. */
  | 'expired'
  /** The slot is not in the ring, or its app KEK is destroyed. */
  | 'key-destroyed'
  /** The stored bytes or the ref are not what was sealed: KMS or the envelope refused them. */
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
  | 'OrphanedKeys'
  | 'BundlesSwept'
  | 'SweeperLagSeconds';

/** How many fields of a decrypt were opened, and how many were answered with `★★★★★`. */
export interface FieldCounts {
  readonly opened: number;
  readonly redacted: number;
}

/** One log line per request. It has no place for names of fields, subjects, tokens or values. */
export interface RequestLine extends Partial<FieldCounts> {
  readonly operation: string;
  readonly status: number;
  readonly requestId: string;
  readonly durationMs: number;
  readonly app?: string;
  readonly integration?: string;
  readonly code?: DaykeyErrorCode;
  /** Names and stack frames of the errors behind a 503. Never their messages. */
  readonly cause?: readonly string[];
}

/** Where counts and log lines go. Never throws. */
export interface Telemetry {
  /** Adds to a metric. Log lines name the app; a dimension for it would make one metric per app. */
  count(metric: Metric, value: number, reason?: RedactionReason): void;
  request(line: RequestLine): void;
  /** A warning, mostly of a scheduled function. */
  note(message: string, details?: Readonly<Record<string, string | number>>): void;
}
