// The settings of one app: code in the stack, a row in the key ring.

import type { KeyPool } from './kek-life/holder.ts';
import type { KekLife } from './kek-life/life.ts';
import type { SensitiveDataSettings } from './policy/policy.ts';

/** Which kind an integration is decides what it may do (`trust.ts`). */
export const INTEGRATION_KINDS = ['messaging', 'customer-support', 'component', 'other'] as const;
export type IntegrationKind = (typeof INTEGRATION_KINDS)[number];

/** One integration of an app. */
export interface Integration {
  readonly kind: IntegrationKind;
  /** The manual override that lets an integration of kind `other` or `component` receive plaintext. */
  readonly processSensitive: boolean;
  /** The AWS roles that may speak for it, each as `accountId/roleName`. */
  readonly roles: readonly string[];
}

/** How the Console shows an app, and to whom. */
export interface ConsoleSettings {
  /** Values of the claim `console.claim`: a person who has one of them sees the app. */
  readonly viewers: readonly string[];
  /** Whether the log keeps the data of entries that are not sensitive. */
  readonly showPlain: boolean;
  /** Whether each reveal needs the approval of a second person. */
  readonly requireApproval: boolean;
}

/**
 * Only a live app has callers, and keys that are made for it. A `detached` one vanished from the settings: what is sealed and its
 * keys live to their dates, and listing it again brings it back. A `retired` one was ended by name, and can be taken back for an
 * hour. Then it is `gone`: its keys are scheduled for deletion, its secret and its blobs are deleted.
 */
export const APP_STATES = ['live', 'detached', 'retired', 'gone'] as const;
export type AppState = (typeof APP_STATES)[number];

/** The settings of one app. */
export interface AppSettings {
  readonly app: string;
  readonly life: KekLife;
  /** The time to live when the caller names none, in seconds. */
  readonly defaultTtlS: number;
  readonly integrations: { readonly [name: string]: Integration };
  /** What of its entries is sensitive. Absent: every default. */
  readonly sensitiveData?: SensitiveDataSettings | undefined;
  /** Set for an app whose entries the Console shows. Absent: none of them is logged. */
  readonly console?: ConsoleSettings | undefined;
  /** Set for an app with pooled keys: the number of its pool. Absent: the app has its own keys. */
  readonly keys?: { readonly pool: number } | undefined;
  readonly state: AppState;
}

/** Whose keys an app uses for what is sealed from now on. */
export function currentPool({ keys }: Pick<AppSettings, 'keys'>): KeyPool {
  return keys?.pool ?? 'own';
}

/** What an app or an integration may be called: it stands in paths, keys and policies. */
export const NAME_SHAPE = /^[a-z][a-z0-9-]{0,62}$/;

/** How long KMS waits before it deletes a key, in days (AWS KMS API reference, ScheduleKeyDeletion). */
export const DELETION_WINDOW_DAYS = { least: 7, most: 30 } as const;
