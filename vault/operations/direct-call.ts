// From the payload of a direct invocation to a call. Any value makes a call, never an error.

import { DaykeyError } from '../domain/errors.ts';
import type { Call } from './call.ts';
import { membersOf, textOf } from './members.ts';

/**
 * The call in a payload: `{ authorization, app, operation, body }`. The body is any JSON, or its text. Only the text shows a
 * number that a parser would have rounded.
 */
export function callFromDirect(payload: unknown, requestId: string): Call {
  const { authorization, app, operation, body } = membersOf(payload);
  return {
    requestId,
    operation: textOf(operation),
    app: textOf(app),
    authorization: typeof authorization === 'string' ? authorization : undefined,
    bodyText: () => (typeof body === 'string' ? body : jsonTextOf(body)),
  };
}

/** The JSON text of a parsed body. JSON would write `null` for a number that is not finite, and so lose a value silently. */
function jsonTextOf(body: unknown): string {
  try {
    if (holdsInfinity(body)) throw new RangeError('not finite');
    const text: string | undefined = JSON.stringify(body);
    // A payload without a body has no JSON text.
    return text ?? '';
  } catch {
    throw new DaykeyError('invalid-json', 'the body holds a number that is not finite, or is nested too deeply');
  }
}

/** Looks by itself: a function that JSON.stringify calls for each value would take several times as long. */
function holdsInfinity(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some(holdsInfinity);
  const members = membersOf(value);
  return Object.keys(members).some((name) => holdsInfinity(members[name]));
}
