// An entry, and what a rule needs to know to decide whether it is sensitive.

import * as z from 'zod/mini';
import { described } from './described.ts';
import { isJsonObject, type JsonObject } from './json-object.ts';
import { MAX_NAME_LENGTH } from './limits.ts';
import { anyInstant } from './notation.ts';
import { SENSITIVE_KEY } from './refs.ts';

/**
 * Something that flows through a platform: docs/entry-catalogue.md lists the types. Only `data` is ever sealed. All other
 * members stay readable, so there is room for technical ones only.
 */
export interface Entry {
  /** Says which fields of `data` stay readable; up to 128 characters. A type that the catalogue does not know is sealed. */
  readonly type: string;
  /** The platform's ID of the entry: up to 128 letters, digits and punctuation marks other than `@`. */
  readonly id?: string | undefined;
  /** When it happened: RFC 3339, or seconds or milliseconds since 1970. */
  readonly timestamp?: string | number | undefined;
  /** `true` flags an event as sensitive. `false` never overrides a rule. */
  readonly sensitive?: boolean | undefined;
  /** The thread that it belongs to. Its mode is part of the context, not of the entry. */
  readonly thread?:
    | {
        /** The platform's ID of the thread, written like that of the entry. */
        readonly id?: string | undefined;
      }
    | undefined;
  /** The user whose event it is. */
  readonly user?:
    | {
        /** Events of the types `agent` and `system` are sensitive in every thread. */
        readonly type?: string | undefined;
        /** The platform's ID of the user, written like that of the entry. */
        readonly id?: string | undefined;
      }
    | undefined;
  /** Any JSON object. */
  readonly data: JsonObject;
}

/** The context of an entry. Without the part that its rule needs, an entry counts as sensitive. */
export interface EntryContext {
  /** The thread of an event. */
  readonly thread?:
    | {
        /** In mode `bot`, an event is not sensitive unless its flag or user makes it so. */
        readonly mode: string;
      }
    | undefined;
  /** The component that gave a response. */
  readonly component?:
    | {
        /** Only `false` makes its responses not sensitive. @default true */
        readonly sensitive?: boolean | undefined;
      }
    | undefined;
  /** The incoming event that set off a trigger. */
  readonly cause?:
    | {
        /** What `incoming` said of that event. */
        readonly sensitive: boolean;
      }
    | undefined;
}

/** Without blanks, so no sentence fits; without `@`, so no email address does. */
const ID_SHAPE = /^[!-?A-~]{1,128}$/;
const ID_HINT =
  'an ID has 1 to 128 letters, digits and punctuation marks, and no @: it stays readable, so take one that says nothing about a person';
const ENTRY_HINT = 'unknown member: only data is ever sealed, so put everything else about an entry there';
const THREAD_HINT = "unknown member: entry.thread holds an id only, and the thread's mode belongs beside the entry";
const CONTEXT_HINT = 'unknown member: thread holds the mode only, and the ID belongs into entry.thread.id';
/** RFC 3339 with fractions of any useful length. */
const MAX_TIMESTAMP_LENGTH = 40;

const technicalText = z.string().check(z.maxLength(MAX_NAME_LENGTH));
const id = z.string().check(z.regex(ID_SHAPE, ID_HINT));
const timestamp = z.union(
  [anyInstant.check(z.maxLength(MAX_TIMESTAMP_LENGTH)), z.number().check(z.nonnegative())],
  'a timestamp is expected: RFC 3339, or a number since 1970',
);
/** Any JSON object, kept as it was parsed: a name such as `__proto__` stays an ordinary name. */
const jsonObject = described(
  `Any JSON object. Refs in it are \`{ "${SENSITIVE_KEY}": ref }\`, and only components may send them.`,
  z.custom<JsonObject>(isJsonObject, 'an object is expected'),
  { type: 'object' },
);

/** An entry as a request holds it. */
export const entry = described(
  'An entry of a conversational platform. Only `data` is ever sealed.',
  z.strictObject(
    {
      type: described(
        'Says which fields of `data` may stay readable; of a type that the catalogue does not know, none.',
        technicalText.check(z.minLength(1)),
      ),
      id: described(
        "The platform's ID of the entry. Like every ID here it stays readable, and says nothing about a person.",
        z.optional(id),
      ),
      timestamp: described(
        'When it happened: RFC 3339, or seconds or milliseconds since 1970. Stays readable.',
        z.optional(timestamp),
      ),
      sensitive: described('Flags an event as sensitive. `false` overrides no rule.', z.optional(z.boolean())),
      thread: described(
        'The thread that the entry belongs to, by its ID. Its mode stands beside the entry.',
        z.optional(z.strictObject({ id: z.optional(id) }, unknownMembersAre(THREAD_HINT))),
      ),
      user: described(
        'Who the event is from: those of type `agent` or `system` are sensitive.',
        z.optional(
          z.strictObject({ type: z.optional(technicalText), id: z.optional(id) }, unknownMembersAre(ENTRY_HINT)),
        ),
      ),
      data: jsonObject,
    },
    unknownMembersAre(ENTRY_HINT),
  ),
);

/** The members of a request that give the context of an entry. */
export const entryContext = {
  thread: described(
    'The thread of an event; in mode `bot` it is not sensitive by itself.',
    z.optional(z.strictObject({ mode: technicalText }, unknownMembersAre(CONTEXT_HINT))),
  ),
  component: described(
    'The component that gave a response.',
    z.optional(z.strictObject({ sensitive: z.optional(z.boolean()) })),
  ),
  cause: described(
    'Whether the incoming event that set off a trigger was sensitive.',
    z.optional(z.strictObject({ sensitive: z.boolean() })),
  ),
};

function unknownMembersAre(hint: string): z.core.$ZodObjectParams {
  return { error: ({ code }) => (code === 'unrecognized_keys' ? hint : undefined) };
}
