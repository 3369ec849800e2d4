// The entry `daykey/veil`: placeholders in the place of private values, before a model sees a text.

import { REDACTED } from '../../wire/refs.ts';
import { optionsIn } from '../sdk/arguments.ts';
import type { Daykey } from '../sdk/daykey.ts';
import type { LifeOptions } from '../sdk/life.ts';
import { noneIfForbidden } from '../sdk/none-if-forbidden.ts';
import { DaykeyProblem, invalidRequest } from '../sdk/problem.ts';
import type { RefObject } from '../sdk/scope.ts';
import type { CallOptions, Decrypted, Ref } from '../sdk/verbs.ts';
import { cut, type Hidden, type Message } from './cut.ts';
import { jsonStrings } from './json-strings.ts';
import { bracketed, type Found, type Notation, notationOf } from './notation.ts';
import { checkType, placeholderName, typeIn } from './placeholder.ts';

export type { Message, Span } from './cut.ts';

/** What is used of a vault. */
export type VeilVault = Pick<Daykey, 'encrypt' | 'decrypt'>;

/** The placeholders of a thread by name, each with its ref; `null` once its value has ended. Safe to store: it holds no value. */
export type Placeholders = Readonly<Record<string, RefObject<string> | null>>;

/** How long hidden values live, and whom they are about. */
export interface HideOptions extends CallOptions, LifeOptions {}

/** What is put back. */
export interface RestoreOptions extends CallOptions {
  /** Placeholders of other types stay as they are. @default all types */
  readonly types?: readonly string[] | undefined;
}

/** What `restoreArguments` needs to know. */
export interface ArgumentsOptions extends CallOptions {
  /** The types that this tool needs. Placeholders of other types stay as they are. */
  readonly types: readonly string[];
}

/** The placeholders of one thread. */
export interface Veil {
  /** What to store with the thread, before a model sees what {@link Veil.hide} gave. */
  readonly placeholders: Placeholders;
  /**
   * Texts with a placeholder such as `[EMAIL_K7Q2MX8P]` in the place of each span. New values are sealed in one request. A
   * value that has a placeholder in this thread keeps it, and its end, for as long as it lives; for that, the values of
   * the same types are opened and compared.
   *
   * @throws DaykeyProblem `invalid-request` for a span that is not in its text; as `Daykey.encrypt` and `Daykey.decrypt`
   * do. For a caller that may not decrypt, each call makes new placeholders.
   */
  hide(messages: readonly Message[], options?: HideOptions): Promise<string[]>;
  /**
   * A text with values in the place of placeholders, and stars where the value has ended or the caller may not decrypt.
   * What is no placeholder of this thread stays as it is.
   *
   * @throws DaykeyProblem as `Daykey.decrypt` does, except `forbidden`.
   */
  restore(text: string, options?: RestoreOptions): Promise<string>;
  /**
   * The same for a text that arrives in pieces, cut anywhere, as strings, as UTF-8, or as both. A character that begins in
   * bytes must end in bytes: a string after half of one gives U+FFFD in its place. Holds back only what may be the beginning
   * of a placeholder. Each placeholder is opened once, when it first comes.
   *
   * @throws DaykeyProblem as {@link Veil.restore} does, and what the source throws.
   */
  restoreStream(
    source: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>,
    options?: RestoreOptions,
  ): AsyncGenerator<string, void, undefined>;
  /**
   * The arguments of a tool call, as JSON text or parsed, with values in the strings. Names of members stay as they are.
   *
   * @throws DaykeyProblem `invalid-request` without `types`, and for a text that is not JSON; as {@link Veil.restore} does.
   */
  restoreArguments<Arguments>(args: Arguments, options: ArgumentsOptions): Promise<Arguments>;
}

/**
 * The veil of a thread. It keeps no plaintext.
 *
 * @param thread The ID of the thread. Placeholders of another thread are refused.
 * @param placeholders What was stored with the thread. @default none, for a new thread
 * @throws DaykeyProblem `invalid-request` for placeholders of another thread, and for any that were changed.
 */
export function veil(vault: VeilVault, thread: string, placeholders: Placeholders = {}): Veil {
  const known = new Map(Object.entries(placeholders));
  for (const [name, held] of known) {
    checkType(typeIn(name));
    if (held === null || name === placeholderName(thread, typeIn(name), held?.$sensitive)) continue;
    throw invalidRequest('this is no placeholder of this thread', ['placeholders', name]);
  }

  /** Opens placeholders, and notes which have ended. */
  async function open(names: Iterable<string>, options: CallOptions): Promise<Map<string, Decrypted<unknown>>> {
    const refs: Record<string, string> = {};
    for (const name of names) {
      const held = known.get(name);
      if (held) refs[name] = held.$sensitive;
    }
    if (Object.keys(refs).length === 0) return new Map();
    const fields = new Map(Object.entries(await noneIfForbidden(vault.decrypt(refs, options))));
    for (const [name, { status }] of fields) if (status === 'redacted') known.set(name, null);
    return fields;
  }

  /** Names of hidden values, those that are new too. */
  async function namesFor(hidden: readonly Hidden[], options: HideOptions): Promise<Map<string, string>> {
    const { signal } = options;
    const types = new Set(hidden.map(({ type }) => type));
    const names = new Map<string, string>();
    const fields = await open(
      [...known.keys()].filter((name) => types.has(typeIn(name))),
      { signal },
    );
    for (const [name, field] of fields) {
      if (field.status === 'ok') names.set(keyOf({ type: typeIn(name), value: textIn(field) }), name);
    }
    const fresh = new Map(hidden.map((each) => [keyOf(each), each]));
    for (const key of names.keys()) fresh.delete(key);
    if (fresh.size === 0) return names;
    const values = Object.fromEntries([...fresh.values()].map(({ value }, at) => [at, value]));
    const { refs } = await vault.encrypt(values, options);
    for (const [at, [key, { type }]] of [...fresh].entries()) {
      const ref = refs[at] as Ref<string>;
      const name = placeholderName(thread, type, ref);
      // One in 2^40 for each pair: then neither may stand for the other.
      if (known.has(name)) throw new DaykeyProblem('unavailable', 'two placeholders have the same name: try again');
      known.set(name, { $sensitive: ref });
      names.set(key, name);
    }
    return names;
  }

  function notation(types: readonly string[] | undefined): Notation {
    types?.forEach(checkType);
    return notationOf(types ?? new Set(Array.from(known.keys(), typeIn)));
  }

  /** The texts of placeholders: values, or stars. */
  async function textsOf(names: Iterable<string>, options: CallOptions): Promise<Map<string, string>> {
    const wanted = new Set([...names].filter((name) => known.has(name)));
    const fields = await open(wanted, options);
    return new Map(Array.from(wanted, (name) => [name, textIn(fields.get(name))]));
  }

  async function restoreAll(texts: readonly string[], asked: RestoreOptions | undefined): Promise<string[]> {
    // A list in the place of options names no types, and all would be restored.
    const { types, ...options } = optionsIn(asked);
    const { find } = notation(types);
    const found = texts.map((text) => find(text));
    const values = await textsOf(
      found.flat().map(({ name }) => name),
      options,
    );
    return texts.map((text, at) => replaced(text, found[at] ?? [], values));
  }

  return {
    get placeholders() {
      return Object.fromEntries(known);
    },
    async hide(messages, asked) {
      const options = optionsIn(asked);
      const own = notation(undefined);
      const parts = messages.map((message, at) => cut(message, ['messages', at], own, (name) => known.has(name)));
      const hidden = parts.flat().filter((part) => typeof part !== 'string');
      const names = hidden.length > 0 ? await namesFor(hidden, options) : new Map<string, string>();
      const textOf = (part: string | Hidden) =>
        typeof part === 'string' ? part : bracketed(names.get(keyOf(part)) ?? '');
      return parts.map((each) => each.map(textOf).join(''));
    },
    async restore(text, options) {
      const [restored = ''] = await restoreAll([text], options);
      return restored;
    },
    async *restoreStream(source, asked) {
      const { types, ...options } = optionsIn(asked);
      const { find, findSettled } = notation(types);
      const values = new Map<string, string>();
      const put = async (text: string, found: readonly Found[]) => {
        const fresh = new Set(found.map(({ name }) => name).filter((name) => !values.has(name)));
        for (const [name, value] of await textsOf(fresh, options)) values.set(name, value);
        return replaced(text, found, values);
      };
      const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
      // What has not been given yet, and one character in front of it.
      let text = '';
      let start = 0;
      for await (const piece of source) {
        // A string ends the bytes before it: what they left of a character is decoded first.
        if (typeof piece !== 'string') text += decoder.decode(piece, { stream: true });
        else if (piece !== '') text += decoder.decode() + piece;
        const { found, settledTo } = findSettled(text, start);
        const given = await put(text.slice(0, settledTo), found);
        if (settledTo > start) yield given.slice(start);
        text = text.slice(Math.max(settledTo - 1, 0));
        start = Math.min(settledTo, 1);
      }
      text += decoder.decode();
      const given = await put(text, find(text, start));
      if (given.length > start) yield given.slice(start);
    },
    async restoreArguments<Arguments>(args: Arguments, options: ArgumentsOptions): Promise<Arguments> {
      // Without types `restore` restores all of them. A tool without listed types must get no value.
      if (!Array.isArray(options?.types)) throw invalidRequest('the types that the tool needs are expected', ['types']);
      const isText = typeof args === 'string';
      const { strings, with: withStrings } = jsonStrings(isText ? args : JSON.stringify(args));
      const restored = withStrings(await restoreAll(strings, options));
      return isText ? (restored as Arguments) : (JSON.parse(restored) as Arguments);
    },
  };
}

/** A text with other texts in the place of placeholders. What was put in is not looked at again. */
function replaced(text: string, found: readonly Found[], values: ReadonlyMap<string, string>): string {
  let at = 0;
  let result = '';
  for (const { start, end, name } of found) {
    const value = values.get(name);
    if (value === undefined) continue;
    result += text.slice(at, start) + value;
    at = end;
  }
  return result + text.slice(at);
}

function textIn(field: Decrypted<unknown> | undefined): string {
  const value = field?.status === 'ok' ? field.value.reveal() : undefined;
  return typeof value === 'string' ? value : REDACTED;
}

function keyOf({ type, value }: Hidden): string {
  return `${type} ${value}`;
}
