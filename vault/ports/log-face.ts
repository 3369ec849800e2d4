// The face of a log row, checked when it is read.

import * as z from 'zod/mini';
import type { LogRowFace } from '../domain/console/log-row.ts';

const LogFace = z.object({
  direction: z.enum(['incoming', 'outgoing']),
  integration: z.string(),
  requestId: z.string(),
  type: z.optional(z.string()),
  userType: z.optional(z.string()),
  mode: z.optional(z.string()),
  decision: z.optional(z.object({ sensitive: z.boolean(), rule: z.string(), why: z.string() })),
  shown: z.optional(z.string().check(z.refine((text) => parsed(text) !== undefined, 'JSON is expected'))),
  fields: z.array(z.object({ pointer: z.string(), outcome: z.enum(['sealed', 'ref', 'opened', 'redacted']) })),
  fieldsLeftOut: z.int().check(z.nonnegative()),
  threadTag: z.optional(z.string()),
});

/** The face in its JSON text; `undefined` when it is malformed. */
export function readFace(text: string): LogRowFace | undefined {
  return LogFace.safeParse(parsed(text)).data;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
