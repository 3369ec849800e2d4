// Plaintext in the caller's hands: stars to everything but `reveal`.

import { REDACTED } from '../../wire/refs.ts';

let instances = 0;

/**
 * A value that was opened, with the end of its life. Printed, inspected, concatenated, put into JSON, spread, cloned or
 * sent to another thread it is `★★★★★`; only {@link Sensitive.reveal} gives the value.
 *
 * To a deep comparison no two are equal, whatever they hold: compare what they reveal, in tests with `revealing` of
 * `daykey/testing`.
 */
export class Sensitive<T> {
  /** All that a clone or a spread of it shows of the value. */
  readonly redacted: typeof REDACTED = REDACTED;
  /** A unique number, so that deep comparisons find two of them different. It says nothing about the value. */
  readonly instance: number;
  readonly #value: T;
  readonly #expiresAtMs: number;

  /**
   * @param expiresAt From this instant on, no vault opens the value.
   * @throws RangeError for an invalid date: sealed again, the value would have no end.
   */
  constructor(value: T, expiresAt: Date) {
    this.#value = value;
    this.#expiresAtMs = expiresAt.getTime();
    if (Number.isNaN(this.#expiresAtMs)) throw new RangeError('invalid expiresAt');
    instances += 1;
    this.instance = instances;
    Object.freeze(this);
  }

  /** When the life of the value ends. It is still revealed after that: a vault cannot end what a process remembers. */
  get expiresAt(): Date {
    return new Date(this.#expiresAtMs);
  }

  /** The value. What becomes of it is up to the caller; name this in `derivedFrom` when sealing something made from it. */
  reveal(): T {
    return this.#value;
  }

  /** Stars, for templates, concatenation and every operator. */
  toString(): typeof REDACTED {
    return REDACTED;
  }

  /** Stars, for `JSON.stringify`. */
  toJSON(): typeof REDACTED {
    return REDACTED;
  }

  /** Stars, for `util.inspect` and so for `console.log`. */
  [Symbol.for('nodejs.util.inspect.custom')](): typeof REDACTED {
    return REDACTED;
  }
}
