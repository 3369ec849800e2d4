// The limits of the wire stand in one document, in a table made from the constants themselves.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as limits from '../../wire/limits.ts';
import { ROOT } from '../support/documents.ts';

const count = (number: number) => number.toLocaleString('en');
const kilobytes = (bytes: number) => `${count(bytes / 1024)} KB`;
const megabytes = (bytes: number) => `${bytes / 1024 ** 2} MB`;

const ROWS = [
  ['limit', 'value'],
  ['fields or refs in a request', count(limits.MAX_FIELDS)],
  ['one field, as JSON', kilobytes(limits.MAX_FIELD_BYTES)],
  ['a request body', megabytes(limits.MAX_REQUEST_BYTES)],
  ['the values or the entry in an answer', megabytes(limits.MAX_ANSWER_BYTES)],
  ['an answer as Lambda sends it, with its escapes', kilobytes(limits.MAX_PAYLOAD_BYTES)],
  ['bundles that the refs of a request lie in', count(limits.MAX_BUNDLES)],
  ['parts of an entry that are sealed, opened or explained', count(limits.MAX_ENTRY_PARTS)],
  ['objects and arrays inside one another', count(limits.MAX_JSON_DEPTH)],
  ['name of a field', `${count(limits.MAX_NAME_LENGTH)} characters`],
  ['subject', `${count(limits.MAX_SUBJECT_LENGTH)} characters`],
  ['`ttlSeconds`', `from ${count(limits.MIN_TTL_SECONDS)} to the vault's \`maxTtl\``],
  ['`maxTtl`', `${limits.MAX_TTL_SECONDS / 86_400} days`],
  ['`Authorization` header', kilobytes(limits.MAX_AUTHORIZATION_BYTES)],
  ['a blob', megabytes(limits.MAX_BLOB_BYTES)],
  ['to begin the upload of a blob', `${limits.BLOB_UPLOAD_SECONDS / 60} minutes`],
  ['to begin the download of a blob', `${limits.BLOB_DOWNLOAD_SECONDS} seconds`],
] as const;

/** As the formatter of the documents aligns it. */
function table(): string {
  const widths = [0, 1].map((column) => Math.max(...ROWS.map((row) => row[column === 0 ? 0 : 1].length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  const [head, ...rows] = ROWS.map(line);
  return [head, line(widths.map((width) => '-'.repeat(width))), ...rows].join('\n');
}

test('the table holds the limits that callers meet', () => {
  for (const row of ['| 64 ', '| 256 KB ', '| 2.75 MB ', '| 1,024 ']) expect(table()).toContain(row);
});

test('docs/limits.md has every limit', () => {
  expect(textOf('docs/limits.md')).toContain(`\n${table()}\n`);
});

test.each(['README.md', 'docs/sdk.md', 'docs/testing.md'])(
  '%s leads to the limits, and does not repeat them',
  (document) => {
    expect(textOf(document)).toMatch(/\]\((docs\/)?limits\.md\)/);
    expect(textOf(document)).not.toContain('| limit ');
  },
);

test('every limit of the wire is in the table', () => {
  // A new limit needs a row above, and then this number.
  expect(Object.keys(limits)).toHaveLength(ROWS.length - 1);
});

function textOf(document: string): string {
  return readFileSync(join(ROOT, document), 'utf8');
}
