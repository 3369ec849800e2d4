// What becomes of an entry, and why.

import * as z from 'zod/mini';
import { pointer } from './notation.ts';

/** What `incoming` would do with an entry. Holds names and no values. */
export interface Explanation {
  /** Whether a rule calls the entry sensitive, even if nothing in it would be sealed. */
  readonly sensitive: boolean;
  /** The rule that decided: that of the entry's kind, `unknown-type` or `disabled`. */
  readonly rule: string;
  /** Why it decided so, in one sentence for people. */
  readonly why: string;
  /** Sorted by pointer. Together they make up all of `data`. */
  readonly parts: readonly ExplainedPart[];
}

/** What would become of one part of an entry. */
export interface ExplainedPart {
  /** JSON pointer (RFC 6901). */
  readonly pointer: string;
  /** Whether it would be sealed, or is a ref already. */
  readonly sealed: boolean;
  /** The line of the catalogue that decided and, for what a sensitive entry seals, the rule's reason; one sentence. */
  readonly why: string;
}

/** The shape of an explanation. */
export const explanation: z.ZodMiniType<Explanation> = z.strictObject({
  sensitive: z.boolean(),
  rule: z.string(),
  why: z.string(),
  parts: z.array(z.strictObject({ pointer, sealed: z.boolean(), why: z.string() })),
});
