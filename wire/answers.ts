// The answers of the wire as schemas: held by the compiler to the types that the handlers return, and by tests to what they say.

import * as z from 'zod/mini';
import type { DecryptResponse } from './decrypt.ts';
import type { EncryptResponse } from './encrypt.ts';
import type { EraseResponse } from './erase.ts';
import type { ExplainResponse } from './explain.ts';
import type { IncomingResponse } from './incoming.ts';
import type { OutgoingResponse } from './outgoing.ts';
import type { Problem, ProblemCode } from './problem.ts';
import { REDACTED, REF_SHAPE } from './refs.ts';

// A Record, so a new code does not compile until somebody says here when it comes.
/** Why a request is refused: when each code comes. */
export const REFUSALS: Readonly<Record<ProblemCode, string>> = {
  'invalid-json': 'not JSON, or JSON that would not come back as it went in',
  'invalid-request': 'not the documented shape',
  'ttl-out-of-range': 'a life outside what the app allows',
  'ref-not-allowed': 'the reserved key where it may not be',
  unauthenticated: 'no identity, or one that could not be verified',
  forbidden: 'an identity that may not do this, or not for this app',
  'not-found': 'no such route',
  'too-large': 'a field, a request or an answer over its limit',
  'unsupported-media-type': 'a content type other than application/json',
  unavailable: 'the same request may succeed later',
};

/** A ref: an opaque string of 84 characters. */
export const token = z.string().check(z.regex(REF_SHAPE));
/** RFC 3339, in UTC, to the second. */
export const instant = z.iso.datetime({ precision: 0 });
/** RFC 6901; the empty one is the whole of what was sent. */
export const pointer = z.string().check(z.regex(/^(\/([^~/]|~[01])*)*$/));

export const encryptResponse: z.ZodMiniType<EncryptResponse> = z.strictObject({
  refs: z.record(z.string(), token),
  expiresAt: instant,
});

export const decryptResponse: z.ZodMiniType<DecryptResponse> = z.strictObject({
  values: z.record(
    z.string(),
    z.union([
      z.strictObject({ status: z.literal('ok'), value: z.unknown(), expiresAt: instant }),
      z.strictObject({ status: z.literal('redacted'), value: z.literal(REDACTED) }),
    ]),
  ),
});

export const incomingResponse: z.ZodMiniType<IncomingResponse> = z.strictObject({
  entry: z.looseObject({}),
  sensitive: z.boolean(),
  sealed: z.array(pointer),
  expiresAt: z.exactOptional(instant),
});

export const explainResponse: z.ZodMiniType<ExplainResponse> = z.strictObject({
  sensitive: z.boolean(),
  rule: z.string(),
  why: z.string(),
  parts: z.array(z.strictObject({ pointer, sealed: z.boolean(), why: z.string() })),
});

export const outgoingResponse: z.ZodMiniType<OutgoingResponse> = z.strictObject({
  entry: z.unknown(),
  opened: z.array(pointer),
  redacted: z.array(pointer),
});

export const eraseResponse: z.ZodMiniType<EraseResponse> = z.strictObject({ erased: z.int().check(z.minimum(0)) });

export const problemResponse: z.ZodMiniType<Problem> = z.strictObject({
  type: z.literal('about:blank'),
  title: z.string(),
  status: z.int(),
  code: z.enum(Object.keys(REFUSALS) as ProblemCode[]),
  detail: z.string(),
  paths: z.exactOptional(z.array(z.string())),
});
