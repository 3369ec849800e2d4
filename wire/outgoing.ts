// POST /outgoing on the wire: an entry goes out to an integration.

import * as z from 'zod/mini';
import { pointer } from './notation.ts';

/** What stands for a ref that is not opened: stars, `null` for readers that expect no text there, or the ref. */
export type RedactAs = 'string' | 'null' | 'ref';

/** The body. */
export const outgoingRequest = z.strictObject({
  /** Any JSON, with up to 1,024 refs in it. A bare string is never a ref. */
  entry: z.unknown(),
  /** Default: `string`, the stars. */
  redactAs: z.optional(z.enum<RedactAs[]>(['string', 'null', 'ref'])),
});

/** The answer. */
export interface OutgoingResponse {
  /** The same JSON with values, or what stands for them, in the place of its refs. */
  readonly entry: unknown;
  /** JSON pointers (RFC 6901) of what was opened, in the entry that was sent. */
  readonly opened: readonly string[];
  /** JSON pointers of what was not. */
  readonly redacted: readonly string[];
}

/** The shape of the answer. */
export const outgoingResponse: z.ZodMiniType<OutgoingResponse> = z.strictObject({
  entry: z.unknown(),
  opened: z.array(pointer),
  redacted: z.array(pointer),
});
