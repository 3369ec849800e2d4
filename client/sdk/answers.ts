// What the answers of a vault hold. An answer is checked before it is believed.

import type { DecryptResponse } from '../../wire/decrypt.ts';
import type { EncryptResponse } from '../../wire/encrypt.ts';
import type { EraseResponse } from '../../wire/erase.ts';
import type { ExplainResponse } from '../../wire/explain.ts';
import type { IncomingResponse } from '../../wire/incoming.ts';
import { isJsonObject } from '../../wire/json-object.ts';
import type { OutgoingResponse } from '../../wire/outgoing.ts';
import type { Member } from './json.ts';
import { isText, membersIn, problemIn } from './problem.ts';

type Check = (value: unknown) => boolean;
/** A check for every member of an answer. */
export type Shape<Answer> = { readonly [Name in keyof Required<Answer>]: Check };

/** A ref for each member of the request. */
export function encryptAnswer(asked: readonly Member[]): Shape<EncryptResponse> {
  return { refs: hasAll(asked, isText), expiresAt: isInstant };
}

/** A field for each member of the request. */
export function decryptAnswer(asked: readonly Member[]): Shape<DecryptResponse> {
  return { values: hasAll(asked, isField) };
}

/** The entry with its refs. */
export const incomingAnswer: Shape<IncomingResponse> = {
  entry: isJsonObject,
  sensitive: isBoolean,
  sealed: isTexts,
  expiresAt: (end) => end === undefined || isInstant(end),
};

/** The entry with its values. */
export const outgoingAnswer: Shape<OutgoingResponse> = {
  entry: isThere,
  opened: isTexts,
  redacted: isTexts,
  blobs: isTexts,
};

/** What would become of an entry. */
export const explainAnswer: Shape<ExplainResponse> = {
  sensitive: isBoolean,
  rule: isText,
  why: isText,
  parts: (parts) => isListOf((part) => passes(part, { pointer: isText, sealed: isBoolean, why: isText }), parts),
};

/** How many values were erased. */
export const eraseAnswer: Shape<EraseResponse> = { erased: (erased) => typeof erased === 'number' };

/** The answer, if its members pass these checks. @throws DaykeyProblem `unintelligible` */
export function checked<Answer>(body: unknown, shape: NoInfer<Shape<Answer>>): Answer {
  if (!passes(body, shape)) throw problemIn(200, body);
  return body as Answer;
}

/** Whether its own members pass these checks. */
export function passes(value: unknown, shape: Readonly<Record<string, Check>>): boolean {
  const members = membersIn(value);
  return Object.entries(shape).every(([name, check]) => check(members[name]));
}

/** Whether it is the text of a date. */
export function isInstant(value: unknown): boolean {
  return isText(value) && !Number.isNaN(Date.parse(value));
}

function hasAll(asked: readonly Member[], check: Check): Check {
  return (value) => passes(value, Object.fromEntries(asked.map(([name]) => [name, check])));
}

function isField(field: unknown): boolean {
  const { status } = membersIn(field);
  return (
    status === 'redacted' ||
    status === 'blob' ||
    (status === 'ok' && passes(field, { value: isThere, expiresAt: isInstant }))
  );
}

function isTexts(value: unknown): boolean {
  return isListOf(isText, value);
}

function isListOf(check: Check, value: unknown): boolean {
  return Array.isArray(value) && value.every(check);
}

function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean';
}

function isThere(value: unknown): boolean {
  return value !== undefined;
}
