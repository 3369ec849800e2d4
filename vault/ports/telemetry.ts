// What operators see of a request: counts and one log line. The shapes are closed, so that no value can get in.

import type { DaykeyErrorCode } from '../domain/errors.ts';

/** Why a ref was answered with `★★★★★`. Callers do not see it. */
export type RedactionReason =
  /** Not a ref, or one with a typing error in it. */
  | 'malformed'
  /** No such bundle or field: never stored, erased, swept, or of another app. */
  | 'unknown'
  /** Past its expiry, by our clock or by KMS's. */
  | 'expired'
  /** Its expiry is further away than any vault allows, so no vault sealed it. */
  | 'too-far'
  /** Its maker does not hold the ref KEK of the field that it names. */
  | 'forged'
  /** Its slot is not in the ring, or its app KEK is destroyed. */
  | 'key-destroyed'
  /** The holder of the ref is the right one, but what is stored is not what was sealed. */
  | 'tampered';

/** Metrics, each a count. */
export type Metric =
  | 'FieldsSealed'
  | 'FieldsOpened'
  | 'FieldsRedacted'
  | 'FieldsErased'
  | 'TamperedRefs'
  | 'ForgedRefs'
  | 'EntriesNotLogged'
  | 'RevealsFlagged'
  | 'Unavailable'
  | 'Throttled'
  | 'UnreadableSettings'
  | 'UnreadableRows'
  | 'AppKekRefused'
  | 'NextSlotMissing'
  | 'KeyPastItsEnd'
  | 'RotationBehindSeconds'
  | 'DetachedApps'
  | 'KeysMade'
  | 'KeysDestroyed'
  | 'OrphanedKeys'
  | 'BundlesSwept'
  | 'SweeperLagSeconds';

/** The dimension that a metric is also counted by. */
export type CountBy =
  | { readonly reason: RedactionReason }
  /** Who sent it: `app/integration`. Only for what honest callers never do, so that there are few of them. */
  | { readonly integration: string };

/** How many fields of a decrypt came out, and how many as `★★★★★`. */
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
  /** Which of the integration's credentials was used: see `Grant`. */
  readonly credential?: string;
  readonly code?: DaykeyErrorCode;
  /** Names and stack frames of the errors behind a 503. Never their messages. */
  readonly cause?: readonly string[];
}

/** Where counts and log lines go. Never throws. */
export interface Telemetry {
  /**
   * Adds to a metric, and to the same metric by one dimension. Apps are not a dimension: ten thousand of them would be
   * ten thousand metrics. The lines name them.
   */
  count(metric: Metric, value: number, by?: CountBy): void;
  request(line: RequestLine): void;
  /** A warning, mostly of a scheduled function. */
  note(message: string, details?: Readonly<Record<string, string | number>>): void;
}
