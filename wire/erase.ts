// POST /erase on the wire.

import * as z from 'zod/mini';
import { described } from './described.ts';
import { subject } from './life.ts';
import { namedRefs } from './named.ts';

/** The body that names a subject. */
export const eraseSubjectRequest = z.strictObject({
  subject: described('Erases everything that was sealed with this subject.', subject),
});
/** The body that names refs. */
export const eraseRefsRequest = z.strictObject({
  refs: namedRefs("A string that is not a ref, and another app's ref, do not count."),
});

/** The body: a subject, or refs. */
export const eraseRequest = z.union([eraseSubjectRequest, eraseRefsRequest]);

/** The answer. */
export interface EraseResponse {
  /** How many fields it deleted. */
  readonly erased: number;
}

/** The shape of the answer. */
export const eraseResponse: z.ZodMiniType<EraseResponse> = z.strictObject({ erased: z.int().check(z.minimum(0)) });
