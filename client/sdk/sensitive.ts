// Plaintext in the caller's hands: shows itself as stars to everything but `reveal`.

import { REDACTED } from '../../wire/refs.ts';

/** The tag that a value shows where Node asks for one, also to a second copy of this module. */
export const SENSITIVE_TAG = REDACTED;

/**
 * A value that was opened, with the end of its life. Printed, inspected, concatenated, put into JSON, spread, cloned or
 * sent to another thread it is `★★★★★`; only {@link Sensitive.reveal} gives the value.
 *
 * Two of them are equal to every deep comparison, whatever they hold: compare what they reveal.
 */
export class Sensitive<T> {
  /** All that copies of it hold. An own property, so that a clone or a spread shows stars instead of nothing. */
  readonly redacted: typeof REDACTED = REDACTED;
  readonly #value: T;
  readonly #expiresAtMs: number;

  /**
   * @param expiresAt From this instant on the vault opens the value for nobody.
   * @throws RangeError for an invalid date: what has no end would live for ever once it is sealed again.
   */
  constructor(value: T, expiresAt: Date) {
    this.#value = value;
    this.#expiresAtMs = expiresAt.getTime();
    if (Number.isNaN(this.#expiresAtMs)) throw new RangeError('expiresAt is no date');
    Object.freeze(this);
  }

  /** When the life of the value ends. It is still revealed then: what a process remembers, no vault can end. */
  get expiresAt(): Date {
    return new Date(this.#expiresAtMs);
  }

  /** The value itself. What is done with it from here on is up to the caller; link what comes of it by `derivedFrom`. */
  reveal(): T {
    return this.#value;
  }

  /** Stars, for templates and concatenation. */
  toString(): typeof REDACTED {
    return REDACTED;
  }

  /** Stars, for `JSON.stringify`. */
  toJSON(): typeof REDACTED {
    return REDACTED;
  }

  /** Stars, for every operator. */
  [Symbol.toPrimitive](): typeof REDACTED {
    return REDACTED;
  }

  /** Stars, for whoever asks what this is. */
  get [Symbol.toStringTag](): typeof SENSITIVE_TAG {
    return SENSITIVE_TAG;
  }

  /** What `util.inspect`, and with it `console.log`, prints. */
  [Symbol.for('nodejs.util.inspect.custom')](): typeof REDACTED {
    return REDACTED;
  }
}
