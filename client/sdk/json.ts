// JSON that says what the caller meant: what `JSON.stringify` would drop, round or star without a word is refused here.

import { DaykeyProblem } from './problem.ts';
import { SENSITIVE_TAG, Sensitive } from './sensitive.ts';

/** What a vault keeps: any JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** A text, and the plaintext that has gone into it. */
export interface RevealedJson {
  readonly text: string;
  readonly revealed: readonly Sensitive<unknown>[];
}

/**
 * The JSON text of a value with every {@link Sensitive} in it revealed. For what will be sealed, and nothing else.
 *
 * @throws DaykeyProblem `invalid-request` with the path of what is no JSON.
 */
export function revealedJsonOf(value: unknown, path: string): RevealedJson {
  const revealed: Sensitive<unknown>[] = [];
  const text = textOf(value, path, (sensitive) => {
    revealed.push(sensitive);
    return sensitive.reveal();
  });
  return { text, revealed };
}

/** The JSON text of a value that holds no {@link Sensitive}. @throws DaykeyProblem `invalid-request` with the path. */
export function plainJsonOf(value: unknown, path: string): string {
  return textOf(value, path, (_, at) => {
    throw refused(
      at,
      'a Sensitive may not stand here: reveal it, and name it in derivedFrom where its life should go on',
    );
  });
}

/** The JSON text of an object with members that are JSON texts already. */
export function objectOf(members: Iterable<readonly [name: string, json: string]>): string {
  return `{${Array.from(members, ([name, json]) => `${JSON.stringify(name)}:${json}`).join()}}`;
}

function textOf(value: unknown, path: string, open: (sensitive: Sensitive<unknown>, at: string) => unknown): string {
  const paths = new Map<unknown, string>();
  let text: string | undefined;
  try {
    text = JSON.stringify(value, function (this: Readonly<Record<string, unknown>>, name, shown: unknown) {
      const holder = paths.get(this);
      const at = holder === undefined ? path : `${holder}.${name}`;
      // Before any toJSON: a Sensitive's own would seal stars.
      const held = this[name];
      const kept = held instanceof Sensitive ? open(held, at) : shown;
      if (!(held instanceof Sensitive) && tagOf(held) === SENSITIVE_TAG) {
        throw refused(at, 'this Sensitive was made by another copy of the SDK');
      }
      const fault = faultOf(kept, holder === undefined || Array.isArray(this));
      if (fault !== undefined) throw refused(at, fault);
      if (typeof kept === 'object' && kept !== null) paths.set(kept, at);
      return kept;
    });
  } catch (error) {
    if (error instanceof DaykeyProblem) throw error;
    // A cycle, or a toJSON that throws: what they say may hold anything.
    throw refused(path, 'this is not JSON');
  }
  if (text === undefined) throw refused(path, 'this is not JSON');
  return text;
}

function faultOf(value: unknown, mustBeThere: boolean): string | undefined {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? undefined : 'JSON has no number that is not finite';
    case 'undefined':
      return mustBeThere ? 'undefined is not JSON: use null' : undefined;
    case 'bigint':
    case 'function':
    case 'symbol':
      return `a ${typeof value} is not JSON`;
    case 'object':
      // A Map, a Set or bytes would come back as something else.
      return value === null || Array.isArray(value) || tagOf(value) === 'Object'
        ? undefined
        : `a ${tagOf(value)} is not JSON`;
    default:
      return undefined;
  }
}

function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice('[object '.length, -1);
}

function refused(path: string, detail: string): DaykeyProblem {
  return new DaykeyProblem('invalid-request', detail, { paths: [path] });
}
