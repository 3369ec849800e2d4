// A matcher for assertions: compares what a `Sensitive` holds, without printing it when it differs.

import { isDeepStrictEqual } from 'node:util';
import { REDACTED } from '../../wire/refs.ts';
import { Sensitive } from '../sdk/sensitive.ts';

/** What Jest, Vitest and similar runners call to compare a value with it. */
export interface Matcher {
  /** Marks a matcher, so that output shows what it says of itself. */
  readonly $$typeof: symbol;
  /** Whether the value is as expected. */
  asymmetricMatch(actual: unknown): boolean;
  /** What the output of a failed assertion shows: the name and stars, never a value. */
  toAsymmetricMatcher(): string;
  /** The same, for output that asks for a text. */
  toString(): string;
}

/**
 * Matches a `Sensitive` that holds this value: `expect(email).toEqual({ status: 'ok', value: revealing('a@b.example') })`.
 * Without it two `Sensitive` are never equal, whatever they hold.
 *
 * @param expected JSON, compared strictly; or another matcher such as `expect.stringContaining('@')`.
 */
export function revealing(expected: unknown): Matcher {
  const shown = () => `revealing ${REDACTED}`;
  return {
    $$typeof: Symbol.for('jest.asymmetricMatcher'),
    asymmetricMatch: (actual) => {
      if (!(actual instanceof Sensitive)) return false;
      const value = actual.reveal();
      return isMatcher(expected) ? expected.asymmetricMatch(value) : isDeepStrictEqual(value, expected);
    },
    toAsymmetricMatcher: shown,
    toString: shown,
  };
}

function isMatcher(value: unknown): value is Pick<Matcher, 'asymmetricMatch'> {
  return typeof value === 'object' && value !== null && 'asymmetricMatch' in value;
}
