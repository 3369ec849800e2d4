// What the verbs of a vault take, and what they give.

import type { EntryContext } from '../../wire/entry.ts';
import type { RedactAs } from '../../wire/outgoing.ts';
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

/** How an entry goes out. */
export interface OutgoingOptions {
  /** @default string */
  readonly redactAs?: RedactAs;
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
