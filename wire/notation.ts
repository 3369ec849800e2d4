// How refs, instants and pointers are written in requests and answers.

import * as z from 'zod/mini';
import { described } from './described.ts';
import { REF_SHAPE } from './refs.ts';

/** A ref. */
export const ref = described(
  'A ref: opaque, safe to store, worthless without an identity that the vault trusts.',
  z.string().check(z.regex(REF_SHAPE)),
);
/** Proof that an integration sealed a blob itself. */
export const proof = described(
  'Shows that an integration sealed this blob itself. Attaches the blob to an entry, and is of no other use.',
  z.string().check(z.regex(/^[0-9]{1,12}\.[A-Za-z0-9_-]{43}$/)),
);
/** Bytes of a secret or of a place, in text. */
export const base64url = z.string().check(z.regex(/^[A-Za-z0-9_-]+$/));
const UPPER_CASE = z.iso.datetime({ offset: true })._zod.def.pattern?.source ?? '';
/** An instant as callers write it: any offset, any fraction, and `T` and `Z` in either case (RFC 3339, 5.6). */
export const anyInstant = z.stringFormat('datetime', new RegExp(UPPER_CASE.replace('T', '[Tt]').replace('Z', '[Zz]')));
/** An instant, to the second. */
export const instant = described('RFC 3339, in UTC.', z.iso.datetime({ precision: 0 }));
/** A JSON pointer. The empty one points to the whole entry. */
export const pointer = described('JSON pointer (RFC 6901).', z.string().check(z.regex(/^(\/([^~/]|~[01])*)*$/)));
