// What vault and callers share is written once, in wire: no other source repeats its limits, texts, lists or names.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { API_TOKEN_PREFIX } from '../../wire/api-token.ts';
import { IDENTITY_SCHEMES, PROBLEM_TYPE } from '../../wire/headers.ts';
import * as limits from '../../wire/limits.ts';
import { OPERATIONS } from '../../wire/operations.ts';
import { PROBLEM_CODES, PROBLEMS } from '../../wire/problem.ts';
import { REDACTED, REF_PREFIX, SENSITIVE_KEY } from '../../wire/refs.ts';
import { filesOfCheckout, ROOT } from '../support/documents.ts';

/** Texts that may only stand in wire, as a whole. */
const TEXTS = new Set<string>([
  SENSITIVE_KEY,
  REDACTED,
  REF_PREFIX,
  API_TOKEN_PREFIX,
  PROBLEM_TYPE,
  IDENTITY_SCHEMES,
  ...PROBLEM_CODES.map((code) => PROBLEMS[code].detail),
]);
/** What no regular expression outside wire may spell out. */
const SHAPES = [REF_PREFIX, API_TOKEN_PREFIX, SENSITIVE_KEY];
const LIMITS = new Set<number>(Object.values(limits));
/** Limits that are ordinary numbers too: only a constant that is called a limit repeats them. */
const ORDINARY = new Set<number>([
  limits.MAX_FIELDS,
  limits.MAX_BUNDLES,
  limits.MAX_ENTRY_PARTS,
  limits.MAX_NAME_LENGTH,
  limits.MAX_SUBJECT_LENGTH,
  limits.MAX_JSON_DEPTH,
  limits.MIN_TTL_SECONDS,
  limits.BLOB_UPLOAD_SECONDS,
]);
/** How many members of a list make it a copy of that list. */
const COPY_OF_OPERATIONS = 4;
const COPY_OF_CODES = 3;

/** Constants that only have the number of a limit, and what they count instead. */
const COINCIDENCES: Readonly<Record<string, string>> = {
  MAX_PROBLEMS: 'faults of a settings document that one message lists',
  MOST_CYCLES_A_LEAD: 'cycles that the lead of a short life may span',
  MAX_SHOWN: 'characters of a pointer in a message',
  MAX_VIEWERS: 'values of a claim that the settings of an app list',
  MAX_COMPARED_CHARACTERS: 'characters of a name that is compared with the known ones',
};

const sources = filesOfCheckout().filter(
  (path) => /^(bin|client|lambda|lib|local|scripts|vault|wire)\/.*\.ts$/.test(path) && existsSync(join(ROOT, path)),
);
const shared = sources.filter((path) => path.startsWith('wire/'));
const others = sources.filter((path) => !path.startsWith('wire/'));
const sharedNames = new Set(shared.flatMap((path) => topLevelNames(parsed(path, textOf(path)), true)));

test('no source repeats what wire holds', () => {
  expect([shared.length > 15, others.length > 150, sharedNames.size > 60]).toEqual([true, true, true]);
  expect(others.flatMap((path) => repeats(path, textOf(path)))).toEqual([]);
});

test('every coincidence is still one', () => {
  const found = others.flatMap((path) => repeats(path, textOf(path), {}));
  expect(Object.keys(COINCIDENCES).filter((name) => !found.some((repeat) => repeat.includes(` ${name} `)))).toEqual([]);
});

test.each([
  ["export const KEY = '$sensitive';", 'the text "$sensitive"'],
  ['const stars = `★★★★★`;', 'the text "★★★★★"'],
  ['const isRef = /^dk2_[A-Za-z0-9_-]{76}$/;', 'the shape of "dk2_"'],
  ['const most = 256 * 1024;', 'the limit 262144'],
  ['const week = 7 * 24 * 3600;', 'the limit 604800'],
  ['export const MAX_MEMBERS = 64;', 'MAX_MEMBERS is the limit 64'],
  ['const MIN_LIFE_S = 60;', 'MIN_LIFE_S is the limit 60'],
  ["type Verb = 'encrypt' | 'decrypt' | 'incoming' | 'outgoing';", 'a list of operations'],
  ["const verbs = ['encrypt', 'decrypt', 'incoming', 'outgoing'];", 'a list of operations'],
  ["const STATUS = { forbidden: 403, unavailable: 503, 'not-found': 404 };", 'a list of problem codes'],
  ['export interface Explanation {}', 'the name Explanation'],
  ["throw new Error('no such route');", 'the text "no such route"'],
])('%s repeats %s', (code, repeat) => {
  expect(repeats('vault/example.ts', code)).toEqual([`vault/example.ts repeats ${repeat}`]);
});

test.each([
  "// '$sensitive' and ★★★★★ in a comment",
  'const aKilobyte = 1024;',
  'const minutes = seconds / 60;',
  "const call = { operation: 'encrypt', fallback: 'decrypt' };",
  "export type { Explanation } from '../../wire/explanation.ts';",
  "import { problem } from '../../wire/problem.ts';",
  'function run() { const problem = 1; }',
])('%s repeats nothing', (code) => {
  expect(repeats('vault/example.ts', code)).toEqual([]);
});

/** What a source repeats of wire. */
function repeats(path: string, text: string, coincidences = COINCIDENCES): string[] {
  const file = parsed(path, text);
  const found = topLevelNames(file, false)
    // Functions and schemas go by ordinary words; types and constants do not.
    .filter((name) => /^[A-Z]/.test(name) && sharedNames.has(name))
    .map((name) => `the name ${name}`);
  visit(file, (node) => {
    if (ts.isStringLiteralLike(node) && TEXTS.has(node.text)) found.push(`the text "${node.text}"`);
    if (ts.isRegularExpressionLiteral(node)) {
      found.push(...SHAPES.filter((shape) => node.text.includes(shape)).map((shape) => `the shape of "${shape}"`));
    }
    const members = listed(node);
    if (countIn(members, OPERATIONS) >= COPY_OF_OPERATIONS) found.push('a list of operations');
    if (countIn(members, PROBLEM_CODES) >= COPY_OF_CODES) found.push('a list of problem codes');
    const value = ts.isExpression(node) && !isPartOfNumber(node) ? numberIn(node) : undefined;
    if (value === undefined || !LIMITS.has(value)) return;
    if (!ORDINARY.has(value)) found.push(`the limit ${value}`);
    else if (ts.isVariableDeclaration(node.parent) && /^(MAX|MIN|LONGEST|MOST)_/.test(node.parent.name.getText(file))) {
      const name = node.parent.name.getText(file);
      if (!Object.hasOwn(coincidences, name)) found.push(`${name} is the limit ${value}`);
    }
  });
  return found.map((repeat) => `${path} repeats ${repeat}`);
}

/** The members of an array, of a union of texts, or of an object. An object by operation is checked by its type. */
function listed(node: ts.Node): string[] {
  if (ts.isArrayLiteralExpression(node)) return node.elements.filter(ts.isStringLiteralLike).map(({ text }) => text);
  if (ts.isUnionTypeNode(node)) {
    const literals = node.types.filter(ts.isLiteralTypeNode).map(({ literal }) => literal);
    return literals.filter(ts.isStringLiteralLike).map(({ text }) => text);
  }
  if (ts.isObjectLiteralExpression(node)) {
    const names = node.properties.map(({ name }) => name).filter((name) => name !== undefined);
    const texts = names.map((name) => (ts.isIdentifier(name) || ts.isStringLiteralLike(name) ? name.text : ''));
    return texts.filter((name) => (PROBLEM_CODES as readonly string[]).includes(name));
  }
  return [];
}

function countIn(members: readonly string[], names: readonly string[]): number {
  return members.filter((member) => names.includes(member)).length;
}

/** The value of a product of numbers, or of one number. */
function numberIn(node: ts.Expression): number | undefined {
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (ts.isParenthesizedExpression(node)) return numberIn(node.expression);
  if (!ts.isBinaryExpression(node) || node.operatorToken.kind !== ts.SyntaxKind.AsteriskToken) return undefined;
  const [left, right] = [numberIn(node.left), numberIn(node.right)];
  return left === undefined || right === undefined ? undefined : left * right;
}

function isPartOfNumber({ parent }: ts.Expression): boolean {
  return (ts.isBinaryExpression(parent) || ts.isParenthesizedExpression(parent)) && numberIn(parent) !== undefined;
}

function topLevelNames(file: ts.SourceFile, onlyExported: boolean): string[] {
  return file.statements.flatMap((statement) => {
    if (
      onlyExported &&
      !(ts.getCombinedModifierFlags(statement as ts.Declaration & ts.Statement) & ts.ModifierFlags.Export)
    ) {
      return [];
    }
    if (ts.isVariableStatement(statement)) {
      return statement.declarationList.declarations.map(({ name }) => name.getText(file));
    }
    const isNamed =
      ts.isFunctionDeclaration(statement) ||
      ts.isClassDeclaration(statement) ||
      ts.isInterfaceDeclaration(statement) ||
      ts.isTypeAliasDeclaration(statement);
    return isNamed && statement.name ? [statement.name.text] : [];
  });
}

function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node);
  ts.forEachChild(node, (child) => visit(child, see));
}

function parsed(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
}

function textOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}
