// Whatever is wrong with a ref or with what is stored behind it, the answer is the same: not a byte tells why.

import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { primaryKey } from '../../lambda/dynamo/bundle-item.ts';
import { slotKey } from '../../lambda/dynamo/ring-key.ts';
import { bundleIdIn, formatRef, parseRef, refIdFor } from '../../vault/domain/envelope/ref.ts';
import { bytesFrom, present, upTo, withBitFlipped } from '../support/envelope.ts';
import { ask, aToken, documents, type Item, opened, sealed, storedBehind } from '../support/vault.ts';

const STARS = '{"status":"redacted","value":"★★★★★"}';
const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const BODY_BYTES = 53;
const TOKENS_A_REQUEST = 64;

/** The answer to one ref, byte for byte. */
async function answerTo(token: string, integration = 'desk') {
  const { status, text } = await ask(integration, 'decrypt', { refs: { value: token } });
  return { status, text };
}

/** How many of these refs, each under another name, are answered with anything but stars. */
async function notRedacted(tokens: readonly string[]): Promise<string[]> {
  const names: string[] = [];
  for (let start = 0; start < tokens.length; start += TOKENS_A_REQUEST) {
    const some = tokens.slice(start, start + TOKENS_A_REQUEST).map((token, i) => [`ref${start + i}`, token]);
    const values = await opened(Object.fromEntries(some));
    for (const [name] of some) if (JSON.stringify(values[String(name)]) !== STARS) names.push(String(name));
  }
  return names;
}

/** The ref with bytes of its body changed and a checksum that fits them. */
function resealed(token: string, change: (body: Buffer) => void): string {
  const bytes = Buffer.from(token.slice(4), 'base64url');
  change(bytes.subarray(0, BODY_BYTES));
  bytes.writeUInt32BE(crc32(bytes.subarray(0, BODY_BYTES), crc32('dk2_')), BODY_BYTES);
  return `dk2_${bytes.toString('base64url')}`;
}

const ANSWER = { status: 200, text: `{"values":{"value":${STARS}}}` };

describe('a ref is answered with stars, byte for byte,', () => {
  test('only when something is wrong with it', async () => {
    const token = await aToken('x');
    expect((await answerTo(token)).text).toContain('"status":"ok","value":"x"');
    expect(resealed(token, () => {})).toBe(token);
  });

  test('when it is unknown', async () => {
    const refId = refIdFor(Math.floor(Date.now() / 1000) + 60, bytesFrom('an unknown bundle', 15));
    expect(await answerTo(formatRef({ refId, index: 0, refKek: bytesFrom('no key', 32) }))).toEqual(ANSWER);
  });

  test('when its expiry is further away than any vault allows', async () => {
    const refId = refIdFor(2 ** 32 - 1, bytesFrom('an unknown bundle', 15));
    expect(await answerTo(formatRef({ refId, index: 0, refKek: bytesFrom('no key', 32) }))).toEqual(ANSWER);
  });

  test.each([
    ['empty', () => ''],
    ['no ref', () => 'maya@example.org'],
    ['cut short', (token: string) => token.slice(0, -1)],
    ['cut to its beginning', (token: string) => token.slice(0, 4)],
    ['longer by a character', (token: string) => `${token}A`],
    ['padded', (token: string) => `${token}=`],
    ['in white space', (token: string) => ` ${token}\n`],
    ['in upper case', (token: string) => token.toUpperCase()],
    ['of another format', (token: string) => token.replace('dk2_', 'dk1_')],
    ['a million characters long', () => `dk2_${'A'.repeat(1_000_000)}`],
  ])('when it is %s', async (_, spoiled) => {
    expect(await answerTo(spoiled(await aToken()))).toEqual(ANSWER);
  });

  test('when it has expired', async () => {
    const endsAtMs = (Math.floor(Date.now() / 1000) + 2) * 1000;
    const { refs } = await sealed({ value: 'x' }, { notAfter: new Date(endsAtMs).toISOString() });
    await sleep(Math.max(0, endsAtMs - Date.now()));
    expect(await answerTo(present(refs.value))).toEqual(ANSWER);
  });

  test("when it is another app's", async () => {
    expect(await answerTo(await aToken('x', 'clinic-web'))).toEqual(ANSWER);
    expect(await answerTo(await aToken('x', 'web'), 'clinic-desk')).toEqual(ANSWER);
  });

  test('when any of its characters is another one', async () => {
    const token = await aToken();
    const changed = upTo(token.length).map((at) => {
      const other = BASE64URL[(BASE64URL.indexOf(token[at] ?? '') + 1) % BASE64URL.length];
      return token.slice(0, at) + other + token.slice(at + 1);
    });
    expect(await notRedacted(changed)).toEqual([]);
  });

  test('when any of its bytes is another one and the checksum fits', async () => {
    const token = await aToken();
    const changed = upTo(BODY_BYTES).map((at) =>
      resealed(token, (body) => body.writeUInt8(body.readUInt8(at) ^ 1, at)),
    );
    expect(changed.filter((other) => parseRef(other) !== undefined).length).toBeGreaterThan(50);
    expect(await notRedacted(changed)).toEqual([]);
  });

  test('when any bit of its ref KEK is another one and the checksum fits', async () => {
    const token = await aToken();
    const changed = upTo(256).map((bit) =>
      resealed(token, (body) => withBitFlipped(body.subarray(21), bit).copy(body, 21)),
    );
    expect(await notRedacted(changed)).toEqual([]);
  });

  test('when it points to another field of its bundle', async () => {
    const { refs } = await sealed({ a: 'first', b: 'second' });
    const [a, b] = [parseRef(present(refs.a)), parseRef(present(refs.b))].map(present);
    expect(await answerTo(formatRef({ ...present(a), index: present(b).index }))).toEqual(ANSWER);
    expect(await answerTo(formatRef({ ...present(a), index: 63 }))).toEqual(ANSWER);
  });

  test("when it holds the ref KEK of one ref and another's bundle", async () => {
    const [a, b] = [parseRef(await aToken('a')), parseRef(await aToken('b'))].map(present);
    expect(await answerTo(formatRef({ ...present(a), refKek: present(b).refKek }))).toEqual(ANSWER);
  });

  test('when a spare bit is set', async () => {
    const token = await aToken();
    for (const bit of [0x40, 0x80]) {
      expect(await answerTo(resealed(token, (body) => body.writeUInt8(body.readUInt8(1) ^ bit, 1)))).toEqual(ANSWER);
    }
  });

  test('beside refs that open', async () => {
    const token = await aToken('x');
    const values = await opened({ good: token, bad: `${token.slice(0, -1)}!` });
    expect(values.good).toMatchObject({ status: 'ok', value: 'x' });
    expect(JSON.stringify(values.bad)).toBe(STARS);
  });
});

// The emulator's KMS is an XOR that authenticates nothing, so here every refusal is the envelope's own.
describe('a stored bundle is answered with stars, byte for byte,', () => {
  const bytesOf = (value: unknown) => Buffer.from(value as Uint8Array);
  const readFields = (item: Item) => item.fields as Record<string, Uint8Array>;

  test.each<[string, (item: Item) => Item]>([
    ['its creation is a second later', ({ createdAt }) => ({ createdAt: Number(createdAt) + 1 })],
    ['its creation is a second earlier', ({ createdAt }) => ({ createdAt: Number(createdAt) - 1 })],
    ['its slot is one that the ring does not know', ({ slot }) => ({ slot: Number(slot) - 1 })],
    ['it has no wrap', () => ({ wrapped: undefined })],
    ['its wrap is cut short', ({ wrapped }) => ({ wrapped: bytesOf(wrapped).subarray(0, -1) })],
    ['its wrap ends in another bit', ({ wrapped }) => ({ wrapped: withLastBitFlipped(bytesOf(wrapped)) })],
    ['its field is gone', () => ({ fields: {} })],
    ['its field is no map', () => ({ fields: 'x' })],
    ['its field is empty', () => ({ fields: { 0: new Uint8Array() } })],
    ['its layout is another version', () => ({ v: 3 })],
    ['its creation is no number', ({ createdAt }) => ({ createdAt: String(createdAt) })],
  ])('when %s', async (_, change) => {
    const token = await aToken();
    const { item, replace } = await storedBehind(token);
    await replace(change(item));
    expect(await answerTo(token)).toEqual(ANSWER);
  });

  // possession tag 16, content type 1, commitment 32, nonce 12, then ciphertext and tag
  test.each([
    ['possession tag', 0],
    ['content type', 16],
    ['commitment', 17],
    ['nonce', 49],
    ['ciphertext', 61],
    ['tag', -1],
  ])('when a bit of the %s is another one', async (_, at) => {
    const token = await aToken();
    const { item, replace } = await storedBehind(token);
    const ciphertext = bytesOf(readFields(item)[0]);
    await replace({ fields: { 0: withBitFlipped(ciphertext, 8 * (at < 0 ? ciphertext.length + at : at)) } });
    expect(await answerTo(token)).toEqual(ANSWER);
  });

  test('when two of its fields are swapped', async () => {
    const { refs } = await sealed({ a: 'same length', b: 'other words' });
    const { item, replace } = await storedBehind(present(refs.a));
    const { 0: first, 1: second } = readFields(item);
    await replace({ fields: { 0: second, 1: first } });
    expect(await notRedacted(Object.values(refs))).toEqual([]);
  });

  test("when it has another bundle's wrap", async () => {
    const [token, other] = [await aToken('a'), await aToken('b')];
    const { replace } = await storedBehind(token);
    await replace({ wrapped: (await storedBehind(other)).item.wrapped });
    expect(await answerTo(token)).toEqual(ANSWER);
  });

  test("when it has another bundle's field", async () => {
    const [token, other] = [await aToken('a'), await aToken('b')];
    const { replace } = await storedBehind(token);
    await replace({ fields: (await storedBehind(other)).item.fields });
    expect(await answerTo(token)).toEqual(ANSWER);
  });

  test('when it is moved under another name', async () => {
    const [token, other] = [await aToken('a'), await aToken('b')];
    const { pk: _pk, sk: _sk, ...content } = (await storedBehind(token)).item;
    const { replace } = await storedBehind(other);
    await replace(content);
    const moved = formatRef({ ...present(parseRef(token)), refId: present(parseRef(other)).refId });
    expect(await answerTo(moved)).toEqual(ANSWER);
  });

  test('when it is moved to a later expiry, and the ref with it', async () => {
    const token = await aToken('a');
    const ref = present(parseRef(token));
    const { item } = await storedBehind(token);
    const later = { app: 'shop', expiresAtS: ref.expiresAtS + 60, id: bundleIdIn(ref.refId) };
    const Item = { ...item, ...primaryKey(later), expiresAt: later.expiresAtS };
    await documents().send(new PutCommand({ TableName: inject('vault').tables.vault, Item }));
    const refId = refIdFor(later.expiresAtS, ref.refId.subarray(4));
    expect(await answerTo(formatRef({ ...ref, refId }))).toEqual(ANSWER);
  });
});

describe('a bundle that is moved to another slot with the same key', () => {
  let ring: { table: string; row: Item; older: Item };

  // A second slot with the same key: only the associated data and the encryption context tell the two apart.
  beforeAll(async () => {
    const table = inject('vault').tables.ring;
    const slot = Number((await storedBehind(await aToken())).item.slot);
    const { Item: found } = await documents().send(
      new GetCommand({ TableName: table, Key: slotKey({ app: 'shop' }, slot) }),
    );
    const row = present(found as Item | undefined);
    const older: Item = { ...row, ...slotKey({ app: 'shop' }, slot - 60), slot: slot - 60 };
    ring = { table, row, older };
    await documents().send(new PutCommand({ TableName: table, Item: older }));
  });

  afterAll(async () => {
    const { pk, sk } = ring.older;
    await documents().send(new DeleteCommand({ TableName: ring.table, Key: { pk, sk } }));
  });

  // The key's policy names its slot. A refusal before the end of the bucket is never an answer about the value.
  test('is refused by KMS, and answered with a 503 that holds no value', async () => {
    const ref = await aToken();
    const { replace } = await storedBehind(ref);
    await replace({ slot: ring.older.slot });
    const { status, text } = await answerTo(ref);
    expect([status, JSON.parse(text)]).toEqual([503, expect.objectContaining({ code: 'unavailable' })]);
  });
});

function withLastBitFlipped(bytes: Buffer): Buffer {
  return withBitFlipped(bytes, 8 * bytes.length - 1);
}
