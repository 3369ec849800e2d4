// Plain English and plain code: words and constructs that the house style replaces, which no file may have.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { filesOfCheckout, ROOT } from '../support/documents.ts';

/** Words that a reader who learnt English at work does not know, or that have a plainer synonym. */
const WORDS =
  /(?<![\w`'])(nobody|whoever|whomever|anew|in clear|told|of (its|their|one['’]s) own|lest|hitherto|thereof|everybody|anybody|somebody|afresh|for ever|let alone|in vain)(?![\w`])/gi;
/** `...{ a, b }` and `...[a, b]`: the members can stand there themselves. */
const SPREAD_LITERAL = /\.\.\.[{[](?![^\]}]*[\]}]\s*(\.|\[))/g;
const THIS_FILE = 'test/repository/language.test.ts';

const files = filesOfCheckout().filter((path) => existsSync(join(ROOT, path)) && path !== THIS_FILE);
const written = files.filter((path) => /\.(ts|mjs|md|py|yml)$/.test(path) || path === '.ci/run');
const code = files.filter((path) => /\.(ts|mjs)$/.test(path));

test('comments, messages, titles and documents use plain words', () => {
  expect(written.length).toBeGreaterThan(300);
  expect(written.flatMap((path) => found(WORDS, path, flowing(textOf(path))))).toEqual([]);
});

test('no literal is spread into another', () => {
  expect(code.flatMap((path) => found(SPREAD_LITERAL, path, textOf(path)))).toEqual([]);
});

test.each(['nobody may read it', 'a key of its own', '// is written\n// anew', 'stays in\nclear'])(
  '"%s" is found',
  (text) => {
    expect([...flowing(text).matchAll(WORDS)]).toHaveLength(1);
  },
);

/** A text without the breaks of its lines, in which a phrase may be split. */
function flowing(text: string): string {
  return text.replace(/\s+((\/\/|\*|#) )?/g, ' ');
}

function found(pattern: RegExp, path: string, text: string): string[] {
  return [...text.matchAll(pattern)].map(
    ({ 0: match, index }) => `${path}: ${text.slice(index, index + match.length + 40)}`,
  );
}

function textOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}
