// Hostile shapes through every operation as every kind of caller: each answer is right or a 4xx, and its cost is bounded.

import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AppKek } from '../../../vault/ports/app-kek.ts';
import { MAX_ANSWER_BYTES, MAX_BUNDLES, MAX_ENTRY_PARTS } from '../../../wire/limits.ts';
import { OPERATIONS, type Operation } from '../../../wire/operations.ts';
import { REDACTED, SENSITIVE_KEY } from '../../../wire/refs.ts';
import { type Counted, counted } from '../../support/counting.ts';
import {
  INTEGRATIONS,
  type MemoryVault,
  memoryVault,
  type Reply,
  type RequestPorts,
} from '../../support/memory-vault.ts';

/** What Lambda takes of a function, in bytes (Lambda quotas, invocation payload). */
const LAMBDA_BYTES = 6 * 1024 * 1024;
/** What names and instants add to the values of an answer, at most. */
const AROUND_VALUES_BYTES = 64 * 1024;
/** Every problem is short, whatever it is about. */
const PROBLEM_BYTES = 4 * 1024;
const MAX_UNWRAPS_AT_ONCE = 16;
/** Bodies are made a little longer than the longest that is read. */
const BODY_BYTES = 3_000_000;

const CALLERS = Object.keys(INTEGRATIONS);
const ROWS = { kind: 'event', doc: 'Rows.', sensitive: ['data.*.rows[*].v'] } as const;

interface Shape {
  readonly kind: keyof typeof MADE;
  /** What the long name or text repeats, and how often. */
  readonly unit: string;
  readonly length: number;
  /** Elements, members or levels. */
  readonly count: number;
  readonly type: 'text.say' | 'rows' | 'unheard.of';
  readonly mode: 'agent' | 'bot';
}

/** Makes the JSON text of an object: `long` is the text of a long string, `refs` are real ones. */
type Make = (long: string, count: number, refs: readonly string[]) => string;

const MADE = {
  'malformed refs below a long name': (long, count) => `{${long}:${list(count, () => '{"$sensitive":"x"}')}}`,
  'refs below a long name': (long, count, refs) => `{${long}:${list(count, (i) => refAt(refs, i))}}`,
  'one ref many times': (_, count, refs) => `{"r":${list(count, () => refAt(refs, 0))}}`,
  'parts beside a ref, below a long name': (long, count, refs) =>
    `{${long}:{"ref":${refAt(refs, 0)},"rest":${list(count, (i) => String(i))}}}`,
  'rows below a long name': (long, count) => `{${long}:{"rows":${list(count, (i) => `{"v":${i}}`)}}}`,
  'names that hold refs': (long, count, refs) => members(count, (i) => [long, JSON.stringify(refs[i % refs.length])]),
  'names that hold one ref': (long, count, refs) => members(count, () => [long, JSON.stringify(refs[0])]),
  'long texts': (long, count) => members(count, () => ['"t"', long]),
  'deep arrays': (_, count) => `{"d":${'['.repeat(Math.min(count, 2000))}${']'.repeat(Math.min(count, 2000))}}`,
  'deep objects': (_, count) => `${'{"d":'.repeat(Math.min(count, 2000))}1${'}'.repeat(Math.min(count, 2000))}`,
  'wide arrays': (_, count) => `{"w":${list(count, () => '[]')}}`,
  'numbers that grow': (_, count) => `{"text":${list(count * 100, () => '1e20')}}`,
} satisfies Record<string, Make>;

const SEEN: readonly Shape[] = [
  { kind: 'malformed refs below a long name', unit: 'n', length: 20_000, count: 1024, type: 'rows', mode: 'bot' },
  { kind: 'malformed refs below a long name', unit: 'n', length: 600_000, count: 1024, type: 'rows', mode: 'bot' },
  { kind: 'malformed refs below a long name', unit: '"', length: 2_600, count: 1024, type: 'rows', mode: 'bot' },
  { kind: 'numbers that grow', unit: 'n', length: 1, count: 5500, type: 'text.say', mode: 'bot' },
  { kind: 'rows below a long name', unit: 'n', length: 50_000, count: 20_000, type: 'rows', mode: 'agent' },
  { kind: 'refs below a long name', unit: '★', length: 1, count: 101, type: 'rows', mode: 'agent' },
  { kind: 'refs below a long name', unit: '★', length: 1, count: 100, type: 'rows', mode: 'agent' },
  { kind: 'one ref many times', unit: 'n', length: 1, count: 1024, type: 'unheard.of', mode: 'agent' },
  { kind: 'names that hold refs', unit: '"', length: 100, count: 64, type: 'text.say', mode: 'agent' },
  { kind: 'names that hold one ref', unit: 'n', length: 100, count: 64, type: 'text.say', mode: 'agent' },
  { kind: 'long texts', unit: '"', length: 100_000, count: 12, type: 'unheard.of', mode: 'agent' },
];

const aShape = (): fc.Arbitrary<Shape> =>
  fc.record({
    kind: fc.constantFrom(...(Object.keys(MADE) as Shape['kind'][])),
    unit: fc.constantFrom('n', '★', '"', '\\', '~', '/', '\u0001', '\ud800'),
    length: fc.constantFrom(1, 100, 128, 2_600, 50_000, 600_000),
    count: fc.constantFrom(1, 12, 64, 65, 101, 1024, 1025, 20_000),
    type: fc.constantFrom('text.say', 'rows', 'unheard.of'),
    mode: fc.constantFrom('agent', 'bot'),
  });

let vault: MemoryVault;
let bundles: Counted<RequestPorts['bundles']>;
const unwraps = { calls: 0, running: 0, mostAtOnce: 0 };
const refs: string[] = [];

beforeAll(async () => {
  vault = await memoryVault({
    settings: { sensitiveData: { entryTypes: { rows: ROWS } } },
    before: {
      appKek: (real) => ({ ...real, unwrap: (...args) => countedUnwrap(real, ...args) }),
      bundles: (real) => {
        bundles = counted(real);
        return bundles.port;
      },
    },
  });
  for (let i = 0; i <= MAX_BUNDLES; i += 1) {
    refs.push(
      ...Object.values(
        (await vault.encrypt('web', { a: { number: i, text: 'x'.repeat(i === 0 ? 60_000 : 3000) } })).refs,
      ),
    );
  }
});

beforeEach(() => bundles.forget());

describe.each(OPERATIONS)('%s', (operation) => {
  test('answers hostile shapes rightly or with a 4xx, within what Lambda takes, at a bounded cost', async () => {
    const statuses = new Set<number>();
    const holds = async (shape: Shape, callers: readonly string[]) => {
      const value = valueText(shape);
      const body = bodyOf(operation, value, shape);
      for (const caller of callers) {
        Object.assign(unwraps, { calls: 0, mostAtOnce: 0 });
        bundles.forget();
        const reply = await vault.send({ operation, authorization: vault.authorizationOf(caller), body });
        statuses.add(reply.status);
        assertBounded(reply);
        if (reply.status === 200) await assertRight(operation, value, reply);
      }
    };
    await fc.assert(fc.asyncProperty(aShape(), fc.constantFrom(...CALLERS.map((name) => [name])), holds), {
      numRuns: SEEN.length + 12,
      examples: SEEN.map((shape): [Shape, string[]] => [shape, CALLERS]),
    });
    // Neither refusing everything nor taking everything passes.
    expect([...statuses]).toEqual(expect.arrayContaining(operation === 'erase' ? [200, 400] : [200, 413]));
  }, 240_000);
});

test('a request of small size whose answer would be large is refused before anything is read or opened', async () => {
  for (const shape of SEEN.slice(0, 3)) {
    const body = bodyOf('outgoing', valueText(shape), shape);
    for (const caller of CALLERS) {
      Object.assign(unwraps, { calls: 0 });
      bundles.forget();
      const reply = await vault.send({ operation: 'outgoing', authorization: vault.authorizationOf(caller), body });
      expect(reply).toMatchObject({ status: 413, body: { code: 'too-large' } });
      expect([bundles.count(), unwraps.calls]).toEqual([0, 0]);
    }
  }
});

function assertBounded({ status, headers, text }: Reply): void {
  expect([200, 400, 403, 413]).toContain(status);
  const rest = JSON.stringify({ statusCode: status, headers, body: text });
  expect(Buffer.byteLength(rest)).toBeLessThanOrEqual(LAMBDA_BYTES);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(
    status === 200 ? MAX_ANSWER_BYTES + AROUND_VALUES_BYTES : PROBLEM_BYTES,
  );
  expect(bundles.count('find')).toBeLessThanOrEqual(1);
  expect(unwraps.calls).toBeLessThanOrEqual(MAX_BUNDLES);
  expect(unwraps.mostAtOnce).toBeLessThanOrEqual(MAX_UNWRAPS_AT_ONCE);
}

/** Compares texts, not values: a difference in a text of megabytes is no readable message. */
async function assertRight(operation: Operation, value: string, { body }: Reply): Promise<void> {
  const sent: unknown = JSON.parse(value);
  switch (operation) {
    case 'encrypt': {
      const { refs: sealed } = body as { refs: Record<string, string> };
      const opened = await vault.decrypt('desk', sealed);
      const values = Object.fromEntries(Object.entries(opened).map(([name, field]) => [name, field.value]));
      return assertSame(values, sent);
    }
    case 'incoming': {
      const { entry, sealed } = body as { entry: { data: unknown }; sealed: string[] };
      expect(sealed.length).toBeLessThanOrEqual(MAX_ENTRY_PARTS);
      return assertSame(opaque(await openedBy('desk', entry.data)), opaque(await openedBy('desk', sent)));
    }
    case 'outgoing': {
      const { entry, opened, redacted } = body as { entry: unknown; opened: string[]; redacted: string[] };
      expect(opened.length + redacted.length).toBe(countRefs(sent));
      if (opened.length === 0) assertSame(entry, opaque(sent));
      return;
    }
    case 'explain':
      expect((body as { parts: unknown[] }).parts.length).toBeLessThanOrEqual(MAX_ENTRY_PARTS);
      return;
    case 'decrypt':
      expect(Object.keys((body as { values: object }).values)).toEqual(Object.keys(sent as object));
      return;
    case 'erase':
      expect(body).toEqual({ erased: expect.any(Number) });
  }
}

/** The value as it goes out; as it is where its refs are too many or too large to open in one request. */
async function openedBy(caller: string, entry: unknown): Promise<unknown> {
  const { status, body } = await vault.call(caller, 'outgoing', { entry });
  expect([200, 413]).toContain(status);
  return status === 200 ? (body as { entry: unknown }).entry : entry;
}

function assertSame(value: unknown, expected: unknown): void {
  expect(JSON.stringify(value) === JSON.stringify(expected), 'the value came back changed').toBe(true);
}

/** Stars in the place of refs. */
function opaque(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, part) => (isRef(part) ? REDACTED : part));
}

function countRefs(value: unknown): number {
  let count = 0;
  JSON.stringify(value, (_, part) => {
    if (isRef(part)) count += 1;
    return part;
  });
  return count;
}

function isRef(part: unknown): boolean {
  return typeof part === 'object' && part !== null && Object.hasOwn(part, SENSITIVE_KEY);
}

async function countedUnwrap(real: AppKek, ...args: Parameters<AppKek['unwrap']>): Promise<Buffer> {
  unwraps.calls += 1;
  unwraps.running += 1;
  unwraps.mostAtOnce = Math.max(unwraps.mostAtOnce, unwraps.running);
  try {
    return await real.unwrap(...args);
  } finally {
    unwraps.running -= 1;
  }
}

function valueText({ kind, unit, length, count }: Shape): string {
  const make: Make = MADE[kind];
  const long = JSON.stringify(unit.repeat(length));
  const oneBytes = Buffer.byteLength(make(long, 2, refs)) - Buffer.byteLength(make(long, 1, refs));
  const most = Math.max(1, Math.floor(BODY_BYTES / Math.max(1, oneBytes)));
  return make(long, Math.min(count, most), refs);
}

function bodyOf(operation: Operation, value: string, { type, mode }: Shape): string {
  switch (operation) {
    case 'encrypt':
      return `{"fields":${value}}`;
    case 'decrypt':
    case 'erase':
      return `{"refs":${value}}`;
    case 'outgoing':
      return `{"entry":${value}}`;
    case 'incoming':
    case 'explain':
      return `{"entry":{"type":"${type}","data":${value}},"thread":{"mode":"${mode}"}}`;
  }
}

function list(count: number, element: (index: number) => string): string {
  return `[${Array.from({ length: count }, (_, i) => element(i)).join(',')}]`;
}

/** An object whose names begin with a text and go on with a number. */
function members(count: number, member: (index: number) => [name: string, value: string | undefined]): string {
  const texts = Array.from({ length: count }, (_, i) => {
    const [name, value] = member(i);
    return `${name.slice(0, -1)}${i}":${value}`;
  });
  return `{${texts.join(',')}}`;
}

function refAt(all: readonly string[], index: number): string {
  return JSON.stringify({ [SENSITIVE_KEY]: all[index % all.length] });
}
