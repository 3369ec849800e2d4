// POST /encrypt on the wire.

import * as z from 'zod/mini';
import { life } from './life.ts';
import { named } from './named.ts';
import { instant, ref } from './notation.ts';

/** The body: 1 to 64 values of any JSON type, by name. */
export const encryptRequest = z.strictObject({
  /** The values to seal, each at most 256 KB as JSON text. */
  fields: named(z.unknown()),
  ...life,
});

/** The answer. */
export interface EncryptResponse {
  /** Tokens under the names of the fields. Whoever is trusted and holds one reads the value. */
  readonly refs: Readonly<Record<string, string>>;
  /** From this instant on (RFC 3339, UTC) nobody reads the values. */
  readonly expiresAt: string;
}

/** The shape of the answer. */
export const encryptResponse: z.ZodMiniType<EncryptResponse> = z.strictObject({
  refs: z.record(z.string(), ref),
  expiresAt: instant,
});
