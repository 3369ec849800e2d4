// The loggers of docs/recipes/logs.md: no ref, and no part of one, reaches a log line.

import type { Logger as Powertools } from '@aws-lambda-powertools/logger';
import type { Logger as Pino } from 'pino';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Sensitive } from '../../client/sdk/index.ts';
import { aRef, aRefText } from '../support/entries.ts';
import { type Recipe, writeRecipe } from '../support/recipe.ts';

let recipe: Recipe;
const lines: string[] = [];

beforeAll(() => {
  // Powertools then logs through the global console.
  vi.stubEnv('POWERTOOLS_DEV', 'true');
  recipe = writeRecipe('docs/recipes/logs.md');
});

afterAll(() => {
  recipe.remove();
  vi.unstubAllEnvs();
});

/** What is logged: each holds refs in another way. `log` takes a message and what comes with it. */
const LOGGED: readonly [what: string, log: (write: (message: string, more?: object) => void) => void][] = [
  ['a message', (write) => write(`sealed as ${aRefText(1)}, and ${aRefText(2)}.`)],
  ['a message that cuts a ref off', (write) => write(`sealed as ${aRefText(1).slice(0, 30)}`)],
  ['a text of JSON', (write) => write(JSON.stringify({ email: aRef() }))],
  ['an object', (write) => write('an entry', { data: { email: aRef(), list: [aRefText(3)] } })],
  ['an error', (write) => write('failed', { err: new Error(`no answer for ${aRefText()}`, { cause: aRefText(2) }) })],
  ['a URL', (write) => write('asked', { url: `https://example.org/?ref=${aRefText()}&a=1` })],
];

test.each(LOGGED)('pino writes no ref of %s', async (_, log) => {
  const logger = await pino();
  log((message, more) => logger.info(more ?? {}, message));
  expectNoRef();
});

test('pino writes no ref of a child, nor of the name of a member', async () => {
  const logger = await pino();
  logger.child({ flow: aRef() }).warn({ [aRefText()]: 1 }, 'named');
  expectNoRef();
});

test.each(LOGGED)('Powertools writes no ref of %s', async (_, log) => {
  const logger = await powertools();
  log((message, more) => logger.info(message, { more }));
  expectNoRef();
});

test('Powertools writes no ref of an appended key, nor of an error that is logged itself', async () => {
  const logger = await powertools();
  logger.appendKeys({ flow: aRef() });
  logger.error('failed', new Error(`no answer for ${aRefText()}`));
  expectNoRef();
});

test('both write stars for a Sensitive', async () => {
  const email = new Sensitive('maya@example.org', new Date(Date.now() + 60_000));
  (await pino()).info({ email });
  (await powertools()).info('opened', { email });
  expect(lines.join()).not.toContain('maya');
  for (const line of lines) expect(line).toContain('★★★★★');
});

function expectNoRef(): void {
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) {
    expect(() => JSON.parse(line)).not.toThrow();
    expect(line).toContain('★★★★★');
    expect(line).not.toContain('dk2_');
  }
}

async function pino(): Promise<Pino> {
  lines.length = 0;
  const { logger } = await recipe.load<{ logger: Pino }>('pino-logger.ts');
  // pino writes to the descriptor itself: what the hook gives is what it writes.
  const symbol = Object.getOwnPropertySymbols(logger).find(({ description }) => description === 'pino.stream');
  const stream = (logger as unknown as Record<symbol, { write(line: string): void }>)[symbol ?? Symbol()];
  if (stream === undefined) throw new Error('pino has no stream');
  vi.spyOn(stream, 'write').mockImplementation((line) => void lines.push(line));
  return logger;
}

async function powertools(): Promise<Powertools> {
  lines.length = 0;
  for (const method of ['info', 'error'] as const) {
    vi.spyOn(console, method).mockImplementation((line: string) => void lines.push(line));
  }
  const { logger } = await recipe.load<{ logger: Powertools }>('powertools-logger.ts');
  return logger;
}
