// POST /outgoing on the wire: an entry goes out to an integration.

import * as z from 'zod/mini';
import { described } from './described.ts';
import { MAX_ENTRY_PARTS } from './limits.ts';
import { pointer } from './notation.ts';
import { SENSITIVE_KEY } from './refs.ts';

/** What stands for a ref that is not opened: stars, `null` for readers that expect no text there, or the ref. */
export type RedactAs = 'string' | 'null' | 'ref';

/** The body. */
export const outgoingRequest = z.strictObject({
  entry: described(
    `Any JSON, with up to ${MAX_ENTRY_PARTS} refs in it, \`{ "${SENSITIVE_KEY}": ref }\` each. A bare string is never a ref.`,
    z.unknown(),
  ),
  redactAs: described(
    'What replaces a ref that is not opened: stars, `null`, or the ref itself. Default: `string`, the stars.',
    z.optional(z.enum<RedactAs[]>(['string', 'null', 'ref'])),
  ),
});

/** The answer. */
export interface OutgoingResponse {
  /** The same JSON with values, or what stands for them, in the place of its refs. */
  readonly entry: unknown;
  /** JSON pointers (RFC 6901) of what was opened, in the entry that was sent. */
  readonly opened: readonly string[];
  /** JSON pointers of what was not. */
  readonly redacted: readonly string[];
  /** JSON pointers of the refs of blobs, which stay refs: `open-blob` opens them. */
  readonly blobs: readonly string[];
}

/** The shape of the answer. */
export const outgoingResponse: z.ZodMiniType<OutgoingResponse> = z.strictObject({
  entry: z.unknown(),
  opened: z.array(pointer),
  redacted: z.array(pointer),
  blobs: z.array(pointer),
});
