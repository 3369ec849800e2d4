// Plain English and plain code: words and constructs that the house style replaces, counted so that they only become fewer.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { filesOfCheckout, ROOT } from '../support/documents.ts';

// Only ever lower these.
const MAX_WORDS = 131;
const MAX_SPREADS = 21;

/** Words that a reader who learnt English at work does not know, or that have a plainer synonym. */
const WORDS =
  /(?<![\w`'])(nobody|whoever|whomever|anew|in clear|told|of (its|their|one['’]s) own|lest|hitherto|thereof)(?![\w`])/gi;
/** `...{ a, b }` and `...[a, b]`: the members can stand there themselves. */
const SPREAD_LITERAL = /\.\.\.[{[](?![^\]}]*[\]}]\s*(\.|\[))/g;
const THIS_FILE = 'test/repository/language.test.ts';

const files = filesOfCheckout().filter((path) => existsSync(join(ROOT, path)) && path !== THIS_FILE);
const written = files.filter((path) => /\.(ts|mjs|md|py|yml)$/.test(path) || path === '.ci/run');
const code = files.filter((path) => /\.(ts|mjs)$/.test(path));

test('comments, messages, titles and documents use plain words', () => {
  expect(written.length).toBeGreaterThan(300);
  const found = written.flatMap((path) => [...flowing(textOf(path)).matchAll(WORDS)].map(() => dirname(path)));
  expect(found.length, byFolder(found)).toBeLessThanOrEqual(MAX_WORDS);
});

test('no literal is spread into another', () => {
  const found = code.flatMap((path) => [...textOf(path).matchAll(SPREAD_LITERAL)].map(() => dirname(path)));
  expect(found.length, byFolder(found)).toBeLessThanOrEqual(MAX_SPREADS);
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

function byFolder(found: readonly string[]): string {
  const counts = [...Map.groupBy(found, (folder) => folder)].map(([folder, each]) => `${each.length} in ${folder}`);
  return counts.sort((a, b) => Number.parseInt(b, 10) - Number.parseInt(a, 10)).join('\n');
}

function textOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}
