// How refs, instants and pointers are written in requests and answers.

import * as z from 'zod/mini';
import { described } from './described.ts';
import { REF_SHAPE } from './refs.ts';

/** A ref. */
export const ref = described(
  'A ref: opaque, safe to store, worthless without an identity that the vault trusts.',
  z.string().check(z.regex(REF_SHAPE)),
);
/** An instant, to the second. */
export const instant = described('RFC 3339, in UTC.', z.iso.datetime({ precision: 0 }));
/** A JSON pointer. The empty one points to the whole entry. */
export const pointer = described('JSON pointer (RFC 6901).', z.string().check(z.regex(/^(\/([^~/]|~[01])*)*$/)));
