// Checks the answers of a vault before they are believed.

import type { DecryptedField, DecryptResponse } from '../../wire/decrypt.ts';
import type { EncryptResponse } from '../../wire/encrypt.ts';
import type { EraseResponse } from '../../wire/erase.ts';
import type { ExplainResponse } from '../../wire/explain.ts';
import type { IncomingResponse } from '../../wire/incoming.ts';
import { isJsonObject } from '../../wire/json-object.ts';
import type { OpenBlobResponse, OpenedBlob } from '../../wire/open-blob.ts';
import type { OutgoingResponse } from '../../wire/outgoing.ts';
import type { SealBlobResponse } from '../../wire/seal-blob.ts';
import type { Member } from './json.ts';
import { isText, membersIn, problemIn } from './problem.ts';

type Check = (value: unknown) => boolean;
/** A check for every member of an answer. */
type Shape<Answer> = { readonly [Name in keyof Required<Answer>]: Check };

/** A ref for each member of the request. @throws DaykeyProblem `unintelligible`, as all of these do. */
export function encryptAnswer(body: unknown, asked: readonly Member[]): EncryptResponse {
  return checked(body, { refs: hasAll(asked, isText), expiresAt: isInstant });
}

/** A field for each member of the request, in its order. */
export function decryptAnswer(body: unknown, asked: readonly Member[]): [name: string, field: DecryptedField][] {
  const { values } = checked<DecryptResponse>(body, { values: hasAll(asked, isField) });
  return asked.map(([name]) => [name, values[name] as DecryptedField]);
}

/** The entry with its refs. */
export function incomingAnswer(body: unknown): IncomingResponse {
  const isEnd = (end: unknown) => end === undefined || isInstant(end);
  return checked(body, { entry: isJsonObject, sensitive: isBoolean, sealed: isTexts, expiresAt: isEnd });
}

/** The entry with its values. */
export function outgoingAnswer(body: unknown): OutgoingResponse {
  return checked(body, { entry: isThere, opened: isTexts, redacted: isTexts, blobs: isTexts });
}

/** What would become of an entry. */
export function explainAnswer(body: unknown): ExplainResponse {
  const isPart = (part: unknown) => fits(part, { pointer: isText, sealed: isBoolean, why: isText });
  return checked(body, { sensitive: isBoolean, rule: isText, why: isText, parts: isListOf(isPart) });
}

/** How many values were erased. */
export function eraseAnswer(body: unknown): EraseResponse {
  return checked(body, { erased: (erased) => typeof erased === 'number' });
}

/** The key of a blob, and where to put the blob. */
export function sealBlobAnswer(body: unknown): SealBlobResponse {
  const isUpload = (upload: unknown) => fits(upload, { url: isText, headers: isTextMap, expiresAt: isInstant });
  const isKey = { ref: isText, proof: isText, key: isText, context: isText, expiresAt: isInstant };
  return checked(body, { ...isKey, upload: isUpload });
}

/** What opens a blob, or why nothing does. */
export function openBlobAnswer(body: unknown): OpenBlobResponse {
  const { status } = membersIn(body);
  if (status === 'redacted' || status === 'value') return body as OpenBlobResponse;
  const isSize = (bytes: unknown) => Number.isSafeInteger(bytes);
  return checked<OpenedBlob>(body, {
    status: (it) => it === 'ok',
    key: isText,
    context: isText,
    bytes: isSize,
    url: isText,
    urlExpiresAt: isInstant,
    expiresAt: isInstant,
  });
}

function checked<Answer>(body: unknown, shape: NoInfer<Shape<Answer>>): Answer {
  if (!fits(body, shape)) throw problemIn(200, body);
  return body as Answer;
}

/** Whether its own members pass these checks. */
function fits(value: unknown, shape: Readonly<Record<string, Check>>): boolean {
  const members = membersIn(value);
  return Object.entries(shape).every(([name, check]) =>
    check(Object.hasOwn(members, name) ? members[name] : undefined),
  );
}

function hasAll(asked: readonly Member[], check: Check): Check {
  return (value) => fits(value, Object.fromEntries(asked.map(([name]) => [name, check])));
}

function isField(field: unknown): boolean {
  const { status } = membersIn(field);
  return (
    status === 'redacted' ||
    status === 'blob' ||
    (status === 'ok' && fits(field, { value: isThere, expiresAt: isInstant }))
  );
}

function isListOf(check: Check): Check {
  return (value) => Array.isArray(value) && value.every(check);
}

const isTexts = isListOf(isText);

function isTextMap(value: unknown): boolean {
  return isJsonObject(value) && Object.values(value).every(isText);
}

function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean';
}

function isInstant(value: unknown): boolean {
  return isText(value) && !Number.isNaN(Date.parse(value));
}

function isThere(value: unknown): boolean {
  return value !== undefined;
}
