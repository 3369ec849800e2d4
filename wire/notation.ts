// How refs, instants and pointers are written in requests and answers.

import * as z from 'zod/mini';
import { REF_SHAPE } from './refs.ts';

/** A ref: an opaque string of 84 characters. */
export const ref = z.string().check(z.regex(REF_SHAPE));
/** RFC 3339, in UTC, to the second. */
export const instant = z.iso.datetime({ precision: 0 });
/** RFC 6901. The empty pointer is the whole of what was sent. */
export const pointer = z.string().check(z.regex(/^(\/([^~/]|~[01])*)*$/));
