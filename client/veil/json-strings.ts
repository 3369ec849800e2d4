// The strings in a JSON text, to be replaced without touching anything else in it.

import { invalidRequest } from '../sdk/problem.ts';

/** A string, and behind it what makes it the name of a member. One step for each run of characters: a text may be long. */
const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/g;

/** A JSON text in two parts. */
export interface JsonStrings {
  /** Its strings, without the names of members. */
  readonly strings: readonly string[];
  /** The JSON text with other strings in their places. */
  with(strings: readonly string[]): string;
}

/** @throws DaykeyProblem `invalid-request` for a text that is not JSON. */
export function jsonStrings(json: string): JsonStrings {
  try {
    JSON.parse(json);
  } catch {
    // The parser's error repeats part of the text.
    throw invalidRequest('JSON is expected', ['arguments']);
  }
  const strings = Array.from(json.matchAll(STRING))
    .filter(([, colon]) => colon === undefined)
    .map(([literal]) => JSON.parse(literal) as string);
  return {
    strings,
    with(others) {
      let at = 0;
      return json.replaceAll(STRING, (literal, colon: string | undefined) => {
        if (colon !== undefined) return literal;
        const [before, after] = [strings[at], others[at]];
        at += 1;
        return before === after ? literal : JSON.stringify(after);
      });
    },
  };
}
