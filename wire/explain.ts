// POST /explain on the wire: what `incoming` would do with an entry, and why.

import * as z from 'zod/mini';
import { entry, entryContext } from './entry.ts';
import { type Explanation, explanation } from './explanation.ts';

/** The body: that of `incoming` without a life, because nothing is sealed. */
export const explainRequest = z.strictObject({ entry, ...entryContext });

/** The answer. */
export type ExplainResponse = Explanation;

/** The shape of the answer. */
export const explainResponse = explanation;
