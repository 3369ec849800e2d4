// Where in a request a fault is, as text.

import { MAX_NAME_LENGTH } from './limits.ts';

/** Names and indexes joined by dots, such as `fields.form.0`. Cut to 128 characters: one name may be as long as the body. */
export function dottedPath(keys: readonly (string | number)[]): string {
  return keys.join('.').slice(0, MAX_NAME_LENGTH).toWellFormed();
}
