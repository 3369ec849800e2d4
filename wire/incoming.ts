// POST /incoming on the wire: an entry comes in from an integration or a component.

import * as z from 'zod/mini';
import { life } from './life.ts';
import { instant, pointer } from './notation.ts';

/** Any JSON object, kept as it was parsed: hostile names stay plain names. */
const jsonObject = z.custom<{ readonly [name: string]: unknown }>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'an object is expected',
);

/** An entry. Only `data` is ever sealed, so nothing else is taken than what decides about it. */
const entry = z.strictObject({
  /** Says which fields of `data` are sensitive: docs/entry-catalogue.md. */
  type: z.string().check(z.minLength(1)),
  /** Flags an event as sensitive. `false` never overrides a rule. */
  sensitive: z.optional(z.boolean()),
  user: z.optional(z.strictObject({ type: z.string() })),
  data: jsonObject,
});

/** An entry and what its rule may have to know. What is missing where a rule needs it counts as sensitive. */
export const entryInContext = {
  entry,
  /** The thread of an event; in mode `bot` it is not sensitive by itself. */
  thread: z.optional(z.strictObject({ mode: z.string() })),
  /** The component that gave a response. */
  component: z.optional(z.strictObject({ sensitive: z.optional(z.boolean()) })),
  /** Whether the incoming event that set off a trigger was sensitive. */
  cause: z.optional(z.strictObject({ sensitive: z.boolean() })),
};

/** The body. */
export const incomingRequest = z.strictObject({ ...entryInContext, ...life });

/** The answer. */
export interface IncomingResponse {
  /** The same entry with `{ "$sensitive": token }` in the place of each sealed value. */
  readonly entry: unknown;
  /** Whether a rule says that the entry is sensitive, whatever it holds. */
  readonly sensitive: boolean;
  /** JSON pointers (RFC 6901) of what was sealed. */
  readonly sealed: readonly string[];
  /** From this instant on (RFC 3339, UTC) nobody reads what was sealed. Absent when nothing was. */
  readonly expiresAt?: string;
}

/** The shape of the answer. */
export const incomingResponse: z.ZodMiniType<IncomingResponse> = z.strictObject({
  entry: z.looseObject({}),
  sensitive: z.boolean(),
  sealed: z.array(pointer),
  expiresAt: z.exactOptional(instant),
});
