// Texts for logs, without refs.

import { REDACTED, REF_PREFIX } from '../../wire/refs.ts';

/**
 * A text with stars for every ref in it, also for a part of a ref. For log lines: a ref is worthless without an identity
 * that the vault trusts, but a log is read by many. It does not find refs in encoded text such as Base64.
 */
export function redactRefs(text: string): string {
  // Of any length, so that a ref that a logger has cut off is found too.
  return text.replaceAll(new RegExp(`${REF_PREFIX}[A-Za-z0-9_-]*`, 'g'), REDACTED);
}
