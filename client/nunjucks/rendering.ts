// One rendering of a template: what its filters need from the vault, and what the vault has said so far.

import { SENSITIVE_KEY } from '../../wire/refs.ts';
import type { Daykey } from '../sdk/daykey.ts';
import { jsonText } from '../sdk/json.ts';
import { noneIfForbidden } from '../sdk/none-if-forbidden.ts';
import { DaykeyProblem, invalidRequest } from '../sdk/problem.ts';
import type { Sensitive } from '../sdk/sensitive.ts';
import type { CallOptions, Decrypted, EncryptOptions } from '../sdk/verbs.ts';
import { covered, covering, uncovered } from './covered.ts';

/** What the filters ask of a vault. */
export type TemplateVault = Pick<Daykey, 'decrypt' | 'encrypt'>;

/** A rendering, round by round: each round shows what is known, and notes what is missing. */
export interface Rendering {
  /** A value with its refs opened; stars for what is redacted, or not known yet. */
  decrypt(value: unknown): unknown;
  /** A ref of a value, marked as safe to print; an empty text for what is not sealed yet. */
  encrypt(value: unknown, keywords: unknown): unknown;
  /** Asks the vault for what the last round missed. Answers whether anything was missing. */
  askVault(): Promise<boolean>;
}

type MarkSafe = (text: string) => object;

interface Wanted {
  readonly value: unknown;
  readonly options: EncryptOptions;
}

const OPTIONS = ['ttlSeconds', 'notAfter', 'subject', 'extendLife'];

/** A rendering that knows nothing yet. */
export function renderingWith(vault: TemplateVault, markSafe: MarkSafe, callOptions: CallOptions): Rendering {
  const opened = new Map<string, Decrypted<unknown>>();
  const sealed = new Map<string, string>();
  const revealed = new Set<Sensitive<unknown>>();
  const missingRefs = new Set<string>();
  const missingValues = new Map<string, Wanted>();

  async function open(): Promise<void> {
    const refs = [...missingRefs];
    const named = Object.fromEntries(refs.map((ref, at) => [`ref${at}`, ref]));
    const fields = await noneIfForbidden(vault.decrypt(named, callOptions));
    for (const [at, ref] of refs.entries()) opened.set(ref, fields[`ref${at}`] ?? { status: 'redacted' });
  }

  async function seal(): Promise<void> {
    const groups = new Map<string, [key: string, wanted: Wanted][]>();
    for (const [key, wanted] of missingValues) {
      const name = JSON.stringify(wanted.options);
      groups.set(name, [...(groups.get(name) ?? []), [key, wanted]]);
    }
    for (const group of groups.values()) {
      const fields = Object.fromEntries(group.map(([, { value }], at) => [`value${at}`, value]));
      // A template may have made a value from anything that it has shown so far, so none of that may end earlier.
      const derivedFrom = [...revealed];
      const { refs } = await vault.encrypt(fields, { ...callOptions, ...group[0]?.[1].options, derivedFrom });
      for (const [at, [key]] of group.entries()) sealed.set(key, String(refs[`value${at}`]));
    }
  }

  return {
    decrypt: (value) => {
      const reveal = (sensitive: Sensitive<unknown>) => {
        revealed.add(sensitive);
        // A copy: what a template does to it must reach neither the next round nor the caller.
        return structuredClone(sensitive.reveal());
      };
      return uncovered(value, {
        ref: (ref) => {
          const field = opened.get(ref);
          if (!field) missingRefs.add(ref);
          return field?.status === 'ok' ? reveal(field.value) : covered({ [SENSITIVE_KEY]: ref });
        },
        sensitive: reveal,
      });
    },
    encrypt: (value, keywords) => {
      const options = optionsIn(keywords);
      const plain = uncovered(value, { ref: (ref) => ({ [SENSITIVE_KEY]: ref }), sensitive: (kept) => kept });
      const known = refIn(plain);
      if (known !== undefined) return printedRef(known, markSafe);
      const inside: Sensitive<unknown>[] = [];
      const text = jsonText(plain, ['value'], inside);
      const key = JSON.stringify([text, inside.map(({ expiresAt }) => expiresAt), options]);
      const made = sealed.get(key);
      if (made !== undefined) return printedRef(made, markSafe);
      missingValues.set(key, { value: plain, options });
      return '';
    },
    askVault: async () => {
      // Open first: a value that holds the stars of a missing ref is not the one to seal.
      const missing = missingRefs.size + missingValues.size;
      if (missingRefs.size > 0) await open();
      else if (missingValues.size > 0) await seal();
      missingRefs.clear();
      missingValues.clear();
      return missing > 0;
    },
  };
}

/** A ref as JSON text, to be read back by the parser of the output. */
function printedRef(text: string, markSafe: MarkSafe): object {
  // It is printed as it is, and a state may hold anything under the reserved key.
  if (!/^[\w-]+$/.test(text)) throw new DaykeyProblem('ref-not-allowed', `${SENSITIVE_KEY} holds no ref`);
  const ref = { [SENSITIVE_KEY]: text } as const;
  const printed = covering(markSafe(JSON.stringify(ref)), ref);
  return Object.defineProperty(printed, 'toJSON', { value: () => ref });
}

function refIn(value: unknown): string | undefined {
  const isRef = typeof value === 'object' && value !== null && Object.hasOwn(value, SENSITIVE_KEY);
  return isRef ? String(Reflect.get(value, SENSITIVE_KEY)) : undefined;
}

/** The keyword arguments of the filter, as Nunjucks hands them over. */
function optionsIn(keywords: unknown): EncryptOptions {
  const given: Readonly<Record<string, unknown>> = typeof keywords === 'object' ? { ...keywords } : {};
  const { __keywords: _, ...options } = given;
  const isKnown = (name: string) => OPTIONS.includes(name);
  if (!Object.keys(options).every(isKnown) || (keywords !== undefined && typeof keywords !== 'object')) {
    throw invalidRequest(`the filter takes ${OPTIONS.join(', ')}, by name`, ['encrypt']);
  }
  // A template cannot write a Date.
  const { notAfter } = options;
  return typeof notAfter === 'string' ? { ...options, notAfter: new Date(notAfter) } : options;
}
