import { constants, generateKeyPairSync, privateDecrypt, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  logKeyFromDer,
  openSecrets,
  parsePosition,
  positionAt,
  positionOf,
  ROW_ENTROPY_BYTES,
  rowIdIn,
  sealSecrets,
} from '../../../../../vault/domain/console/log-row.ts';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PLACE = { app: 'shop', atMs: 1_790_000_000_000, id: 'AAAAAAAAAAAAAAAA', expiresAtS: 1_790_003_600 };
const SECRETS = { refs: ['dk2_one', 'dk2_two'], entryId: 'e-1', threadId: 't-1' };

function unwrapped(wrappedKey: Buffer): Buffer {
  const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
  return privateDecrypt({ key: privateKey, ...padding }, wrappedKey);
}

test('the holder of the log key reads the refs and IDs of a row', () => {
  const sealed = sealSecrets(publicKey, PLACE, SECRETS, randomBytes(ROW_ENTROPY_BYTES));
  expect(sealed.wrappedKey).toHaveLength(256);
  expect(openSecrets(unwrapped(sealed.wrappedKey), PLACE, sealed)).toEqual(SECRETS);
});

test('a sealed row shows neither refs nor IDs', () => {
  const { box } = sealSecrets(publicKey, PLACE, SECRETS, randomBytes(ROW_ENTROPY_BYTES));
  for (const text of ['dk2_one', 'e-1', 't-1']) expect(box.includes(text)).toBe(false);
});

test.each([
  ['app', { ...PLACE, app: 'clinic' }],
  ['instant', { ...PLACE, atMs: PLACE.atMs + 1 }],
  ['ID', { ...PLACE, id: 'BAAAAAAAAAAAAAAA' }],
  ['expiry', { ...PLACE, expiresAtS: PLACE.expiresAtS + 1 }],
])('a row with another %s does not open', (_, place) => {
  const sealed = sealSecrets(publicKey, PLACE, SECRETS, randomBytes(ROW_ENTROPY_BYTES));
  expect(openSecrets(unwrapped(sealed.wrappedKey), place, sealed)).toBeUndefined();
});

test('a changed box, and a key of another length, do not open', () => {
  const sealed = sealSecrets(publicKey, PLACE, SECRETS, randomBytes(ROW_ENTROPY_BYTES));
  const box = Buffer.from(sealed.box);
  box.writeUInt8(box.readUInt8(20) ^ 1, 20);
  expect(openSecrets(unwrapped(sealed.wrappedKey), PLACE, { ...sealed, box })).toBeUndefined();
  expect(openSecrets(Buffer.alloc(16), PLACE, sealed)).toBeUndefined();
});

test('random bytes and the opened key are zero-filled', () => {
  const entropy = randomBytes(ROW_ENTROPY_BYTES);
  const sealed = sealSecrets(publicKey, PLACE, SECRETS, entropy);
  const key = unwrapped(sealed.wrappedKey);
  openSecrets(key, PLACE, sealed);
  expect([...entropy, ...key].every((byte) => byte === 0)).toBe(true);
});

test('the log key comes from DER', () => {
  const der = publicKey.export({ format: 'der', type: 'spki' });
  expect(logKeyFromDer(der).equals(publicKey)).toBe(true);
});

test('positions sort by time and say where a row stands', () => {
  const id = rowIdIn(randomBytes(ROW_ENTROPY_BYTES));
  const position = positionOf({ atMs: 5, id });
  expect(parsePosition(position)).toEqual({ atMs: 5, id });
  expect(positionAt(5) < position && position < positionAt(6)).toBe(true);
  for (const wrong of ['', '5#x', `${position}x`, position.slice(1), `x${position}`]) {
    expect(parsePosition(wrong)).toBeUndefined();
  }
});
