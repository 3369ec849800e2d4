// Requests that try to cost more than they should: shapes of JSON, and every kind of caller that may send them.

import fc from 'fast-check';
import type { Integration } from '../../vault/domain/settings.ts';
import type { Operation } from '../../wire/operations.ts';
import { SENSITIVE_KEY } from '../../wire/refs.ts';
import { type LambdaVault, lambdaVault } from './lambda-vault.ts';
import { INTEGRATIONS, type MemoryVaultOptions } from './memory-vault.ts';
import { directEvent, restEvent } from './requests.ts';

export interface Shape {
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

// What Lambda's runtime does. Taken here, before a test counts what goes through `JSON`.
const { parse, stringify } = JSON;

/** Bodies are made a little longer than the longest that is read. */
const BODY_BYTES = 3_000_000;
const MOST_LEVELS = 2000;
const ACCOUNT = '111122223333';

/** An own type of the vault: a name of any length above many parts. */
export const ROWS = { kind: 'event', doc: 'Rows.', sensitive: ['data.*.rows[*].v'] } as const;

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
  'texts of escapes': (_, count) => members(12, () => ['"t"', `"${'\\u0061\\"\\\\'.repeat(count)}"`]),
  'deep arrays': (_, count) =>
    `{"d":${'['.repeat(Math.min(count, MOST_LEVELS))}${']'.repeat(Math.min(count, MOST_LEVELS))}}`,
  'deep objects': (_, count) =>
    `${'{"d":'.repeat(Math.min(count, MOST_LEVELS))}1${'}'.repeat(Math.min(count, MOST_LEVELS))}`,
  'deep and wide': (_, count) => `{"d":${list(count, () => `${'['.repeat(60)}${']'.repeat(60)}`)}}`,
  'wide arrays': (_, count) => `{"w":${list(count, () => '[]')}}`,
  'wide objects': (_, count) => `{"w":${list(count, () => '{}')}}`,
  'many small numbers': (_, count) => members(12, () => ['"w"', list(count * 5, () => '1')]),
  'many names': (long, count) => members(count, () => [long, '1']),
  'many names in many objects': (_, count) =>
    members(64, () => ['"o"', members(Math.ceil(count / 8), (i) => ['"n"', String(i)])]),
  'one name many times': (long, count) => `{${Array.from({ length: count }, () => `${long}:1`).join(',')}}`,
  blanks: (_, count) => `{"b":${' '.repeat(count * 100)}1}`,
  'numbers that grow': (_, count) => `{"text":${list(count * 100, () => '1e20')}}`,
  'numbers with many digits': (_, count) => `{"n":${list(count, (i) => `${i}.1234567890123`)}}`,
  'numbers of many zeros': (_, count) =>
    `{"n":[1${'0'.repeat(count)}e-${count},0.${'0'.repeat(count)},1.${'0'.repeat(count)}1]}`,
  // JSON.parse keeps the last of them, so that none of the numbers has a place in the value.
  'deep numbers below a name that comes twice': (_, count) =>
    `{"t":${'['.repeat(60)}${list(count * 10, () => '1e5')}${']'.repeat(60)},"t":null}`,
  'unknown members beside it': (long, count) => `{"a":1},${members(count, () => [long, '1']).slice(1, -1)}`,
} satisfies Record<string, Make>;

const KINDS = Object.keys(MADE) as readonly Shape['kind'][];

/** The shapes that were once answered wrongly, and one of every kind. */
export const HOSTILE_SHAPES: readonly Shape[] = [
  shape('malformed refs below a long name', { length: 20_000, type: 'rows', mode: 'bot' }),
  shape('malformed refs below a long name', { length: 600_000, type: 'rows', mode: 'bot' }),
  shape('malformed refs below a long name', { unit: '"', length: 2_600, type: 'rows', mode: 'bot' }),
  shape('numbers that grow', { count: 5500, type: 'text.say', mode: 'bot' }),
  shape('rows below a long name', { length: 50_000, count: 20_000, type: 'rows' }),
  shape('refs below a long name', { unit: '★', count: 101, type: 'rows' }),
  shape('refs below a long name', { unit: '★', count: 100, type: 'rows' }),
  shape('one ref many times', {}),
  shape('parts beside a ref, below a long name', { length: 128, type: 'rows' }),
  shape('names that hold refs', { unit: '"', length: 100, count: 64, type: 'text.say' }),
  shape('names that hold one ref', { length: 100, count: 64, type: 'text.say' }),
  shape('long texts', { unit: '"', length: 100_000, count: 12 }),
  shape('texts of escapes', { count: 5000 }),
  shape('deep arrays', {}),
  shape('deep objects', {}),
  shape('deep and wide', { type: 'text.say' }),
  shape('wide arrays', { count: 200_000 }),
  shape('wide objects', { count: 200_000, type: 'text.say', mode: 'bot' }),
  shape('many small numbers', { count: 20_000 }),
  shape('many names', { unit: '~/', length: 60, type: 'text.say' }),
  shape('many names in many objects', { count: 20_000 }),
  shape('one name many times', { count: 20_000 }),
  shape('blanks', { count: 20_000 }),
  shape('numbers with many digits', { count: 20_000, type: 'text.say', mode: 'bot' }),
  shape('numbers of many zeros', { count: 300_000 }),
  shape('deep numbers below a name that comes twice', { count: 20_000 }),
  shape('unknown members beside it', { length: 100, count: 20_000 }),
  shape('unknown members beside it', { unit: '\u0001', length: 128 }),
];

/** Any shape of any size. */
export const aShape = (): fc.Arbitrary<Shape> =>
  fc.record({
    kind: fc.constantFrom(...KINDS),
    unit: fc.constantFrom('n', '★', '"', '\\', '~', '/', '\u0001', '\ud800'),
    length: fc.constantFrom(1, 100, 128, 2_600, 50_000, 600_000),
    count: fc.constantFrom(1, 12, 64, 65, 101, 1024, 1025, 20_000),
    type: fc.constantFrom('text.say', 'rows', 'unheard.of'),
    mode: fc.constantFrom('agent', 'bot'),
  });

/** The JSON text of a shape: an object, at most about as long as the longest request. */
export function hostileText({ kind, unit, length, count }: Shape, refs: readonly string[]): string {
  const make: Make = MADE[kind];
  const long = JSON.stringify(unit.repeat(length));
  const oneBytes = Buffer.byteLength(make(long, 2, refs)) - Buffer.byteLength(make(long, 1, refs));
  const most = Math.max(1, Math.floor(BODY_BYTES / Math.max(1, oneBytes)));
  return make(long, Math.min(count, most), refs);
}

/** The body of a request that carries such a text. */
export function hostileBody(operation: Operation, value: string, { type, mode }: Shape): string {
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
    case 'seal-blob':
      // Large texts ask for more than a blob may have.
      return `{"bytes":${Buffer.byteLength(value) * 4096},"subject":${JSON.stringify(value.slice(0, 200))}}`;
    case 'open-blob':
      return `{"ref":${JSON.stringify(value)}}`;
  }
}

/** What a caller gets of the vault, in whichever way it calls. */
export interface HostileReply {
  readonly status: number;
  readonly body: unknown;
  /** The body that the function is given, in bytes. Lambda parses a direct call: `1e20` then prints as 21 digits. */
  readonly requestBytes: number;
  /** Everything that Lambda sends, in bytes. */
  readonly payloadBytes: number;
}

/** A way to call, with who calls by it. */
export interface HostileCaller {
  readonly name: string;
  /** Whether the vault knows who calls. */
  readonly isKnown: boolean;
  send(operation: Operation, body: string): Promise<HostileReply>;
}

/** A vault, and all who may call it: every kind of integration, by token and by role, over REST and directly; strangers. */
export async function vaultWithCallers(
  options: MemoryVaultOptions,
): Promise<{ vault: LambdaVault; callers: readonly HostileCaller[] }> {
  const integrations = Object.fromEntries(
    Object.entries(INTEGRATIONS).map(([name, integration]): [string, Integration] => [
      name,
      { ...integration, roles: [`${ACCOUNT}/${name}`] },
    ]),
  );
  const vault = await lambdaVault({ ...options, integrations });
  const overRest = (name: string, isKnown: boolean, authorization: () => string | undefined): HostileCaller => ({
    name,
    isKnown,
    async send(operation, body) {
      const {
        status,
        headers,
        text,
        body: parsed,
      } = await vault.rest(operation, restEvent({ operation, authorization: authorization(), body }));
      const payload = stringify({ statusCode: status, headers, body: text });
      return {
        status,
        body: parsed,
        requestBytes: Buffer.byteLength(body),
        payloadBytes: Buffer.byteLength(payload),
      };
    },
  });
  const directly = (name: string, isKnown: boolean, authorization: () => string | undefined): HostileCaller => ({
    name,
    isKnown,
    async send(operation, body) {
      const event = directEvent({ operation, authorization: authorization(), body: parsedIfJson(body) });
      const result = await vault.direct(operation, event);
      return {
        ...result,
        requestBytes: Buffer.byteLength(stringify(event.body)),
        payloadBytes: Buffer.byteLength(stringify(result)),
      };
    },
  });
  const asRole = (name: string) => () => vault.signedAs(`arn:aws:sts::${ACCOUNT}:assumed-role/${name}/session`);
  const callers = Object.keys(INTEGRATIONS).flatMap((name) => [
    overRest(`${name} over REST with a token`, true, () => vault.authorizationOf(name)),
    directly(`${name} directly with a token`, true, () => vault.authorizationOf(name)),
    overRest(`${name} over REST as a role`, true, asRole(name)),
    directly(`${name} directly as a role`, true, asRole(name)),
  ]);
  const strangers = [
    overRest('no identity over REST', false, () => undefined),
    directly('no identity directly', false, () => undefined),
    overRest('an unknown token', false, () => `Bearer dkt_${'A'.repeat(43)}`),
    directly('an unknown role', false, asRole('unknown')),
  ];
  return { vault, callers: [...callers, ...strangers] };
}

/** Lambda's runtime parses a payload before a function sees it. A body that it could not parse may still come as text. */
function parsedIfJson(body: string): unknown {
  try {
    return parse(body);
  } catch {
    return body;
  }
}

function shape(kind: Shape['kind'], more: Partial<Shape>): Shape {
  return { unit: 'n', length: 1, count: 1024, type: 'unheard.of', mode: 'agent', ...more, kind };
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
