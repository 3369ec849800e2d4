// POST /incoming on the wire: an entry comes in from an integration or a component.

import * as z from 'zod/mini';
import { described } from './described.ts';
import { entry, entryContext } from './entry.ts';
import { life } from './life.ts';
import { instant, pointer, proof, ref } from './notation.ts';

/** The body. */
export const incomingRequest = z.strictObject({
  entry,
  blob: described(
    'The blob of a media event, as `seal-blob` answered it to this integration: its ref becomes `data.blob` of the entry.',
    z.optional(z.strictObject({ ref, proof })),
  ),
  ...entryContext,
  ...life,
});

/** The answer. */
export interface IncomingResponse {
  /** The same entry with `{ "$sensitive": ref }` in the place of each sealed value. */
  readonly entry: unknown;
  /** Whether a rule calls the entry sensitive, even if nothing in it was sealed. */
  readonly sensitive: boolean;
  /** JSON pointers (RFC 6901) of what was sealed. */
  readonly sealed: readonly string[];
  /** When the sealed values end (RFC 3339, UTC). Absent when nothing was sealed. */
  readonly expiresAt?: string;
}

/** The shape of the answer. */
export const incomingResponse: z.ZodMiniType<IncomingResponse> = z.strictObject({
  entry: z.looseObject({}),
  sensitive: z.boolean(),
  sealed: z.array(pointer),
  expiresAt: z.exactOptional(instant),
});
