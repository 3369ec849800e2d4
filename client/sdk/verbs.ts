// What the verbs of a vault take, and what they give.

import type { Json } from './json.ts';
import type { LifeOptions } from './life.ts';
import type { Sensitive } from './sensitive.ts';

declare const holds: unique symbol;

/** A ref: an opaque string, safe to store: without trust it opens nothing. What it holds is known to the compiler alone. */
export type Ref<T = Json> = string & {
  /** For the compiler alone: no text has such a member. */
  readonly [holds]: T;
};

/** What comes back for a value that went in: of a type that is not JSON, some JSON. */
export type Kept<Value> = Value extends Sensitive<infer Inner> ? Kept<Inner> : Value extends Json ? Value : Json;

/** One opened field. A redacted one holds nothing at all: look at `status` first. */
export type Decrypted<T = Json> =
  | {
      /** It is there. */
      readonly status: 'ok';
      /** Wrapped, so that it shows itself to `reveal` alone. */
      readonly value: Sensitive<T>;
    }
  | {
      /** Expired, erased, another app's, or never a ref: nobody is told which. */
      readonly status: 'redacted';
    };

/** How long sealed fields live, and about whom they are. */
export interface EncryptOptions extends LifeOptions {
  /**
   * Gives values that were opened before, among `fields` or in `derivedFrom`, a new life of their own. Whoever does so
   * again and again keeps them for ever. @default false
   */
  readonly extendLife?: boolean;
}

/** What became of fields. */
export interface Encrypted<Refs> {
  /** Refs under the names of the fields. */
  readonly refs: Refs;
  /** Until then all of them are readable. */
  readonly expiresAt: Date;
}

/** What flows through a platform; docs/entry-catalogue.md lists the types. */
export interface Entry {
  /** Says which fields of `data` are sensitive. */
  readonly type: string;
  /** Flags an event as sensitive; `false` overrides no rule. */
  readonly sensitive?: boolean;
  /** Whose event it is. */
  readonly user?: {
    /** `agent` and `system` are sensitive whatever the thread's mode. */
    readonly type: string;
  };
  /** Any JSON. Nothing else of an entry is ever sealed. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** What a rule may have to know. Whatever is missing counts as sensitive. */
export interface EntryContext {
  /** The thread that an event belongs to. */
  readonly thread?: {
    /** In mode `bot` an event is not sensitive by itself. */
    readonly mode: string;
  };
  /** The component that gave a response. */
  readonly component?: {
    /** @default true */
    readonly sensitive?: boolean;
  };
  /** The incoming event that set off a trigger. */
  readonly cause?: {
    /** What `incoming` said of it. */
    readonly sensitive: boolean;
  };
}

/** Where an entry comes up, and how long what is sealed in it lives. */
export interface IncomingContext extends EntryContext, LifeOptions {}

/** An entry that came in. */
export interface SealedEntry {
  /** The entry with `{ "$sensitive": ref }` in the place of each sealed value. */
  readonly entry: Json;
  /** Whether a rule says that the entry is sensitive, whatever it holds. */
  readonly sensitive: boolean;
  /** JSON pointers of what was sealed. */
  readonly sealed: readonly string[];
  /** Absent when nothing was sealed. */
  readonly expiresAt?: Date;
}

/** What `incoming` would do with an entry. Holds names, never a value. */
export interface ExplainedEntry {
  /** Whether a rule says that the entry is sensitive, whatever it holds. */
  readonly sensitive: boolean;
  /** The rule: that of the entry's kind, `unknown-type` or `disabled`. */
  readonly rule: string;
  /** What the rule goes by, in one sentence for people. */
  readonly why: string;
  /** Every part of `data`, by JSON pointer. */
  readonly parts: readonly ExplainedPart[];
}

/** What would become of one part of an entry. */
export interface ExplainedPart {
  /** JSON pointer (RFC 6901). */
  readonly pointer: string;
  /** Whether it would be sealed, or is a ref already. */
  readonly sealed: boolean;
  /** One sentence for people. */
  readonly why: string;
}

/** How an entry goes out. */
export interface OutgoingOptions {
  /** What stands for a ref that is not opened: stars, `null`, or the ref itself. @default string */
  readonly redactAs?: 'string' | 'null' | 'ref';
}

/** An entry that goes out. */
export interface OpenedEntry {
  /** Plain JSON: its purpose is to go out. It is not wrapped, so hand it on and log it nowhere. */
  readonly entry: Json;
  /** JSON pointers of what was opened. */
  readonly opened: readonly string[];
  /** And of what was not. */
  readonly redacted: readonly string[];
}
