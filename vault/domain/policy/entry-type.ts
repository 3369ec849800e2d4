// The format of entry types: which fields of `data` stay readable, and which are sealed.

import type { FieldPath } from './field-path.ts';

/** The kinds of entries, one for each rule. */
export const ENTRY_KINDS = ['http', 'ws', 'event', 'media-event', 'component-response', 'trigger-response'] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

/** What becomes of the fields of a type. */
export interface FieldLists {
  /**
   * Fields that stay readable; everything else in `data` is sealed. Each is a text, a number or a boolean: an object or an
   * array there is sealed.
   */
  readonly clear?: readonly FieldPath[] | undefined;
  /**
   * Fields that are sealed, each as one part. Without `clear`, everything else in `data` stays readable. Beside `clear`, it
   * divides what is sealed into smaller parts.
   */
  readonly sensitive?: readonly FieldPath[] | undefined;
}

/** One entry type. Has `clear` (recommended), `sensitive`, or both. */
export interface EntryType extends FieldLists {
  /** The rule that decides whether an entry is sensitive. */
  readonly kind: EntryKind;
  /** What such an entry is, in one line. */
  readonly doc: string;
}

/**
 * What an app changes about a built-in type: `clear` makes fields readable, `sensitive` seals fields. Everything that it
 * does not name stays as it is.
 */
export type TypeExtension = FieldLists;

/** An app's entry types by name: its own, and changes to built-in ones under the names of those. */
export interface EntryTypes {
  readonly [type: string]: EntryType | TypeExtension;
}

/** A built-in type. Everything in `data` that `clear` does not list is sealed. */
export interface BuiltInEntryType extends EntryType {
  /** Fields that stay readable: each a boolean, a number or one word (`WORD` in `shape.ts`). */
  readonly clear: readonly FieldPath[];
  /** Why these fields may stay readable, in one line. */
  readonly why: string;
  /** Who writes such entries. It counts as the user's type where an entry names no user. */
  readonly author?: 'agent';
}
