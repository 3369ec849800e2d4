// How placeholders are found in what a model writes, and in what people write.

import { partsOfName } from './placeholder.ts';

/** A placeholder in a text. */
export interface Found {
  readonly start: number;
  readonly end: number;
  /** In the spelling under which it is stored. */
  readonly name: string;
}

/** Finds placeholders of some types. Whether one was ever given out, only its name says. */
export interface Notation {
  /** All in a text, in order. Only the text from `start` on is searched; what is in front of it is looked at. */
  find(text: string, start?: number): Found[];
  /**
   * All that are certain before the text goes on, and the place from which on it must wait: what follows may be the
   * beginning of a placeholder.
   */
  findSettled(text: string, start: number): { readonly found: Found[]; readonly settledTo: number };
}

/** As our placeholders are written. */
export function bracketed(name: string): string {
  return `[${name}]`;
}

/**
 * The notation of placeholders of these types. A model may write `[EMAIL_K7Q2MX8P]` in another case, without its brackets,
 * with a blank or a hyphen for an underscore, or with Markdown's escapes.
 */
export function notationOf(types: Iterable<string>): Notation {
  const forms = Array.from(types, partsOfName).flatMap((name) => [
    ['\\\\', '\\[', ...name, '\\\\', '\\]'],
    ['\\[', ...name, '\\]'],
    // Without brackets, a whole word.
    ['(?<!\\w)', ...name, '(?!\\w)'],
  ]);
  if (forms.length === 0) return NOTHING;
  const whole = forms.map((parts) => parts.join('')).join('|');
  // Each part of a form may be the last one that has arrived so far.
  const growing = forms.map((parts) => parts.reduceRight((rest, part) => `${part}(?:${rest})?`, '')).join('|');
  const longest = Math.max(...forms.map(({ length }) => length));
  const everything = new RegExp(whole, 'gi');
  const beginning = new RegExp(`(?:${growing})$`, 'gi');

  function find(text: string, start = 0): Found[] {
    const found: Found[] = [];
    everything.lastIndex = start;
    for (let match = everything.exec(text); match; match = everything.exec(text)) {
      found.push({ start: match.index, end: everything.lastIndex, name: storedSpelling(match[0]) });
    }
    return found;
  }

  return {
    find,
    findSettled(text, start) {
      const found = find(text, start);
      beginning.lastIndex = Math.max(start, text.length - longest);
      const begun = beginning.exec(text)?.index ?? text.length;
      // A closing bracket at the end of what has arrived ends a placeholder. Anything else may go on.
      const isClosed = text.endsWith(']') && found.at(-1)?.start === begun;
      const settledTo = isClosed ? text.length : begun;
      return { found: found.filter(({ end }) => end <= settledTo), settledTo };
    },
  };
}

const NOTHING: Notation = {
  find: () => [],
  findSettled: (text) => ({ found: [], settledTo: text.length }),
};

function storedSpelling(written: string): string {
  return written
    .replaceAll(/[\\[\]]/g, '')
    .replaceAll(/[ -]/g, '_')
    .toUpperCase();
}
