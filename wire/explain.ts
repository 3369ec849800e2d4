// POST /explain on the wire: what `incoming` would do with an entry, and why.

import * as z from 'zod/mini';
import { entry, entryContext } from './entry.ts';
import { pointer } from './notation.ts';

/** The body: that of `incoming`, without a life. Nothing is sealed, so nothing has one. */
export const explainRequest = z.strictObject({ entry, ...entryContext });

/** The answer. Holds names, never a value. */
export interface ExplainResponse {
  /** Whether a rule says that the entry is sensitive, whatever it holds. */
  readonly sensitive: boolean;
  /** The rule: that of the entry's kind, `unknown-type` or `disabled`. */
  readonly rule: string;
  /** What the rule goes by, in one sentence for people. */
  readonly why: string;
  /** Every part of `data`, by JSON pointer (RFC 6901): what would be sealed, and what would stay in clear. */
  readonly parts: readonly { readonly pointer: string; readonly sealed: boolean; readonly why: string }[];
}

/** The shape of the answer. */
export const explainResponse: z.ZodMiniType<ExplainResponse> = z.strictObject({
  sensitive: z.boolean(),
  rule: z.string(),
  why: z.string(),
  parts: z.array(z.strictObject({ pointer, sealed: z.boolean(), why: z.string() })),
});
