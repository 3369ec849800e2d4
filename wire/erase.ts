// POST /erase on the wire.

import * as z from 'zod/mini';
import { subject } from './life.ts';
import { named } from './named.ts';

/** The body: a subject, or 1 to 64 tokens by name. */
export const eraseRequest = z.union([z.strictObject({ subject }), z.strictObject({ refs: named(z.string()) })]);

/** The answer. */
export interface EraseResponse {
  /** How many fields were there and are gone now. */
  readonly erased: number;
}

/** The shape of the answer. */
export const eraseResponse: z.ZodMiniType<EraseResponse> = z.strictObject({ erased: z.int().check(z.minimum(0)) });
