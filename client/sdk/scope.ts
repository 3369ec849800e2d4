// A platform's state with refs in it, such as its flow, thread and user scopes, seen in three ways.

import { REDACTED, type SENSITIVE_KEY } from '../../wire/refs.ts';
import { copyWith, dateIn } from './copy.ts';
import type { Json } from './json.ts';
import { invalidRequest, type Key } from './problem.ts';
import type { Sensitive } from './sensitive.ts';
import type { CallOptions, Decrypted, Ref } from './verbs.ts';

/** A ref as it stands in entries and scopes. */
export interface RefObject<T = Json> {
  /** The ref, and no other member beside it. */
  readonly $sensitive: Ref<T>;
}

/** A state in which each ref and each `Sensitive` is stars. Of any JSON: any JSON. */
export type RedactedState<State> = Json extends State
  ? State
  : State extends Record<typeof SENSITIVE_KEY, string> | Sensitive<unknown>
    ? typeof REDACTED
    : State extends object
      ? { [Name in keyof State]: RedactedState<State[Name]> }
      : State;

/** A state with values instead of refs. Nothing is known about the type of any JSON. */
export type DecryptedState<State> = Json extends State
  ? unknown
  : State extends Record<typeof SENSITIVE_KEY, infer Held>
    ? Decrypted<Held extends Ref<infer T> ? T : Json>
    : State extends Sensitive<infer T>
      ? Decrypted<T>
      : State extends object
        ? { [Name in keyof State]: DecryptedState<State[Name]> }
        : State;

/** One state in three views. Nothing is kept: each view shows the state as it is when it is asked for. */
export interface Scope<State> {
  /**
   * The state itself with its refs. To copy a value into another scope, assign its ref there: no vault is asked, and the
   * value ends when it would have ended.
   */
  readonly encrypted: State;
  /** A copy for logs and people, with stars for every ref. @throws DaykeyProblem as {@link Scope.decrypted} does. */
  readonly redacted: RedactedState<State>;
  /**
   * A copy with each ref opened or redacted, as `Daykey.decrypt` gives them. Refs that stand in several places are opened
   * once; 64 different ones take one call, none takes no call.
   *
   * @throws DaykeyProblem as `Daykey.decrypt` does. Without a call: `ref-not-allowed` for a malformed ref, `too-large` for
   * more parts than a request may have, and `invalid-request` for more levels, and for what may hold refs unseen, such as a
   * `Map`, a function or an instance of a class.
   */
  decrypted(options?: CallOptions): Promise<DecryptedState<State>>;
  /** The state, for `JSON.stringify`. A `Sensitive` that was put in without being encrypted is stars in it. */
  toJSON(): State;
}

type Decrypt = (
  refs: Readonly<Record<string, string>>,
  options?: CallOptions,
) => Promise<Readonly<Record<string, Decrypted<unknown>>>>;

/** The scope of a state. */
export function scopeOf<State>(state: State, decrypt: Decrypt): Scope<State> {
  return {
    encrypted: state,
    get redacted() {
      const stars = () => REDACTED;
      return copyWith({ ref: stars, sensitive: stars, other }, state, ['state']) as RedactedState<State>;
    },
    async decrypted(options) {
      // Each is filled once the vault has answered. A copy, because the state may change until then.
      const fields = new Map<string, object>();
      const ref = (ref: string) => {
        const field = fields.get(ref) ?? {};
        fields.set(ref, field);
        return field;
      };
      const copy = copyWith({ ref, sensitive: (value) => ({ status: 'ok', value }), other }, state, ['state']);
      const refs = [...fields.keys()];
      const opened = refs.length > 0 ? await decrypt({ ...refs } as object as Record<string, string>, options) : {};
      for (const [at, field] of [...fields.values()].entries()) Object.assign(field, opened[at]);
      return copy as DecryptedState<State>;
    },
    toJSON: () => state,
  };
}

/** A valid date, copied. Other objects and functions would go on as they are, with whatever refs they hold. */
function other(value: unknown, keys: readonly Key[]): unknown {
  const date = dateIn(value);
  if (!date && Object(value) === value) throw invalidRequest('this may hold refs: convert it', keys);
  return date ?? value;
}
