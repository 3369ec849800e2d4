// Buffers that held a key or a plaintext are zero-filled once the envelope has used them.

import crypto, { createHmac, Decipheriv } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { expect, test, vi } from 'vitest';
import { appHalf, sealUnderHalf } from '../../../../../vault/domain/envelope/app-half.ts';
import { attachProof } from '../../../../../vault/domain/envelope/attach-proof.ts';
import { bundleEntropyBytes, openFromBundle, sealBundle } from '../../../../../vault/domain/envelope/bundle.ts';
import { wrapContext } from '../../../../../vault/domain/envelope/context.ts';
import {
  derive,
  deriveFromDek,
  deriveFromRefKek,
  hkdfExpand,
  hkdfExtract,
} from '../../../../../vault/domain/envelope/derive.ts';
import { padded } from '../../../../../vault/domain/envelope/padding.ts';
import { formatRef, parseRef, refIdFor } from '../../../../../vault/domain/envelope/ref.ts';
import { planSealing } from '../../../../../vault/domain/policy/plan.ts';
import { policyFor } from '../../../../../vault/domain/policy/policy.ts';
import { A_PLACE, aBundle, bytesFrom, fieldOf, innerWrapOf, present, upTo } from '../../../../support/envelope.ts';

const JSONS = ['"a first secret"', '"a second secret"'];
const ENTROPY = bytesFrom('a bundle', bundleEntropyBytes(JSONS.length));
// Their places in the entropy are in docs/envelope-format.md.
const SECRETS = upTo(JSONS.length).flatMap((index) => {
  const start = 15 + 88 * index;
  const [dek, refKek] = [ENTROPY.subarray(start, start + 32), ENTROPY.subarray(start + 32, start + 64)];
  const refId = refIdFor(A_PLACE.expiresAtS, ENTROPY.subarray(0, 15));
  const prks = [dek, refKek].map((secret) => createHmac('sha256', refId).update(secret).digest());
  const { wrapKey } = deriveFromRefKek(refKek, refId, index);
  return [dek, refKek, ...prks, wrapKey, deriveFromDek(dek, refId).key, padded(present(JSONS[index]))];
});

test('sealing leaves nothing but what it returns', () => {
  const { given, left } = buffersOf(() => sealBundle(A_PLACE, JSONS, Buffer.from(ENTROPY)));
  const secrets = [...SECRETS, ...upTo(2).map((index) => Buffer.from(innerWrapOf(given, index)))];
  expect(holding(secrets, left).filter((buffer) => buffer !== given.innerWraps)).toEqual([]);
});

test('opening leaves nothing but the text', () => {
  const bundle = aBundle({ jsons: JSONS });
  const { ref, secrets, stored } = fieldOf(bundle, 1);
  const { given, left } = buffersOf(() => openFromBundle(bundle, stored, bundle.innerWraps, ref, secrets));
  expect(given).toBe(JSONS[1]);
  expect(left.length).toBeGreaterThan(5);
  expect(holding(SECRETS, left)).toEqual([]);
});

test('deriving from a ref KEK leaves nothing but what it returns', () => {
  const { ref, secrets } = fieldOf(aBundle({ jsons: JSONS }));
  const prk = createHmac('sha256', ref.refId).update(ref.refKek).digest();
  const { given, left } = buffersOf(() => deriveFromRefKek(ref.refKek, ref.refId, ref.index));
  expect(given).toEqual(secrets);
  given.wrapKey.fill(0);
  expect(holding([prk, secrets.wrapKey], left)).toEqual([]);
});

test('HKDF keeps none of the blocks that it puts together', () => {
  const prk = hkdfExtract(bytesFrom('a salt', 19), bytesFrom('a secret', 32));
  const { given, left } = buffersOf(() => hkdfExpand(prk, Buffer.from('info'), 96));
  const blocks = [0, 32, 64].map((at) => Buffer.from(given.subarray(at, at + 32)));
  expect(holding(blocks, left)).toEqual([given]);
});

test('a ref is written and read without a copy of its ref KEK', () => {
  const { text, ref } = fieldOf(aBundle({ jsons: JSONS }));
  const written = buffersOf(() => formatRef(ref));
  expect([written.given, holding([ref.refKek], written.left)]).toEqual([text, []]);
  const read = buffersOf(() => present(parseRef(text)));
  expect(read.given.refKek).toEqual(ref.refKek);
  expect(holding([ref.refKek], read.left)).toEqual([read.given.refKek]);
});

test('an entry that brings a ref is looked at without keeping its ref KEK', () => {
  const { text, ref } = fieldOf(aBundle({ jsons: JSONS }));
  const entry = { type: 'text.say', data: { text: { $sensitive: text } } };
  const { given, left } = buffersOf(() => planSealing(entry, {}, policyFor(), { refsAllowed: true }));
  expect(given.parts).toEqual([]);
  expect(left.length).toBeGreaterThan(1);
  expect(holding([ref.refKek], left)).toEqual([]);
});

test('an app’s half and a blob’s proof keep none of the keys that they derive', () => {
  const half = appHalf('shop', A_PLACE.slot, bytesFrom('an app secret', 32), bytesFrom('a slot salt', 32));
  const context = wrapContext('shop', { holder: { pool: 3 }, slot: A_PLACE.slot }, 'a'.repeat(20), 7);
  const slotBytes = Buffer.alloc(8);
  slotBytes.writeBigUInt64BE(BigInt(A_PLACE.slot));
  const place = Buffer.concat([slotBytes, Buffer.of(20), Buffer.from(`${'a'.repeat(20)}shop`)]);
  const halfKey = Buffer.from(derive(half.prk, 'appHalfKey', 32, place));
  const sealed = buffersOf(() => sealUnderHalf(half, context, bytesFrom('a nonce', 12), bytesFrom('inner wraps', 60)));
  expect(sealed.left.length).toBeGreaterThan(5);
  expect(holding([halfKey], sealed.left)).toEqual([]);

  const attachKey = Buffer.from(derive(half.tagSalt, 'attachKey', 32));
  const attachment = { app: 'shop', integration: 'web', generation: 'one', ref: 'dk2_x' };
  const proven = buffersOf(() => attachProof(A_PLACE.slot, half.tagSalt, attachment));
  expect(proven.left.length).toBeGreaterThan(3);
  expect(holding([attachKey], proven.left)).toEqual([]);
});

/** What a function gives, and every buffer that it got from Node or had hashed on the way. */
function buffersOf<T>(act: () => T): { given: T; left: Buffer[] } {
  const hashes = vi.spyOn(crypto, 'hash');
  syncBuiltinESMExports();
  const sources = [
    vi.spyOn(Buffer, 'alloc'),
    vi.spyOn(Buffer, 'allocUnsafe'),
    vi.spyOn(Buffer, 'concat'),
    vi.spyOn(Buffer, 'from'),
    vi.spyOn(Decipheriv.prototype, 'update'),
  ];
  try {
    const given = act();
    const got = [...sources, hashes].flatMap(({ mock }) => mock.results.map(({ value }) => value));
    const hashed = hashes.mock.calls.map(([, data]) => data);
    return { given, left: [...got, ...hashed].filter((value) => Buffer.isBuffer(value)) };
  } finally {
    for (const source of [...sources, hashes]) source.mockRestore();
    syncBuiltinESMExports();
  }
}

/** The buffers that hold a secret, as it is or XORed with a pad of HMAC (RFC 2104). */
function holding(secrets: readonly Buffer[], buffers: readonly Buffer[]): Buffer[] {
  const spellings = secrets.flatMap((secret) =>
    [0, 0x36, 0x5c].map((pad) => Buffer.from(secret.map((byte) => byte ^ pad))),
  );
  return buffers.filter((buffer) => spellings.some((spelling) => buffer.includes(spelling)));
}
