// How near a request is to what it cannot do without: the bare primitives, one parse and its signed requests.

import { createCipheriv, createHmac, createSecretKey, hash, type KeyObject, randomBytes } from 'node:crypto';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { lean } from '../lambda/aws/lean-sdk.ts';
import { lambdaTelemetry } from '../lambda/aws/telemetry.ts';
import { parseStrictJson } from '../wire/strict-json.ts';
import { atMost, benchCommand, type Claim, cells, type Findings, NO_CLAIM } from './support/command.ts';
import { fieldsOf } from './support/counts.ts';
import { progressLine } from './support/progress.ts';
import { type Contender, cpuNs, quantile, ratios, timeRounds } from './support/rounds.ts';
import type { Table } from './support/table.ts';
import type { Fields } from './support/vault.ts';
import { appName, vaultOnAws } from './support/vault-on-aws.ts';

const HELP = `npx node bench/floor.ts [--rounds <n>]

Compares with a floor in the same run, in CPU time of one process:
  encrypt       1, 10 and 64 fields of 100 B, without the time of the fake of AWS. The floor: for each field six HMACs and two
                AES-256-GCMs; one random draw, one JSON.parse, one JSON.stringify, and two requests signed by bare hashes
  an AWS call   KMS's Encrypt and DynamoDB's PutItem by our clients; the floor: by the SDK's own, with the same answers
  strict JSON   lists of one kind of value; the floor: JSON.parse
  a log line    of a request with two counts; the floor: JSON.stringify and a write of the same text
as ratios: the median over interleaved rounds, and where the middle 90 % of them lie. Exits 1 when a claim is missed.

  --rounds <n>  rounds that count, 10 or more (default 20)
  --help        this text`;

const WARM_UP_ROUNDS = 5;
const FIELD_BYTES = 100;
const FIELDS_A_ROUND = 64;
/** Most times of the floor, by the number of fields. */
const ENCRYPTS = [
  [1, 20],
  [10, 7],
  [64, 3],
] as const;
const MOST_TIMES_SDK = 0.6;
const MOST_TIMES_PARSE = 8;

interface Options {
  readonly rounds: number;
  readonly onRound: (done: number, total: number) => void;
}

type Measured = readonly [Table, Claim[]];

async function measure(rounds: number): Promise<Findings> {
  const progress = progressLine();
  const options = { rounds, onRound: (done: number, total: number) => progress.show(`round ${done} of ${total}`) };
  const measured = [
    await encrypts(options),
    await awsCalls(options),
    await strictJson(options),
    await logLines(options),
  ];
  progress.end();
  return { tables: measured.map(([table]) => table), claims: measured.flatMap(([, claims]) => claims) };
}

async function encrypts(options: Options): Promise<Measured> {
  const rows: string[][] = [];
  const claims: Claim[] = [];
  for (const [count, most] of ENCRYPTS) {
    const { aws, vault, answeringNs } = await vaultOnAws();
    const fields = fieldsOf(count, FIELD_BYTES);
    const encrypt = async (times: number) => {
      for (let i = 0; i < times; i += 1) await vault.encrypt(appName(0), fields);
      aws.table('vault').clear();
      aws.take();
    };
    const times = Math.max(8, Math.ceil(FIELDS_A_ROUND / count));
    const lanes = { ours: { run: encrypt, times }, floor: { run: floorOf(fields), times } };
    const nowNs = () => cpuNs() - answeringNs();
    const timings = await timeRounds(lanes, { ...options, warmUpRounds: WARM_UP_ROUNDS, nowNs });
    const over = ratios(timings.ours, timings.floor);
    const claim = atMost(quantile(over, 0.5), most);
    claims.push(claim);
    rows.push([count === 1 ? '1 field' : `${count} fields`, ...cells(over), ...claim.cells]);
  }
  return [{ header: ['encrypt in times of the floor', 'median', 'middle 90 %', 'claim', ''], rows }, claims];
}

/** The least that a request to encrypt can do, by any implementation. */
function floorOf(fields: Fields): Contender {
  const body = JSON.stringify({ fields });
  const values = Object.values(fields).map((value) => Buffer.alloc(Math.ceil(value.length / 64) * 64, value));
  const context = randomBytes(80);
  const signingKey = createSecretKey(randomBytes(32));
  const hmac = (key: KeyObject, text: Buffer | string) => createHmac('sha256', key).update(text).digest();
  const seal = (nonce: Buffer, plaintext: Buffer) => {
    const key = createSecretKey(hmac(signingKey, context));
    const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 }).setAAD(context);
    return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  };
  const sign = (text: string) => {
    const canonical = `POST\n/\n\nhost:kms.eu-central-1.amazonaws.com\n\nhost\n${hash('sha256', text)}`;
    return hmac(signingKey, hash('sha256', canonical)).toString('hex');
  };
  return (times) => {
    for (let i = 0; i < times; i += 1) {
      const parsed = JSON.parse(body) as { fields: Fields };
      const entropy = randomBytes(96 * values.length);
      const sealed = values.map((value, at) => {
        // With the key of each AES-256-GCM these are six.
        for (let count = 0; count < 4; count += 1) hmac(signingKey, context);
        const own = entropy.subarray(96 * at, 96 * (at + 1));
        return [seal(own.subarray(0, 12), value), seal(own.subarray(12, 24), own.subarray(24, 56))];
      });
      const stored = JSON.stringify(sealed.map((both) => both.map((bytes) => bytes.toString('base64'))));
      if (Object.keys(parsed.fields).length !== values.length || !sign(stored) || !sign(body.slice(0, 200))) {
        throw new Error('the floor does not do its work');
      }
    }
  };
}

async function awsCalls(options: Options): Promise<Measured> {
  const encrypt = { KeyId: 'a-key', Plaintext: Buffer.alloc(60), EncryptionContext: { v: '2', app: 'shop', x: '17' } };
  const put = { TableName: 'vault', Item: { pk: { S: 'b#1' }, wrapped: { B: Buffer.alloc(200) } } };
  const blob = JSON.stringify({ CiphertextBlob: Buffer.alloc(200).toString('base64') });
  const kms = (change: typeof lean) => {
    const client = change(new KMSClient({ ...clientThat(blob), cacheMiddleware: change === lean }));
    return repeated(() => client.send(new EncryptCommand(encrypt)));
  };
  const dynamo = (change: typeof lean) => {
    const client = change(new DynamoDBClient(clientThat('{}')));
    return repeated(() => client.send(new PutItemCommand(put)));
  };
  const rows: string[][] = [];
  const claims: Claim[] = [];
  for (const [name, make] of [
    ['KMS: Encrypt', kms],
    ['DynamoDB: PutItem', dynamo],
  ] as const) {
    const lanes = { ours: { run: make(lean), times: 100 }, sdk: { run: make((client) => client), times: 100 } };
    const timings = await timeRounds(lanes, { ...options, warmUpRounds: WARM_UP_ROUNDS });
    const of = ratios(timings.ours, timings.sdk);
    const claim = atMost(quantile(of, 0.5), MOST_TIMES_SDK);
    claims.push(claim);
    rows.push([name, ...cells(of), ...claim.cells]);
  }
  return [{ header: ["an AWS call in times of the SDK's own", 'median', 'middle 90 %', 'claim', ''], rows }, claims];
}

/** Configuration of an SDK client that is answered without a network. */
function clientThat(body: string) {
  const handle = async () => ({ response: { statusCode: 200, headers: {}, body: Buffer.from(body) } });
  return {
    region: 'eu-central-1',
    // As long as the token of a role.
    credentials: { accessKeyId: 'fake', secretAccessKey: 'fake', sessionToken: 'x'.repeat(800) },
    requestHandler: { handle } as never,
  };
}

async function strictJson(options: Options): Promise<Measured> {
  const listOf = (value: (at: number) => string) => `[${Array.from({ length: 5000 }, (_, at) => value(at)).join(',')}]`;
  const kinds = {
    'whole numbers': listOf(String),
    'short decimals': listOf((at) => `${at}.25`),
    exponents: listOf((at) => `${at}e5`),
    'decimals with zeros behind': listOf((at) => `${at}.${'0'.repeat(30)}`),
    'numbers of 17 digits': listOf((at) => String((at + 1) / 7919)),
    'numbers of 17 digits and an exponent': listOf((at) => ((at + 1) / 7919).toExponential()),
    'white space': listOf((at) => `${' '.repeat(50)}${at}`),
    texts: listOf((at) => `"text ${at}"`),
    escapes: listOf(() => '"\\u00e4"'),
    'objects of one name': listOf(() => '{"a":1}'),
  };
  const rows: string[][] = [];
  const worst: number[] = [];
  for (const [kind, text] of Object.entries(kinds)) {
    const lanes = {
      ours: { run: repeated(() => parseStrictJson(text)), times: 5 },
      parse: { run: repeated(() => JSON.parse(text)), times: 5 },
    };
    const timings = await timeRounds(lanes, { ...options, warmUpRounds: WARM_UP_ROUNDS });
    const over = ratios(timings.ours, timings.parse);
    worst.push(quantile(over, 0.5));
    rows.push([kind, ...cells(over), ...NO_CLAIM]);
  }
  const claim = atMost(Math.max(...worst), MOST_TIMES_PARSE);
  rows.push(['the worst of them', `${Math.max(...worst).toFixed(2)}x`, '', ...claim.cells]);
  return [{ header: ['strict JSON in times of JSON.parse', 'median', 'middle 90 %', 'claim', ''], rows }, [claim]];
}

async function logLines(options: Options): Promise<Measured> {
  const request = {
    operation: 'decrypt',
    status: 200,
    requestId: 'a-request',
    durationMs: 7,
    app: 'shop',
    integration: 'web',
  };
  const telemetry = lambdaTelemetry('Vault', { withRequest: true });
  const ours = () => {
    telemetry.count('FieldsOpened', 10);
    telemetry.count('Throttled', 1);
    telemetry.request(request);
  };
  const written = writing(ours);
  const floor = () => process.stdout.write(`${JSON.stringify(written)}\n`);
  const quietly = (work: () => unknown) => (times: number) => {
    for (let i = 0; i < times; i += 1) writing(work);
  };
  const lanes = { ours: { run: quietly(ours), times: 500 }, floor: { run: quietly(floor), times: 500 } };
  const over = await timeRounds(lanes, { ...options, warmUpRounds: WARM_UP_ROUNDS });
  const rows = [['a request with two counts', ...cells(ratios(over.ours, over.floor))]];
  return [{ header: ['a log line in times of printing it', 'median', 'middle 90 %'], rows }, []];
}

/** What some work writes to standard output, which does not get it. */
function writing(work: () => unknown): unknown {
  const { write } = process.stdout;
  let text = '';
  process.stdout.write = (chunk: string | Uint8Array) => {
    text += String(chunk);
    return true;
  };
  try {
    work();
  } finally {
    process.stdout.write = write;
  }
  return JSON.parse(text);
}

function repeated(work: () => unknown): Contender {
  return async (times) => {
    for (let i = 0; i < times; i += 1) await work();
  };
}

await benchCommand({ help: HELP, usualRounds: 20 }, measure);
