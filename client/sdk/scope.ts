// A platform's state with refs in it, such as its flow, thread and user scopes, seen in three ways.

import { REDACTED, SENSITIVE_KEY } from '../../wire/refs.ts';
import type { Json } from './json.ts';
import { substituted } from './places.ts';
import { DaykeyProblem } from './problem.ts';
import type { Sensitive } from './sensitive.ts';
import type { Decrypted, Ref } from './verbs.ts';

/** A ref as it stands in entries and scopes. */
export interface RefObject<T = Json> {
  /** The ref itself, and nothing beside it. */
  readonly $sensitive: Ref<T>;
}

/** A state of which every ref, and every `Sensitive`, is stars. Of any JSON, any JSON. */
export type RedactedState<State> = Json extends State
  ? State
  : State extends Record<typeof SENSITIVE_KEY, string> | Sensitive<unknown>
    ? typeof REDACTED
    : State extends object
      ? { [Name in keyof State]: RedactedState<State[Name]> }
      : State;

/** A state with what each ref stands for in its place. Of any JSON nothing is known. */
export type DecryptedState<State> = Json extends State
  ? unknown
  : State extends Record<typeof SENSITIVE_KEY, infer Token>
    ? Decrypted<Token extends Ref<infer T> ? T : Json>
    : State extends Sensitive<infer T>
      ? Decrypted<T>
      : State extends object
        ? { [Name in keyof State]: DecryptedState<State[Name]> }
        : State;

/** One state in three views. Nothing is kept: each view shows the state as it is when it is asked for. */
export interface Scope<State> {
  /**
   * The state itself, its refs as they are. To copy a value into another scope, assign its ref there: no vault is asked,
   * and the value ends when it would have ended.
   */
  readonly encrypted: State;
  /** A copy for logs and people: stars for every ref. @throws DaykeyProblem as {@link Scope.decrypted} does. */
  readonly redacted: RedactedState<State>;
  /**
   * A copy with each ref opened or redacted, as `Daykey.decrypt` gives them. One call however many refs there are, up to
   * 64; none when there is none; a ref that stands in several places is opened once.
   *
   * @throws DaykeyProblem as `Daykey.decrypt` does; `ref-not-allowed` for a malformed ref, `invalid-request` beyond 64
   * levels and for an instance of a class, which may hold refs unseen; all without asking the vault.
   */
  decrypted(): Promise<DecryptedState<State>>;
  /** The state, for `JSON.stringify`. A `Sensitive` that was put in without being encrypted is stars in it. */
  toJSON(): State;
}

type Decrypt = (refs: Readonly<Record<string, string>>) => Promise<Readonly<Record<string, Decrypted<unknown>>>>;

/** The scope of a state. */
export function scopeOf<State>(state: State, decrypt: Decrypt): Scope<State> {
  return {
    encrypted: state,
    get redacted() {
      const stars = () => REDACTED;
      return substituted(state, 'state', { ref: stars, sensitive: stars, other }) as RedactedState<State>;
    },
    async decrypted() {
      const names = new Map<string, string>();
      // A copy: the state may change until the vault answers.
      const copy = substituted(state, 'state', {
        ref: (token) => {
          if (!names.has(token)) names.set(token, `ref${names.size}`);
          return { [SENSITIVE_KEY]: token };
        },
        sensitive: (value) => value,
        other,
      });
      const refs = Object.fromEntries(Array.from(names, ([token, name]) => [name, token]));
      const opened = names.size === 0 ? {} : await decrypt(refs);
      return substituted(copy, 'state', {
        ref: (token) => opened[names.get(token) ?? ''],
        sensitive: (value) => ({ status: 'ok', value }),
      }) as DecryptedState<State>;
    },
    toJSON: () => state,
  };
}

/** A date is what it is; an instance of a class would go on as it is, with whatever refs it holds. */
function other(value: object, path: string): object {
  if (Object.prototype.toString.call(value) !== '[object Object]') return value;
  throw new DaykeyProblem('invalid-request', 'a state is JSON: make a plain object of this instance', {
    paths: [path],
  });
}
