// What a hostile request costs: counted, in proportion to the request and its answer, for every operation and caller.

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MAX_BUNDLES } from '../../../wire/limits.ts';
import { OPERATIONS, type Operation } from '../../../wire/operations.ts';
import { type WorkCounter, workCounter } from '../../support/counted-work.ts';
import {
  aShape,
  HOSTILE_SHAPES,
  type HostileCaller,
  type HostileReply,
  hostileBody,
  hostileText,
  ROWS,
  type Shape,
  vaultWithCallers,
} from '../../support/hostile-shapes.ts';

/** Parsing a text and printing it once takes twice its characters. */
const MOST_TIMES_PARSE_AND_PRINT = 3;
/** Blocks of our code for each byte: a loop over all characters of a text takes four to ten. */
const STEPS_PER_BYTE = 15;
/** Blocks for each field that is sealed or opened, and what every call takes whatever it holds. */
const STEPS_PER_FIELD = 1000;
const STEPS_PER_CALL = 10_000;
/** Characters of a problem and of what the audit log and tokens hold. */
const CHARACTERS_PER_CALL = 4000;

let counter: WorkCounter;
let callers: readonly HostileCaller[];
const refs: string[] = [];

beforeAll(async () => {
  // First: code that has run before is not counted block by block.
  counter = await workCounter();
  const made = await vaultWithCallers({ settings: { sensitiveData: { entryTypes: { rows: ROWS } } } });
  callers = made.callers;
  for (let i = 0; i < MAX_BUNDLES; i += 1) {
    refs.push(...Object.values((await made.vault.encrypt('web', { a: { number: i } })).refs));
  }
  await counter.stop();
});

afterAll(() => counter.end());

describe.each(OPERATIONS)('%s', (operation) => {
  const holds = (shape: Shape, nth: number) => assertCheap(operation, shape, callers[nth % callers.length]);

  test('takes at most 3 times the characters of parsing and printing, and a bounded number of steps a byte', async () => {
    // Callers take turns, so that all of them meet a quarter of the shapes, and each shape meets several in six operations.
    const turns = HOSTILE_SHAPES.map((shape, nth): [Shape, number] => [shape, nth * 7 + OPERATIONS.indexOf(operation)]);
    await fc.assert(fc.asyncProperty(aShape(), fc.nat({ max: 1000 }), holds), {
      numRuns: turns.length + 10,
      examples: turns,
    });
  }, 900_000);
});

test('work that repeats itself is over the budget', async () => {
  counter.start();
  const body = JSON.stringify({ text: 'a'.repeat(100_000) });
  for (let i = 0; i < 7; i += 1) JSON.parse(body);
  const { jsonCharacters } = await counter.stop();
  const reply = { status: 200, body: {}, requestBytes: body.length, payloadBytes: 100 };
  expect(jsonCharacters).toBeGreaterThan(budget(reply).jsonCharacters);
});

async function assertCheap(operation: Operation, shape: Shape, caller: HostileCaller | undefined): Promise<void> {
  const body = hostileBody(operation, hostileText(shape, refs), shape);
  counter.start();
  const reply = await caller?.send(operation, body);
  const work = await counter.stop();
  if (reply === undefined) throw new Error('there is no such caller');
  const most = budget(reply);
  const place = `${operation} of ${shape.kind} by ${caller?.name}: ${JSON.stringify({ work, most })}`;
  expect(work.jsonCharacters <= most.jsonCharacters, place).toBe(true);
  expect(work.steps <= most.steps, place).toBe(true);
}

function budget(reply: HostileReply): { steps: number; jsonCharacters: number } {
  const bytes = reply.requestBytes + reply.payloadBytes;
  return {
    steps: STEPS_PER_CALL + STEPS_PER_BYTE * bytes + STEPS_PER_FIELD * fieldsIn(reply),
    jsonCharacters: CHARACTERS_PER_CALL + MOST_TIMES_PARSE_AND_PRINT * 2 * bytes,
  };
}

/** How many fields an answer says were sealed, opened, redacted or erased. */
function fieldsIn({ body }: HostileReply): number {
  const { refs: sealed, values, sealed: pointers, opened, redacted, erased } = body as Record<string, unknown>;
  const lists = [sealed, values, pointers, opened, redacted].map((list) => Object.keys(list ?? {}).length);
  return lists.reduce((sum, count) => sum + count, typeof erased === 'number' ? erased : 0);
}
