// Answers of a vault, looked at before they are believed.

import type { DecryptedField } from '../../wire/decrypt.ts';
import type { EncryptResponse } from '../../wire/encrypt.ts';
import type { ExplainResponse } from '../../wire/explain.ts';
import type { IncomingResponse } from '../../wire/incoming.ts';
import type { OutgoingResponse } from '../../wire/outgoing.ts';
import { unintelligible } from './problem.ts';

type Members = Readonly<Record<string, unknown>>;

/** The tokens of these names. @throws DaykeyProblem `unintelligible`, as all of these do. */
export function encryptAnswer(body: unknown, names: readonly string[]): EncryptResponse {
  const { refs, expiresAt } = membersOf(body);
  const tokens = membersOf(refs);
  const isRef = (name: string) => Object.hasOwn(tokens, name) && typeof tokens[name] === 'string';
  if (!isInstant(expiresAt) || !names.every(isRef)) throw unintelligible();
  return { refs: tokens as EncryptResponse['refs'], expiresAt };
}

/** One field for each name, whichever order they came in. */
export function decryptAnswer(body: unknown, names: readonly string[]): [name: string, field: DecryptedField][] {
  const values = membersOf(membersOf(body).values);
  return names.map((name) => {
    const field = Object.hasOwn(values, name) ? membersOf(values[name]) : {};
    const isOpen = field.status === 'ok' && Object.hasOwn(field, 'value') && isInstant(field.expiresAt);
    if (!isOpen && field.status !== 'redacted') throw unintelligible();
    return [name, field as DecryptedField];
  });
}

/** The entry with its refs. */
export function incomingAnswer(body: unknown): IncomingResponse {
  const { entry, sensitive, sealed, expiresAt } = membersOf(body);
  if (typeof sensitive !== 'boolean' || !isPointers(sealed)) throw unintelligible();
  if (expiresAt !== undefined && !isInstant(expiresAt)) throw unintelligible();
  return { entry: membersOf(entry), sensitive, sealed, ...(expiresAt === undefined ? {} : { expiresAt }) };
}

/** The entry with its values. */
export function outgoingAnswer(body: unknown): OutgoingResponse {
  const { opened, redacted, ...rest } = membersOf(body);
  if (!isPointers(opened) || !isPointers(redacted) || !Object.hasOwn(rest, 'entry')) throw unintelligible();
  return { entry: rest.entry, opened, redacted };
}

/** What would become of an entry. */
export function explainAnswer(body: unknown): ExplainResponse {
  const { sensitive, rule, why, parts } = membersOf(body);
  if (typeof sensitive !== 'boolean' || typeof rule !== 'string' || typeof why !== 'string' || !Array.isArray(parts)) {
    throw unintelligible();
  }
  const isPart = ({ pointer, sealed, why }: Members) =>
    typeof pointer === 'string' && typeof sealed === 'boolean' && typeof why === 'string';
  if (!parts.map(membersOf).every(isPart)) throw unintelligible();
  return { sensitive, rule, why, parts };
}

/** How many fields are gone. */
export function eraseAnswer(body: unknown): number {
  const { erased } = membersOf(body);
  if (typeof erased !== 'number') throw unintelligible();
  return erased;
}

function membersOf(value: unknown): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unintelligible();
  return value as Members;
}

function isInstant(value: unknown): value is string {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}

function isPointers(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((pointer) => typeof pointer === 'string');
}
