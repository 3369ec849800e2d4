// What the methods of a vault take, and what they give.

import type { EntryContext } from '../../wire/entry.ts';
import type { RedactAs } from '../../wire/outgoing.ts';
import type { Json } from './json.ts';
import type { LifeOptions } from './life.ts';
import type { Sensitive } from './sensitive.ts';

declare const holds: unique symbol;

/** A ref: an opaque string that is safe to store. Only the compiler knows the type of its value. */
export type Ref<T = Json> = string & {
  /** For the compiler: no string has such a member. */
  readonly [holds]: T;
};

/** What comes back for a value that went in: for a type that is not JSON, some JSON. */
export type Kept<Value> = Value extends Sensitive<infer Inner> ? Kept<Inner> : Value extends Json ? Value : Json;

/** One opened field. A redacted one holds nothing at all: look at `status` first. */
export type Decrypted<T = Json> =
  | {
      /** The value is there. */
      readonly status: 'ok';
      /** Wrapped, so that only `reveal` shows it. */
      readonly value: Sensitive<T>;
    }
  | {
      /** Expired, erased, another app's, or never a ref: the vault does not say which. */
      readonly status: 'redacted';
    }
  | {
      /** The ref of a blob: `openBlob` of `daykey/blobs` opens it. */
      readonly status: 'blob';
    };

/** Refs under the names of fields, with the types of their values. */
export type SealedFields<Fields> = { readonly [Name in keyof Fields]: Ref<Kept<Fields[Name]>> };

/** Opened fields under the names of refs, with the types of their values. */
export type OpenedFields<Refs> = {
  readonly [Name in keyof Refs]: Decrypted<Refs[Name] extends Ref<infer T> ? T : Json>;
};

/** What every call takes. */
export interface CallOptions {
  /**
   * Ends the call at once when it is aborted, with `aborted`, or with `timed-out` for `AbortSignal.timeout(ms)`. Without
   * one, a call ends after `totalMs`.
   */
  readonly signal?: AbortSignal | undefined;
}

/** How long sealed fields live, and whom they are about. */
export interface EncryptOptions extends CallOptions, LifeOptions {
  /**
   * Gives values that were opened before, among `fields` or in `derivedFrom`, a new life. Repeating this keeps
   * them without end. @default false
   */
  readonly extendLife?: boolean;
}

/** What became of fields. */
export interface Encrypted<Refs> {
  /** Refs under the names of the fields. */
  readonly refs: Refs;
  /** From this instant on, not all of them can be opened any longer. */
  readonly expiresAt: Date;
}

/** The context of an entry that is only explained. */
export interface ExplainOptions extends CallOptions, EntryContext {}

/** The context of an entry, and how long sealed values live. */
export interface IncomingOptions extends CallOptions, EntryContext, LifeOptions {
  /** The blob of a media event, as `daykey/blobs` sealed it for this integration. Its ref becomes `data.blob` of the entry. */
  readonly blob?:
    | {
        /** The ref of the blob. */
        readonly ref: string;
        /** What proves that this integration has sealed it. */
        readonly proof: string;
      }
    | undefined;
}

/** An entry that came in. */
export interface SealedEntry {
  /** The entry with `{ "$sensitive": ref }` in the place of each sealed value. */
  readonly entry: Json;
  /** Whether a rule calls the entry sensitive, even if nothing in it was sealed. */
  readonly sensitive: boolean;
  /** JSON pointers (RFC 6901) of what was sealed. */
  readonly sealed: readonly string[];
  /** When the sealed values end. Absent when nothing was sealed. */
  readonly expiresAt?: Date;
}

/** How an entry goes out. */
export interface OutgoingOptions extends CallOptions {
  /** @default string */
  readonly redactAs?: RedactAs;
}

/** An entry that goes out. */
export interface OpenedEntry {
  /** Plain JSON, because its purpose is to go out. It is not wrapped: send it, and do not log it. */
  readonly entry: Json;
  /** JSON pointers (RFC 6901) of what was opened. */
  readonly opened: readonly string[];
  /** JSON pointers of what was not. */
  readonly redacted: readonly string[];
  /** JSON pointers of the refs of blobs, which stay refs: `openBlob` of `daykey/blobs` opens them. */
  readonly blobs: readonly string[];
}

/** What to erase: all of a subject, or refs by name. */
export type EraseTarget =
  | {
      /** Whom the values are about, as they were sealed. */
      readonly subject: string;
      /** Either a subject or refs. */
      readonly refs?: never;
    }
  | {
      /** Either a subject or refs. */
      readonly subject?: never;
      /** Refs under names of your own. */
      readonly refs: Readonly<Record<string, string>>;
    };
