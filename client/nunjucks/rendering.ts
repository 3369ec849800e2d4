// One rendering of a template: what its filters want of the vault, and what the vault has said so far.

import { SENSITIVE_KEY } from '../../wire/refs.ts';
import type { Daykey } from '../sdk/daykey.ts';
import { revealedJsonOf } from '../sdk/json.ts';
import { DaykeyProblem } from '../sdk/problem.ts';
import type { Sensitive } from '../sdk/sensitive.ts';
import type { Decrypted, EncryptOptions } from '../sdk/verbs.ts';
import { covered, covering, uncovered } from './covered.ts';

/** What the filters ask of a vault. */
export type TemplateVault = Pick<Daykey, 'decrypt' | 'encrypt'>;

/** A rendering, round after round: each round shows what it knows and notes what it misses. */
export interface Rendering {
  /** A value with what its refs stand for in their place; stars for what is redacted, or not known yet. */
  decrypt(value: unknown): unknown;
  /** A ref of a value, marked as safe to print; nothing yet for what is not sealed yet. */
  encrypt(value: unknown, options: unknown): unknown;
  /** Has the vault say what the last round missed. Answers whether it missed anything. */
  askVault(): Promise<boolean>;
}

type MarkSafe = (text: string) => object;

interface Wanted {
  readonly value: unknown;
  readonly options: EncryptOptions;
}

const OPTIONS = ['ttlSeconds', 'notAfter', 'subject', 'extendLife'];

/** A rendering that knows nothing yet. */
export function renderingWith(vault: TemplateVault, markSafe: MarkSafe): Rendering {
  const opened = new Map<string, Decrypted<unknown>>();
  const sealed = new Map<string, string>();
  const revealed = new Set<Sensitive<unknown>>();
  const refs = new Set<string>();
  const values = new Map<string, Wanted>();

  async function open(): Promise<void> {
    const tokens = [...refs];
    const fields = await decrypted(vault, Object.fromEntries(tokens.map((token, at) => [`ref${at}`, token])));
    for (const [at, token] of tokens.entries()) opened.set(token, fields[`ref${at}`] ?? { status: 'redacted' });
  }

  async function seal(): Promise<void> {
    const groups = new Map<string, [key: string, wanted: Wanted][]>();
    for (const [key, wanted] of values) {
      const name = JSON.stringify(wanted.options);
      groups.set(name, [...(groups.get(name) ?? []), [key, wanted]]);
    }
    for (const group of groups.values()) {
      const fields = Object.fromEntries(group.map(([, { value }], at) => [`value${at}`, value]));
      // Nobody can tell what a value was made from: it lives no longer than anything that this rendering has shown.
      const derivedFrom = [...revealed];
      const { refs: tokens } = await vault.encrypt(fields, { ...group[0]?.[1].options, derivedFrom });
      for (const [at, [key]] of group.entries()) sealed.set(key, String(tokens[`value${at}`]));
    }
  }

  return {
    decrypt: (value) => {
      const reveal = (sensitive: Sensitive<unknown>) => {
        revealed.add(sensitive);
        // A copy: what a template does to it is for this round alone, and never for the caller.
        return structuredClone(sensitive.reveal());
      };
      return uncovered(value, {
        ref: (token) => {
          const field = opened.get(token);
          if (!field) refs.add(token);
          return field?.status === 'ok' ? reveal(field.value) : covered({ [SENSITIVE_KEY]: token });
        },
        sensitive: reveal,
      });
    },
    encrypt: (value, told) => {
      const options = optionsIn(told);
      const plain = uncovered(value, { ref: (token) => ({ [SENSITIVE_KEY]: token }), sensitive: (kept) => kept });
      const token = tokenIn(plain);
      if (token !== undefined) return printedRef(token, markSafe);
      const { text, revealed: inside } = revealedJsonOf(plain, 'value');
      const key = JSON.stringify([text, inside.map(({ expiresAt }) => expiresAt), options]);
      const made = sealed.get(key);
      if (made !== undefined) return printedRef(made, markSafe);
      values.set(key, { value: plain, options });
      return '';
    },
    askVault: async () => {
      // First what is missed in clear: a value made of stars that stand for it is not the one to seal.
      const missed = refs.size + values.size;
      if (refs.size > 0) await open();
      else if (values.size > 0) await seal();
      refs.clear();
      values.clear();
      return missed > 0;
    },
  };
}

/** Whoever may not decrypt sees stars, as in entries that go out. */
async function decrypted(vault: TemplateVault, refs: Readonly<Record<string, string>>) {
  try {
    return await vault.decrypt(refs);
  } catch (error) {
    if (error instanceof DaykeyProblem && error.code === 'forbidden') return {};
    throw error;
  }
}

/** A ref as JSON text, to be read back by whoever parses the output. */
function printedRef(token: string, markSafe: MarkSafe): object {
  // It is printed as it is: a state may hold anything that calls itself a ref.
  if (!/^[\w-]+$/.test(token)) throw new DaykeyProblem('ref-not-allowed', `${SENSITIVE_KEY} holds no ref`);
  const ref = { [SENSITIVE_KEY]: token } as const;
  const printed = covering(markSafe(JSON.stringify(ref)), ref);
  return Object.defineProperty(printed, 'toJSON', { value: () => ref });
}

function tokenIn(value: unknown): string | undefined {
  const isRef = typeof value === 'object' && value !== null && Object.hasOwn(value, SENSITIVE_KEY);
  return isRef ? String(Reflect.get(value, SENSITIVE_KEY)) : undefined;
}

/** Keyword arguments of the filter, as nunjucks hands them over. */
function optionsIn(told: unknown): EncryptOptions {
  const { __keywords: _, ...options }: Readonly<Record<string, unknown>> = typeof told === 'object' ? { ...told } : {};
  const unknown = Object.keys(options).filter((name) => !OPTIONS.includes(name));
  if (unknown.length > 0 || (told !== undefined && typeof told !== 'object')) {
    throw new DaykeyProblem('invalid-request', `the filter encrypt takes ${OPTIONS.join(', ')}, by name`);
  }
  // A template cannot write a date.
  const { notAfter } = options;
  return typeof notAfter === 'string' ? { ...options, notAfter: new Date(notAfter) } : options;
}
