// What the Console's function answers, as the page reads it.

/** Who is signed in. */
export interface Session {
  readonly name: string;
  /** The first apps that the person sees, sorted. */
  readonly apps: readonly string[];
  readonly hasMoreApps: boolean;
  readonly csrf: string;
  readonly endsAt: string;
  readonly requireTicket: boolean;
}

/** Apps whose names begin as the person typed. */
export interface AppsAnswer {
  readonly apps: readonly string[];
}

/** A row of the log. */
export interface Row {
  readonly app: string;
  readonly position: string;
  readonly at: string;
  readonly expiresAt: string;
  readonly direction: 'incoming' | 'outgoing';
  readonly integration: string;
  readonly requestId: string;
  readonly type?: string;
  readonly userType?: string;
  readonly mode?: string;
  readonly decision?: { readonly sensitive: boolean; readonly rule: string; readonly why: string };
  readonly data?: unknown;
  readonly fields: readonly Field[];
  readonly fieldsLeftOut: number;
  readonly threadTag?: string;
}

export interface Field {
  readonly pointer: string;
  readonly outcome: 'sealed' | 'ref' | 'opened' | 'redacted';
}

export interface LogPage {
  readonly rows: readonly Row[];
  readonly next?: string;
}

export interface RevealAnswer {
  readonly revealed:
    | { readonly status: 'ok'; readonly value: unknown; readonly expiresAt: string }
    | { readonly status: 'redacted'; readonly value: string }
    | { readonly status: 'unapproved' }
    | { readonly status: 'blob'; readonly blob: RevealedBlob; readonly expiresAt: string }
    | { readonly status: 'too-large'; readonly bytes: number };
  readonly entryId?: string;
  readonly threadId?: string;
}

/** What opens a blob. */
export interface RevealedBlob {
  /** Input key and context of its message, base64url. */
  readonly key: string;
  readonly context: string;
  readonly bytes: number;
  readonly url: string;
}

/** A reveal that waits for a second person, or was approved and not used yet. */
export interface Asked {
  readonly id: string;
  readonly position: string;
  readonly field: number;
  readonly pointer: string;
  readonly person: string;
  readonly isOwn: boolean;
  readonly reason: string;
  readonly ticket?: string;
  readonly at: string;
  readonly endsAt: string;
  readonly approver?: string;
}

export interface PastReveal {
  readonly at: string;
  readonly requestId: string;
  readonly person: string;
  readonly reason: string;
  readonly ticket?: string;
  readonly approver?: string;
  readonly field: string;
  /** Whether the person who looks at it made or approved it. */
  readonly isOwn: boolean;
  /** The last review. */
  readonly mark?: Mark;
  /** The last review that flagged it, also when a later one did not. */
  readonly flag?: Mark;
}

export interface Mark {
  readonly verdict: 'fine' | 'flagged';
  readonly reviewer: string;
  readonly note?: string;
  readonly at: string;
}

export interface RevealsPage {
  readonly reveals: readonly PastReveal[];
  readonly next?: string;
}

export interface Key {
  readonly from: string;
  readonly until: string;
  readonly endsAt: string;
  readonly state: string;
  readonly pool: 'own' | number;
}

/** What the receipts of a destroyed key say. */
export interface SlotReceipt {
  readonly from: string;
  readonly keyArn: string;
  readonly pendingDeletionAt: string;
  readonly materialGoneNotBefore: string;
  readonly bundles: { readonly swept: number; readonly erased: number; readonly left?: number };
  readonly keyNotFoundAt?: string;
}
