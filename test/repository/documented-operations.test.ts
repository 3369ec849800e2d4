// The documents name every operation: its request, its method of the SDK, and the function that serves it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Daykey } from '../../client/sdk/daykey.ts';
import { settings } from '../../scripts/documents/settings.ts';
import { FUNCTION_OF, type FunctionName, OPERATIONS } from '../../wire/operations.ts';
import { ROOT } from '../support/documents.ts';

/** `daykey/blobs` asks for these, which docs/media.md is about. */
const OF_BLOBS = ['seal-blob', 'open-blob'];

test('docs/api.md has a row for every operation, and says who may ask for it', () => {
  expect(firstCells('docs/api.md', '## Operations')).toEqual(OPERATIONS.map((operation) => `\`${operation}\``));
  const [head = ''] = rowsOf('docs/api.md', '## Who may do what');
  expect(OPERATIONS.filter((operation) => !namesIn(head).includes(operation))).toEqual([]);
});

test('every operation is a method of the SDK, with a row in docs/sdk.md', () => {
  const ofSdk = OPERATIONS.filter((operation) => !OF_BLOBS.includes(operation));
  expect(ofSdk.filter((operation) => !Object.hasOwn(Daykey.prototype, operation))).toEqual([]);
  const rows = firstCells('docs/sdk.md', '## Methods').join('\n');
  expect(ofSdk.filter((operation) => !rows.includes(`\`${operation}(`))).toEqual([]);
});

test.each<FunctionName>(['encrypt', 'decrypt', 'erase'])(
  'props.ts and docs/architecture.md say which operations the function %s serves',
  (name) => {
    const served = OPERATIONS.filter((operation) => FUNCTION_OF[operation] === name);
    const setting = settings().find(({ path }) => path === `reservedConcurrency.${name}`);
    expect(namesIn(setting?.description ?? '')).toEqual(served);
    const [, drawn = ''] = new RegExp(`^ +${name}\\["(.*)"\\]$`, 'm').exec(textOf('docs/architecture.md')) ?? [];
    expect(namesIn(drawn.replace(/^<b>.*?<\/b>(?=<br\/>)/, ''))).toEqual(served);
  },
);

/** The operations that a text names, in its order. */
function namesIn(text: string): string[] {
  const names: readonly string[] = OPERATIONS;
  return (text.match(/[a-z-]+/g) ?? []).filter((word) => names.includes(word));
}

/** The first cells of the first table below a heading, without its head. */
function firstCells(path: string, heading: string): string[] {
  const [, , ...rows] = rowsOf(path, heading);
  return rows.map((row) => `${row.split(' | ')[0]}`.replace(/^\| /, '').trim());
}

function rowsOf(path: string, heading: string): string[] {
  const [, section = ''] = textOf(path).split(`\n${heading}\n`);
  const [table = ''] = /(^\|.*\|\n)+/m.exec(section) ?? [];
  return table.split('\n').filter(Boolean);
}

function textOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}
