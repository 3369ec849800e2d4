// Sealing and opening one field, beside the AWS Encryption SDK and beside the bare primitives.

import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';
import {
  AlgorithmSuiteIdentifier,
  buildClient,
  CommitmentPolicy,
  RawAesKeyringNode,
  RawAesWrappingSuiteIdentifier,
} from '@aws-crypto/client-node';
import { KEY_BYTES, NONCE_BYTES, TAG_BYTES } from '../vault/domain/envelope/aes-gcm.ts';
import { associatedData } from '../vault/domain/envelope/associated-data.ts';
import { type BundlePlace, bundleEntropyBytes, openFromBundle, sealBundle } from '../vault/domain/envelope/bundle.ts';
import { COMMITMENT_BYTES, deriveFromRefKek, POSSESSION_TAG_BYTES } from '../vault/domain/envelope/derive.ts';
import { isHeldBy } from '../vault/domain/envelope/field.ts';
import { padded } from '../vault/domain/envelope/padding.ts';
import { parseRef, REF_ID_BYTES } from '../vault/domain/envelope/ref.ts';
import { atLeast, atMost, benchCommand, type Claim, cells, type Findings } from './support/command.ts';
import { progressLine } from './support/progress.ts';
import { type Contender, type Lane, quantile, ratios, timeRounds } from './support/rounds.ts';

const HELP = `npx node bench/seal-open.ts [--rounds <n>]

Seals and opens one field of 100 B and of 1 KB and prints how Daykey's envelope (no KMS call) compares with
  the SDK         @aws-crypto/client-node, committing suite without signature, raw AES keyring
  the primitives  the same AES-GCM, HKDF and random calls on the same sizes, and nothing else
as ratios of CPU time: the median over interleaved rounds of one process, and where the middle 90 % of them lie.
Exits 1 when a claim is missed.

  --rounds <n>  rounds that count, 10 or more (default 60)
  --help        this text`;

const SIZES = [
  { name: '100 B', bytes: 100 },
  { name: '1 KB', bytes: 1024 },
];
const LEAST_FASTER_THAN_SDK = 10;
const MOST_TIMES_PRIMITIVES = 2;
const WARM_UP_ROUNDS = 20;
const PLACE: BundlePlace = {
  app: 'support-bot',
  pool: 'own',
  slot: 1_780_000_000,
  createdAtS: 1_780_000_000,
  expiresAtS: 1_780_086_400,
};

/** A JSON text of exactly so many bytes. */
function jsonOf(bytes: number): string {
  return JSON.stringify('x'.repeat(bytes - 2));
}

function daykey(json: string): Contender {
  return (times) => {
    for (let i = 0; i < times; i += 1) {
      const bundle = sealBundle(PLACE, [json], randomBytes(bundleEntropyBytes(1)));
      const ref = parseRef(bundle.refs[0] ?? '');
      const stored = bundle.sealedFields[0];
      if (!ref || !stored) throw new Error('sealing gave no ref');
      // As the vault does it: possession first, then KMS, then the rest.
      const secrets = deriveFromRefKek(ref.refKek, ref.refId, ref.index);
      const opened = isHeldBy(secrets, stored) && openFromBundle(PLACE, stored, bundle.innerWraps, ref, secrets);
      if (opened !== json) throw new Error('what was sealed did not open');
    }
  };
}

function awsEncryptionSdk(json: string): Contender {
  const { encrypt, decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT);
  const keyring = new RawAesKeyringNode({
    keyNamespace: 'daykey-bench',
    keyName: 'app-kek',
    // The SDK wants a separate buffer, not a slice of a pool.
    unencryptedMasterKey: new Uint8Array(randomBytes(KEY_BYTES)),
    wrappingSuite: RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
  });
  const options = {
    suiteId: AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY,
    encryptionContext: { v: '1', app: PLACE.app, slot: String(PLACE.slot), expires: String(PLACE.expiresAtS) },
  };
  return async (times) => {
    for (let i = 0; i < times; i += 1) {
      const { result } = await encrypt(keyring, json, options);
      const { plaintext } = await decrypt(keyring, result);
      if (plaintext.toString() !== json) throw new Error('what was encrypted did not decrypt');
    }
  };
}

/** What sealing and opening cannot do without: one random draw, two seals, two opens, six derivations. */
function primitives(json: string): Contender {
  const place = { ...PLACE, refId: randomBytes(REF_ID_BYTES), index: 0 };
  const valueData = associatedData('daykey/v2/value', place);
  const dekData = associatedData('daykey/v2/dek', place);
  const value = padded(json);
  const labels = ['key', 'commitment', 'ref\0'].map((label) => Buffer.from(`daykey/v2/${label}`));
  const [keyLabel, commitmentLabel, refLabel] = labels as [Buffer, Buffer, Buffer];
  const derive = (dek: Buffer) => {
    const secret = createSecretKey(dek);
    const key = Buffer.from(hkdfSync('sha256', secret, place.refId, keyLabel, KEY_BYTES));
    hkdfSync('sha256', secret, place.refId, commitmentLabel, COMMITMENT_BYTES);
    return key;
  };
  const wrapKey = (refKek: Buffer) => {
    const secret = createSecretKey(refKek);
    const okm = hkdfSync('sha256', secret, place.refId, refLabel, KEY_BYTES + POSSESSION_TAG_BYTES);
    return Buffer.from(okm, 0, KEY_BYTES);
  };
  return (times) => {
    for (let i = 0; i < times; i += 1) {
      const entropy = randomBytes(bundleEntropyBytes(1));
      const [dek, refKek] = [entropy.subarray(0, KEY_BYTES), entropy.subarray(KEY_BYTES, 2 * KEY_BYTES)];
      const [valueNonce, dekNonce] = [entropy.subarray(64, 64 + NONCE_BYTES), entropy.subarray(76, 76 + NONCE_BYTES)];
      const sealedValue = encrypt(createSecretKey(derive(dek)), valueNonce, value, valueData);
      const sealedDek = encrypt(createSecretKey(wrapKey(refKek)), dekNonce, dek, dekData);
      const opened = decrypt(createSecretKey(wrapKey(refKek)), dekNonce, sealedDek, dekData);
      decrypt(createSecretKey(derive(opened)), valueNonce, sealedValue, valueData);
    }
  };
}

interface Encrypted {
  bytes: Buffer;
  tag: Buffer;
}

const TAG_LENGTH = { authTagLength: TAG_BYTES };

function encrypt(key: KeyObject, nonce: Buffer, plaintext: Buffer, data: Buffer): Encrypted {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, TAG_LENGTH).setAAD(data);
  const bytes = cipher.update(plaintext);
  cipher.final();
  return { bytes, tag: cipher.getAuthTag() };
}

function decrypt(key: KeyObject, nonce: Buffer, { bytes, tag }: Encrypted, data: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, TAG_LENGTH).setAAD(data).setAuthTag(tag);
  const plaintext = decipher.update(bytes);
  decipher.final();
  return plaintext;
}

async function measure(rounds: number): Promise<Findings> {
  const progress = progressLine();
  const rows: string[][] = [];
  const claims: Claim[] = [];
  for (const { name, bytes } of SIZES) {
    const json = jsonOf(bytes);
    const lanes: Record<'daykey' | 'sdk' | 'primitives', Lane> = {
      daykey: { run: daykey(json), times: 200 },
      sdk: { run: awsEncryptionSdk(json), times: 15 },
      primitives: { run: primitives(json), times: 200 },
    };
    const timings = await timeRounds(lanes, {
      rounds,
      warmUpRounds: WARM_UP_ROUNDS,
      onRound: (done, total) => progress.show(`${name}: round ${done} of ${total}`),
    });
    const faster = ratios(timings.sdk, timings.daykey);
    const over = ratios(timings.daykey, timings.primitives);
    const fast = atLeast(quantile(faster, 0.5), LEAST_FASTER_THAN_SDK);
    const near = atMost(quantile(over, 0.5), MOST_TIMES_PRIMITIVES);
    claims.push(fast, near);
    rows.push(
      [`${name}: faster than the SDK`, ...cells(faster), ...fast.cells],
      [`${name}: time of the primitives`, ...cells(over), ...near.cells],
    );
  }
  progress.end();
  return { tables: [{ header: ['seal and open one field', 'median', 'middle 90 %', 'claim', ''], rows }], claims };
}

await benchCommand({ help: HELP, usualRounds: 60 }, measure);
