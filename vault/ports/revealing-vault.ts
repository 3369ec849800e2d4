// What the Console asks of the decrypt function: which apps a person sees, and to open a value. It checks and records again.

import type { Sight } from '../domain/console/viewers.ts';
import type { KeyPool } from '../domain/kek-life/holder.ts';
import type { Reveal } from './audit-log.ts';

/** A value that a person wants to see. */
export interface RevealRequest extends Omit<Reveal, 'approver'>, Sight {
  readonly ref: string;
}

/** What came of it. */
export type Revealed =
  | { readonly status: 'ok'; readonly value: unknown; readonly expiresAt: string }
  | { readonly status: 'redacted' }
  /** A blob: what opens it, for the page. */
  | { readonly status: 'blob'; readonly blob: RevealedBlob; readonly expiresAt: string }
  /** A blob that is too large for the page. Its key is not given out. */
  | { readonly status: 'too-large'; readonly bytes: number }
  /** A second person has to approve it first. Nothing was opened. */
  | { readonly status: 'unapproved' };

/** What opens a blob: the page fetches and decrypts it. */
export interface RevealedBlob {
  /** Input key and context of its message, base64url. */
  readonly key: string;
  readonly context: string;
  /** Bytes of the blob when it is decrypted. */
  readonly bytes: number;
  /** For one GET within a minute. */
  readonly url: string;
}

/** A key of an app, at a glance. Instants are RFC 3339. */
export interface KeyAtAGlance {
  /** Encrypts from this instant on. */
  readonly from: string;
  readonly until: string;
  /** KMS refuses every use from then on. */
  readonly endsAt: string;
  readonly state: string;
  /** The app's own key, or one that it shares with the other apps of a pool. */
  readonly pool: KeyPool;
}

/** Apps that a person may see. */
export interface ListedApps {
  /** Sorted, at most `LISTED_APPS`. */
  readonly apps: readonly string[];
  /** Whether there are more. */
  readonly hasMore: boolean;
}

/** @throws DaykeyError as the decrypt function answers: `forbidden` for an app that the person does not see, `unavailable`. */
export interface RevealingVault {
  /** Opens a value, once the audit log has who asked and why. */
  reveal(request: RevealRequest): Promise<Revealed>;
  /** The tags that rows of a thread have. Needs no key. */
  threadTags(sight: Sight, threadId: string): Promise<readonly string[]>;
  /** The app's keys, newest first. */
  keys(sight: Sight): Promise<readonly KeyAtAGlance[]>;
  /** Whether the person sees the app, by settings that are at most five seconds old. */
  sees(sight: Sight): Promise<boolean>;
  /**
   * Apps that list one of the values, and whose names begin with a text. These are hints for a person who looks for an app:
   * {@link RevealingVault.sees} decides.
   */
  appsOf(values: readonly string[], beginning: string): Promise<ListedApps>;
}
