// docs/openapi.json is generated from the schemas: `npm run docs:write` writes it, the first test fails if it is stale.

import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openApiDocument } from '../../../../scripts/openapi/openapi.ts';
import { DOCUMENTED } from '../../../../scripts/openapi/operations.ts';
import { parseRef } from '../../../../vault/domain/envelope/ref.ts';
import { DaykeyError, type DaykeyErrorCode } from '../../../../vault/domain/errors.ts';
import { failure } from '../../../../vault/operations/answer.ts';
import { OPERATIONS, type Operation } from '../../../../wire/operations.ts';
import { present } from '../../../support/envelope.ts';
import { memoryVault } from '../../../support/memory-vault.ts';

interface PathItem {
  readonly post: {
    readonly operationId: string;
    readonly responses: Readonly<Record<string, { readonly description: string; readonly content: unknown }>>;
  };
}

const FILE = fileURLToPath(new URL('../../../../docs/openapi.json', import.meta.url));
const TOKEN = /dk2_[A-Za-z0-9_-]{76}/g;
const document = openApiDocument();
const paths = document.paths as unknown as Readonly<Record<string, PathItem>>;

test('docs/openapi.json says what the schemas say (`npm run docs:write` updates it)', async () => {
  await expect(`${JSON.stringify(document, null, 2)}\n`).toMatchFileSnapshot(FILE);
});

test('every operation is documented under its route, and nothing else is', () => {
  expect(Object.keys(paths).sort()).toEqual(OPERATIONS.map((name) => `/v1/apps/{app}/${name}`).sort());
});

test.each(OPERATIONS)('%s documents each code under the status that the handlers give it', (operation) => {
  const { responses } = present(paths[`/v1/apps/{app}/${operation}`]).post;
  const refusals = Object.entries(responses).filter(([status]) => status !== '200');
  const codes = refusals.flatMap(([status, { description, content }]) => {
    expect(content).toEqual({ 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } });
    const listed = Array.from(description.matchAll(/(?:^|; )`([a-z-]+)`: /g), ([, code = '']) => code);
    return listed.map((code) => [code as DaykeyErrorCode, Number(status)] as const);
  });
  expect(codes.length).toBeGreaterThan(7);
  for (const [code, status] of codes) expect(failure(new DaykeyError(code, 'a detail')).status, code).toBe(status);
});

test('no example holds a string that only looks like a ref', () => {
  const tokens = JSON.stringify(document).match(TOKEN) ?? [];
  expect(new Set(tokens).size).toBe(5);
  for (const token of tokens) expect(parseRef(token)).toBeDefined();
});

test('the examples, asked one after the other, are answered as they say', async () => {
  const vault = await memoryVault({ startsAtMs: Date.parse('2026-11-23T10:00:00Z') });
  // Tokens are random: those that were issued here stand for those of the examples, and the other way round.
  const issued = new Map<string, string>();
  for (const [operation, { example }] of Object.entries(DOCUMENTED)) {
    const request = JSON.stringify(example.request).replace(TOKEN, (token) => issued.get(token) ?? token);
    const { status, text } = await vault.call('desk', operation as Operation, request);
    expect(status, text).toBe(200);
    const expected = JSON.stringify(example.answer).match(TOKEN) ?? [];
    const actual = text.match(TOKEN) ?? [];
    for (const [index, token] of expected.entries()) issued.set(token, actual[index] ?? '');
    const byExample = new Map([...issued].map(([theirs, ours]) => [ours, theirs]));
    const answer = JSON.parse(text.replace(TOKEN, (token) => byExample.get(token) ?? token));
    expect(withoutRandom(answer)).toEqual(withoutRandom(example.answer));
  }
});

/** The same answer with what is random, or signed, left out. */
function withoutRandom(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer), (name, value) =>
    ['key', 'context', 'proof', 'url'].includes(name) ? typeof value : value,
  );
}
