// Encrypting and decrypting a blob beside the bare cipher, and what the bucket costs.

import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';
import {
  CHUNK_BYTES,
  type ChunkStream,
  MESSAGE_SALT_BYTES,
  newMessage,
  opening,
  sealedLength,
  sealing,
} from '../wire/cobblestone.ts';
import { atMost, benchCommand, type Claim, cells, type Findings } from './support/command.ts';
import { progressLine } from './support/progress.ts';
import { quantile, ratios, timeRounds } from './support/rounds.ts';

const HELP = `npx node bench/blobs.ts [--rounds <n>]

Encrypts and decrypts a blob of 4 MB as it goes through the SDK, in pieces of 64 KB, and prints its time as a ratio to that of
the bare cipher: AES-256-GCM on the same chunks of 16 KB, and nothing else. The median over interleaved rounds of one
process, and where the middle 90 % of them lie. Then what S3 adds to a thousand images at list prices.
Exits 1 when a claim is missed.

  --rounds <n>  rounds that count, 10 or more (default 60)
  --help        this text`;

const BLOB_BYTES = 4 * 1024 ** 2;
const PIECE_BYTES = 64 * 1024;
const MOST_TIMES_CIPHER = 1.3;
const WARM_UP_ROUNDS = 10;
const NONCE_BYTES = 12;
const OPTIONS = { authTagLength: 16 };

/** List prices of us-east-1 in USD as of November 2024, S3 Standard. Deletes cost nothing. Source: aws.amazon.com/s3/pricing. */
const USD = { put: 0.005 / 1000, get: 0.0004 / 1000, storedGbMonth: 0.023 } as const;
const IMAGES = 1000;
const IMAGE_BYTES = 200 * 1024;
const DAYS_A_MONTH = 730 / 24;
const GB = 1024 ** 3;

const plaintext = randomBytes(BLOB_BYTES);
const key = randomBytes(32);
// As a key object: Node takes twice as long with the bytes.
const cipherKey = createSecretKey(key);
const context = Buffer.from('a bench');

function streamed(stream: ChunkStream, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    for (const _ of stream.push(bytes.subarray(at, at + PIECE_BYTES)));
  }
  for (const _ of stream.end());
}

/** Chunks with their tags, by the bare cipher. */
function bareChunks(): { bytes: Buffer; tag: Buffer; nonce: Buffer }[] {
  const chunks = [];
  for (let at = 0; at <= plaintext.length; at += CHUNK_BYTES) {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', cipherKey, nonce, OPTIONS);
    const bytes = cipher.update(plaintext.subarray(at, at + CHUNK_BYTES));
    cipher.final();
    chunks.push({ bytes, tag: cipher.getAuthTag(), nonce });
  }
  return chunks;
}

async function measure(rounds: number): Promise<Findings> {
  const progress = progressLine();
  const message = newMessage(key, randomBytes(MESSAGE_SALT_BYTES), context);
  const chunks = sealing(message);
  const sealed = Buffer.concat([...chunks.push(plaintext), ...chunks.end()]);
  const ready = bareChunks();
  const repeated = (run: () => void) => (times: number) => {
    for (let i = 0; i < times; i += 1) run();
  };
  const body = sealed.subarray(sealed.length - sealedLength(BLOB_BYTES) + message.header.length);
  const lanes = {
    seal: {
      run: repeated(() => streamed(sealing(newMessage(key, randomBytes(MESSAGE_SALT_BYTES), context)), plaintext)),
      times: 2,
    },
    bareSeal: { run: repeated(() => void bareChunks()), times: 2 },
    open: { run: repeated(() => streamed(opening(message, { firstChunk: 0, isAtEnd: true }), body)), times: 2 },
    bareOpen: {
      run: repeated(() => {
        for (const { bytes, tag, nonce } of ready) {
          const decipher = createDecipheriv('aes-256-gcm', cipherKey, nonce, OPTIONS).setAuthTag(tag);
          decipher.update(bytes);
          decipher.final();
        }
      }),
      times: 2,
    },
  };
  const timings = await timeRounds(lanes, {
    rounds,
    warmUpRounds: WARM_UP_ROUNDS,
    onRound: (done, total) => progress.show(`round ${done} of ${total}`),
  });
  progress.end();
  const rows: string[][] = [];
  const claims: Claim[] = [];
  for (const [name, ours, bare] of [
    ['encrypting', timings.seal, timings.bareSeal],
    ['decrypting', timings.open, timings.bareOpen],
  ] as const) {
    const over = ratios(ours, bare);
    const claim = atMost(quantile(over, 0.5), MOST_TIMES_CIPHER);
    claims.push(claim);
    rows.push([`${name}: time of the bare cipher`, ...cells(over), ...claim.cells]);
  }
  return {
    tables: [{ header: ['a blob of 4 MB', 'median', 'middle 90 %', 'claim', ''], rows }, costs()],
    claims,
  };
}

/** What the bucket costs. The key of a blob costs what a field costs: see cost.ts. */
function costs() {
  const storedGb = (IMAGES * sealedLength(IMAGE_BYTES)) / GB;
  const put = IMAGES * USD.put;
  const get = IMAGES * USD.get;
  const day = (storedGb * USD.storedGbMonth) / DAYS_A_MONTH;
  const row = (name: string, usd: number) => [name, `$${usd.toFixed(5)}`];
  return {
    header: [`${IMAGES} images of ${IMAGE_BYTES / 1024} KB in S3`, 'list price'],
    rows: [
      row('one upload each', put),
      row('one download each', get),
      row('a day in storage', day),
      row('together', put + get + day),
    ],
  };
}

await benchCommand({ help: HELP, usualRounds: 60 }, measure);
