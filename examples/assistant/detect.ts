// A detector for the example: e-mail addresses and phone numbers. A real one knows names, addresses and more.

import type { Span } from '../../client/veil/index.ts';

const PATTERNS = {
  EMAIL: /[\w.+-]+@[\w-]+\.[\w.-]*\w/g,
  PHONE_NUMBER: /\b0\d{2,4}(?: ?\d{3,4}){2}\b/g,
} as const;

/** Where e-mail addresses and phone numbers are in a text. */
export function detect(text: string): Span[] {
  return Object.entries(PATTERNS).flatMap(([type, pattern]) =>
    Array.from(text.matchAll(pattern), ({ 0: found, index }) => ({ start: index, end: index + found.length, type })),
  );
}
