// The format's document and the tests agree: every numbered MUST has a test, and every cited number exists.

import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { LABELS } from '../../vault/domain/envelope/derive.ts';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

const document = readFileSync(`${REPOSITORY}/docs/envelope-format.md`, 'utf8');
const requirements = [...document.matchAll(/^- \*\*(M\d+)\*\* (.*)$/gm)].map(([, number, text]) => ({ number, text }));
// A title is a quoted string that begins with the number and a colon.
const cited = new Set(
  globSync('test/{unit,property,vectors}/**/*.test.ts', { cwd: REPOSITORY })
    .map((path) => readFileSync(`${REPOSITORY}/${path}`, 'utf8'))
    .flatMap((source) => [...source.matchAll(/(?:test\(|\[)\s*['"`](M\d+): /g)])
    .map(([, number]) => number),
);
const numbers = new Set(requirements.map(({ number }) => number));

test('every numbered requirement says MUST, and the numbers have no gap', () => {
  expect(requirements.filter(({ text }) => !text?.includes('MUST'))).toEqual([]);
  expect(requirements.map(({ number }) => number)).toEqual(requirements.map((_, i) => `M${i + 1}`));
  expect(requirements.length).toBeGreaterThan(20);
});

test('every numbered requirement is in the title of a test', () => {
  expect([...numbers].filter((number) => !cited.has(number))).toEqual([]);
});

test('every number in the title of a test is in the document', () => {
  expect([...cited].filter((number) => !numbers.has(number))).toEqual([]);
});

test('the document has the label of every derivation', () => {
  const written = Object.values(LABELS).filter((label) => document.includes(`info = \`${label.toString()}\``));
  expect(written).toEqual(Object.values(LABELS));
});

test('only derivations with a label use HKDF-Expand or HMAC', () => {
  const callers = globSync('vault/{domain,usecases,operations}/**/*.ts', { cwd: REPOSITORY }).filter((path) =>
    /\b(hkdfExpand|createHmac)\(/.test(readFileSync(`${REPOSITORY}/${path}`, 'utf8')),
  );
  // The proof's HMAC has a key that is derived for it.
  expect(callers.toSorted()).toEqual(['vault/domain/envelope/attach-proof.ts', 'vault/domain/envelope/derive.ts']);
});
