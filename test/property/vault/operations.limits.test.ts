// Hostile shapes through every operation as every kind of caller: each answer is right or a 4xx, and its cost is bounded.

import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { MAX_ANSWER_BYTES, MAX_BUNDLES, MAX_ENTRY_PARTS } from '../../../wire/limits.ts';
import { OPERATIONS, type Operation } from '../../../wire/operations.ts';
import { REDACTED, SENSITIVE_KEY } from '../../../wire/refs.ts';
import { type Counted, counted } from '../../support/counting.ts';
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
import type { MemoryVault, RequestPorts } from '../../support/memory-vault.ts';

/** What Lambda takes of a function, in bytes (Lambda quotas, invocation payload). */
const LAMBDA_BYTES = 6 * 1024 * 1024;
/** What names and instants add to the values of an answer, at most. */
const AROUND_VALUES_BYTES = 64 * 1024;
/** Every problem is short, whatever it is about, also with its headers. */
const PROBLEM_BYTES = 4 * 1024;
const MAX_KMS_CALLS_AT_ONCE = 16;

let vault: MemoryVault;
let callers: readonly HostileCaller[];
let bundles: Counted<RequestPorts['bundles']>;
const kmsCalls = { calls: 0, running: 0, mostAtOnce: 0 };
const refs: string[] = [];

beforeAll(async () => {
  const made = await vaultWithCallers({
    settings: { sensitiveData: { entryTypes: { rows: ROWS } } },
    before: {
      appKek: (real) => ({
        wrap: (...args) => countedCall(() => real.wrap(...args)),
        unwrap: (...args) => countedCall(() => real.unwrap(...args)),
      }),
      bundles: (real) => {
        bundles = counted(real);
        return bundles.port;
      },
    },
  });
  ({ vault, callers } = made);
  for (let i = 0; i <= MAX_BUNDLES; i += 1) {
    refs.push(
      ...Object.values(
        (await vault.encrypt('web', { a: { number: i, text: 'x'.repeat(i === 0 ? 60_000 : 3000) } })).refs,
      ),
    );
  }
});

const EXPECTED_STATUSES: Partial<Record<Operation, number[]>> = {
  erase: [200, 400, 401],
  // A text of any size is an unknown ref, until the request is too large.
  'open-blob': [200, 401],
};

describe.each(OPERATIONS)('%s', (operation) => {
  test('answers hostile shapes rightly or with a 4xx, within what Lambda takes, at a bounded cost', async () => {
    const statuses = new Set<number>();
    const holds = async (shape: Shape, turns: readonly number[]) => {
      const value = hostileText(shape, refs);
      const body = hostileBody(operation, value, shape);
      const sent = sentAs(operation, value);
      for (const caller of callers.filter((_, at) => turns.includes(at))) {
        forget();
        const reply = await caller.send(operation, body);
        statuses.add(reply.status);
        assertBounded(reply, caller);
        if (reply.status === 200) await assertRight(operation, sent, reply);
      }
    };
    // Four callers a shape, other ones for the next shape: after six shapes, every caller had its turn.
    const inTurn = HOSTILE_SHAPES.map((shape, nth): [Shape, number[]] => [
      shape,
      [...callers.keys()].filter((at) => at % 6 === nth % 6),
    ]);
    await fc.assert(
      fc.asyncProperty(aShape(), fc.array(fc.nat({ max: callers.length - 1 }), { maxLength: 1 }), holds),
      {
        numRuns: inTurn.length + 15,
        examples: inTurn,
      },
    );
    // Neither refusing everything nor taking everything passes.
    expect([...statuses]).toEqual(expect.arrayContaining(EXPECTED_STATUSES[operation] ?? [200, 401, 413]));
  }, 900_000);
});

test('a request of small size whose answer would be large is refused before anything is read or opened', async () => {
  for (const shape of HOSTILE_SHAPES.filter(({ kind }) => kind === 'malformed refs below a long name')) {
    const body = hostileBody('outgoing', hostileText(shape, refs), shape);
    for (const caller of callers.filter(({ isKnown }) => isKnown)) {
      forget();
      expect(await caller.send('outgoing', body)).toMatchObject({ status: 413, body: { code: 'too-large' } });
      expect([bundles.count(), kmsCalls.calls]).toEqual([0, 0]);
    }
  }
});

test('a request whose parts fill many bundles makes 16 KMS calls at a time', async () => {
  // A large part between many small ones: neither size nor number lets them share few bundles.
  const large = Array.from({ length: 8 }, (_, i) => [`large${i}`, 'x'.repeat(250_000)]);
  const small = Array.from({ length: 1000 }, (_, i) => [`small${i}`, i]);
  const data = Object.fromEntries([...large, ...small]);
  forget();
  const [web] = callers;
  const reply = await web?.send('incoming', JSON.stringify({ entry: { type: 'unheard.of', data } }));
  expect(reply).toMatchObject({ status: 200, body: { sealed: { length: 1008 } } });
  expect(kmsCalls.calls).toBeGreaterThan(MAX_KMS_CALLS_AT_ONCE);
  expect(kmsCalls.mostAtOnce).toBe(MAX_KMS_CALLS_AT_ONCE);
});

function assertBounded({ status, body, payloadBytes }: HostileReply, { isKnown }: HostileCaller): void {
  expect(isKnown ? [200, 400, 403, 413] : [401, 403]).toContain(status);
  expect(payloadBytes).toBeLessThanOrEqual(LAMBDA_BYTES);
  expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThanOrEqual(
    status === 200 ? MAX_ANSWER_BYTES + AROUND_VALUES_BYTES : PROBLEM_BYTES,
  );
  expect(bundles.count('find')).toBeLessThanOrEqual(1);
  expect(kmsCalls.calls).toBeLessThanOrEqual(MAX_BUNDLES);
  expect(kmsCalls.mostAtOnce).toBeLessThanOrEqual(MAX_KMS_CALLS_AT_ONCE);
  if (!isKnown) expect([bundles.count(), kmsCalls.calls]).toEqual([0, 0]);
}

function forget(): void {
  Object.assign(kmsCalls, { calls: 0, mostAtOnce: 0 });
  bundles.forget();
}

/** What was sent, and what is to come back. Both are made once for all callers, as they are megabytes. */
interface Sent {
  readonly value: () => unknown;
  /** The value as customer support sees it, with stars in the place of refs that it cannot open. */
  readonly opened: () => Promise<string>;
}

function sentAs(operation: Operation, text: string): Sent {
  // Blobs take the value as a text, so it need not be JSON.
  const isText = operation === 'seal-blob' || operation === 'open-blob';
  const value = once((): unknown => (isText ? text : JSON.parse(text)));
  return { value, opened: once(async () => opaqueText(await openedBy('desk', value()))) };
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

async function assertRight(operation: Operation, { value, opened: sentOpened }: Sent, reply: HostileReply) {
  const { body } = reply;
  switch (operation) {
    case 'encrypt': {
      const { refs: sealed } = body as { refs: Record<string, string> };
      const opened = await vault.decrypt('desk', sealed);
      const values = Object.fromEntries(Object.entries(opened).map(([name, field]) => [name, field.value]));
      return assertSame(JSON.stringify(values), JSON.stringify(value()));
    }
    case 'incoming': {
      const { entry, sealed } = body as { entry: { data: unknown }; sealed: string[] };
      expect(sealed.length).toBeLessThanOrEqual(MAX_ENTRY_PARTS);
      return assertSame(opaqueText(await openedBy('desk', entry.data)), await sentOpened());
    }
    case 'outgoing': {
      const { entry, opened, redacted } = body as { entry: unknown; opened: string[]; redacted: string[] };
      expect(opened.length + redacted.length).toBe(countRefs(value()));
      if (opened.length === 0) assertSame(JSON.stringify(entry), opaqueText(value()));
      return;
    }
    case 'explain':
      expect((body as { parts: unknown[] }).parts.length).toBeLessThanOrEqual(MAX_ENTRY_PARTS);
      return;
    case 'decrypt':
      expect(Object.keys((body as { values: object }).values)).toEqual(Object.keys(value() as object));
      return;
    case 'erase':
      expect(body).toEqual({ erased: expect.any(Number) });
      return;
    case 'seal-blob':
      expect(Object.keys(body as object)).toContain('ref');
      return;
    case 'open-blob':
      expect(body).toMatchObject({ status: 'redacted' });
  }
}

/** The value as it goes out; as it is where its refs are too many or too large to open in one request. */
async function openedBy(caller: string, entry: unknown): Promise<unknown> {
  const { status, body } = await vault.call(caller, 'outgoing', { entry });
  expect([200, 413]).toContain(status);
  return status === 200 ? (body as { entry: unknown }).entry : entry;
}

/** Compares texts, not values: a difference in a text of megabytes is no readable message. */
function assertSame(text: string, expected: string): void {
  expect(text === expected, 'the value came back changed').toBe(true);
}

/** The JSON of a value, with stars in the place of refs. */
function opaqueText(value: unknown): string {
  return withRefs(value, () => REDACTED);
}

function countRefs(value: unknown): number {
  let count = 0;
  withRefs(value, (ref) => {
    count += 1;
    return ref;
  });
  return count;
}

/** The JSON of a value, with what `change` makes of each ref. Visits every part, which is slow, only if there may be refs. */
function withRefs(value: unknown, change: (ref: unknown) => unknown): string {
  const text = JSON.stringify(value);
  if (!text.includes(SENSITIVE_KEY)) return text;
  return JSON.stringify(value, (_, part) => (isRef(part) ? change(part) : part));
}

function isRef(part: unknown): boolean {
  return typeof part === 'object' && part !== null && Object.hasOwn(part, SENSITIVE_KEY);
}

async function countedCall<Result>(call: () => Promise<Result>): Promise<Result> {
  kmsCalls.calls += 1;
  kmsCalls.running += 1;
  kmsCalls.mostAtOnce = Math.max(kmsCalls.mostAtOnce, kmsCalls.running);
  try {
    return await call();
  } finally {
    kmsCalls.running -= 1;
  }
}
