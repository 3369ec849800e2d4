// Requests that try to cost more than they should, beside parsing and printing the same requests.

import { createCipheriv, randomBytes } from 'node:crypto';
import { memoryParts } from '../client/testing/parts.ts';
import { DEFAULT_LIFE } from '../vault/domain/kek-life/life.ts';
import { callFromHttp } from '../vault/operations/http-call.ts';
import type { Operation } from '../wire/operations.ts';
import { parseStrictJson } from '../wire/strict-json.ts';
import { atMost, benchCommand, cells, type Findings } from './support/command.ts';
import { progressLine } from './support/progress.ts';
import { type Lane, quantile, ratios, timeRounds } from './support/rounds.ts';

const HELP = `npx node bench/hostile.ts [--rounds <n>]

Sends requests of 1 MB whose JSON is costly to walk: many small values, names, escapes, digits and white space. Prints the
CPU time of each operation as a ratio to JSON.parse and JSON.stringify of the same request in the same run, for the worst
shape: the median over interleaved rounds of one process, and where the middle 90 % of them lie. A request takes all of the way from
HTTP headers to the text of the answer, on the memory adapters. encrypt is compared with parsing, printing and one AES-256-GCM
of the same bytes. The others seal and open nothing: seal-open measures that, and a request has at most 1,024 values to seal or
open.
Strict JSON by itself is compared with JSON.parse.
Exits 1 when a claim is missed.

  --rounds <n>  rounds that count, 10 or more (default 20)
  --help        this text`;

const MOST_TIMES_PARSE_AND_PRINT = 3;
const WARM_UP_ROUNDS = 10;
/** Five lists, because a field has at most 256 KB. */
const LISTS = 5;
const LIST_BYTES = 200_000;
const APP = 'shop';

/** What fills a body: one value of a list, or one member of an object. */
const SHAPES = {
  'texts of 100 characters': () => JSON.stringify('a'.repeat(100)),
  'entries of a platform': (i: number) => `{"id":${i},"email":"maya@example.org","tags":["a","b"],"open":true}`,
  'empty objects': () => '{}',
  'empty arrays': () => '[]',
  'objects with one name': () => '{"a":1}',
  'small numbers': () => '1',
  'numbers with many digits': (i: number) => `${i}.1234567891`,
  'doubles of 17 digits': (i: number) => String(doubleOf(i)),
  'doubles of 17 digits and an exponent': (i: number) => doubleOf(i).toExponential(),
  'white space': (i: number) => `${' '.repeat(50)}${i}`,
  'empty texts': () => '""',
  'escaped letters': () => `"${'\\u0061'.repeat(100)}"`,
  'short escapes beside a surrogate pair': (i: number) => (i === 0 ? '"\\ud83d\\ude00"' : '"\\n"'),
  'escaped quotes': () => `"${'\\"a'.repeat(100)}"`,
} as const satisfies Readonly<Record<string, (i: number) => string>>;

type Shape = keyof typeof SHAPES;

interface Timing {
  readonly shape: Shape;
  readonly ratio: number[];
}

/** Requests that the vault answers without sealing or opening anything; encrypt seals one field. */
const REQUESTS = {
  encrypt: (data) => `{"fields":${data}}`,
  incoming: (data) => `{"entry":{"type":"text.say","data":${data}},"thread":{"mode":"bot"}}`,
  outgoing: (data) => `{"entry":${data}}`,
  explain: (data) => `{"entry":{"type":"text.say","data":${data}},"thread":{"mode":"agent"}}`,
} as const satisfies Partial<Record<Operation, (data: string) => string>>;

type Measured = keyof typeof REQUESTS;

const OPERATIONS = Object.keys(REQUESTS) as Measured[];

async function measure(rounds: number): Promise<Findings> {
  const progress = progressLine();
  const send = await sender();
  const timings = new Map<Measured, Timing[]>(OPERATIONS.map((name) => [name, []]));
  const strict: Timing[] = [];
  for (const [shape, unit] of Object.entries(SHAPES) as [Shape, (i: number) => string][]) {
    const data = dataOf(unit);
    const outgoing = REQUESTS.outgoing(data);
    const lane = (operation: Measured): Lane => {
      const body = REQUESTS[operation](data);
      return { run: () => send(operation, body), times: 1 };
    };
    const lanes = {
      encrypt: lane('encrypt'),
      incoming: lane('incoming'),
      outgoing: lane('outgoing'),
      explain: lane('explain'),
      parseAndPrint: { run: () => void parsedAndPrinted(outgoing), times: 1 },
      parse: { run: () => void JSON.parse(outgoing), times: 1 },
      strictParse: { run: () => void parseStrictJson(outgoing), times: 1 },
      parsePrintAndSeal: { run: () => void sealed(parsedAndPrinted(outgoing)), times: 1 },
    };
    const ns = await timeRounds(lanes, {
      rounds,
      warmUpRounds: WARM_UP_ROUNDS,
      onRound: (done, total) => progress.show(`${shape}: round ${done} of ${total}`),
    });
    strict.push({ shape, ratio: ratios(ns.strictParse, ns.parse) });
    for (const operation of OPERATIONS) {
      timings.get(operation)?.push({
        shape,
        ratio: ratios(ns[operation], operation === 'encrypt' ? ns.parsePrintAndSeal : ns.parseAndPrint),
      });
    }
  }
  progress.end();
  const worst = OPERATIONS.map((operation) => {
    const { shape, ratio } = worstOf(timings.get(operation) ?? []);
    const claim = atMost(quantile(ratio, 0.5), MOST_TIMES_PARSE_AND_PRINT);
    return { claim, row: [`${operation}: ${shape}`, ...cells(ratio), ...claim.cells] };
  });
  const header = ['time of parse and print, worst shape', 'median', 'middle 90 %', 'claim', ''];
  const strictRow = worstOf(strict);
  const strictRows = [[strictRow.shape, ...cells(strictRow.ratio)]];
  return {
    tables: [
      { header, rows: worst.map(({ row }) => row) },
      { header: ['strict JSON in times of JSON.parse, worst shape', 'median', 'middle 90 %'], rows: strictRows },
    ],
    claims: worst.map(({ claim }) => claim),
  };
}

function worstOf(timings: readonly Timing[]): Timing {
  const [first] = timings.toSorted((a, b) => quantile(b.ratio, 0.5) - quantile(a.ratio, 0.5));
  if (first === undefined) throw new Error('nothing was measured');
  return first;
}

/** A number that takes all 17 digits, another one for each index. */
function doubleOf(index: number): number {
  return (index + 0.1) / 3e5;
}

/** Sends a request as a caller that gets no plaintext. */
async function sender(): Promise<(operation: Operation, body: string) => Promise<void>> {
  const parts = memoryParts({ startsAtMs: 1_800_000_000_000 });
  const integrations = { reports: { kind: 'other', processSensitive: false, roles: [] } } as const;
  await parts.setUp({
    app: APP,
    life: DEFAULT_LIFE,
    defaultTtlS: DEFAULT_LIFE.maxTtlS,
    integrations,
    state: 'live',
  });
  const headers = [
    ['Authorization', [parts.issueToken(APP, 'reports')]],
    ['Content-Type', ['application/json']],
  ] as const;
  return async (operation, body) => {
    const call = callFromHttp({ requestId: 'a-request', operation, app: APP, headers, body });
    const { status, text } = await parts.respond(call);
    if (status !== 200) throw new Error(`${operation} was answered ${status}: ${text}`);
  };
}

function parsedAndPrinted(text: string): string {
  return JSON.stringify(JSON.parse(text));
}

function sealed(text: string): Buffer {
  const cipher = createCipheriv('aes-256-gcm', randomBytes(32), randomBytes(12));
  return Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
}

function dataOf(unit: (i: number) => string): string {
  const list = listOf(unit);
  return `{${Array.from({ length: LISTS }, (_, i) => `"list${i}":${list}`).join(',')}}`;
}

function listOf(unit: (i: number) => string): string {
  const units: string[] = [];
  for (let bytes = 0; bytes < LIST_BYTES; bytes += (units.at(-1) ?? '').length + 1) units.push(unit(units.length));
  return `[${units.join(',')}]`;
}

await benchCommand({ help: HELP, usualRounds: 20 }, measure);
