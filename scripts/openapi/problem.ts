// The shape of a problem. The functions never check one, so it is not part of the wire.

import * as z from 'zod/mini';
import { described } from '../../wire/described.ts';
import { PROBLEM_CODES, type Problem } from '../../wire/problem.ts';

/** The body of every answer of 400 and above. */
export const problemResponse: z.ZodMiniType<Problem> = described(
  'Problem details (RFC 9457). Never holds a value of the request.',
  z.strictObject({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int(),
    code: z.enum(PROBLEM_CODES),
    detail: z.string(),
    paths: z.exactOptional(z.array(z.string())),
  }),
);
