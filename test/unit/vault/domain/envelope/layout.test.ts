// The layouts of the format, byte by byte, against node:crypto alone.

import { createCipheriv, createHmac, Decipheriv, hkdfSync } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import { aesKey, gcmOpen, gcmSeal } from '../../../../../vault/domain/envelope/aes-gcm.ts';
import { associatedData } from '../../../../../vault/domain/envelope/associated-data.ts';
import {
  bundleEntropyBytes,
  bundleId,
  sealBundle,
  subjectTag,
  tagOf,
  wrapContext,
} from '../../../../../vault/domain/envelope/bundle.ts';
import { deriveFromDek, hkdfExpand, hkdfExtract } from '../../../../../vault/domain/envelope/derive.ts';
import { parseRef } from '../../../../../vault/domain/envelope/ref.ts';
import { MAX_WRAP_BYTES } from '../../../../../vault/ports/app-kek.ts';
import { A_PLACE, aBundle, bytesFrom, fieldOf, upTo, withBitFlipped } from '../../../../support/envelope.ts';

const key = bytesFrom('a key', 32);
const nonce = bytesFrom('a nonce', 12);
const data = bytesFrom('associated data', 40);
const plaintext = bytesFrom('a plaintext', 64);

/** AES-256-GCM by the book: `nonce || ciphertext || tag`. */
function gcm(by: { key: Buffer; nonce: Buffer; plaintext: Buffer; data: Buffer }): Buffer {
  const cipher = createCipheriv('aes-256-gcm', by.key, by.nonce, { authTagLength: 16 }).setAAD(by.data);
  return Buffer.concat([by.nonce, cipher.update(by.plaintext), cipher.final(), cipher.getAuthTag()]);
}

describe('a local layer', () => {
  test('M1: is nonce, ciphertext and 16 bytes of tag', () => {
    const sealed = gcmSeal(aesKey(key), nonce, plaintext, data);
    expect(sealed).toEqual(gcm({ key, nonce, plaintext, data }));
    expect(sealed).toHaveLength(12 + 64 + 16);
    expect(gcmOpen(aesKey(key), sealed, data)).toEqual(plaintext);
  });

  test('M1: takes no key but one of 32 bytes and no nonce but one of 12', () => {
    for (const length of [0, 16, 24, 31, 33]) expect(() => aesKey(Buffer.alloc(length))).toThrow('32 bytes');
    for (const length of [0, 8, 11, 13, 16]) {
      expect(() => gcmSeal(aesKey(key), Buffer.alloc(length), plaintext, data)).toThrow('12 bytes');
    }
  });

  test('M2: shorter than nonce and tag is refused', () => {
    const empty = gcmSeal(aesKey(key), nonce, Buffer.alloc(0), data);
    expect(gcmOpen(aesKey(key), empty, data)).toEqual(Buffer.alloc(0));
    for (const length of upTo(28)) expect(gcmOpen(aesKey(key), empty.subarray(0, length), data)).toBeUndefined();
  });

  test('M2: a tag of 4, 8 or 12 bytes is refused, though right as far as it goes', () => {
    const sealed = gcmSeal(aesKey(key), nonce, plaintext, data);
    for (const tagBytes of [4, 8, 12, 15]) {
      expect(gcmOpen(aesKey(key), sealed.subarray(0, 12 + 64 + tagBytes), data)).toBeUndefined();
    }
  });

  test('leaves nothing in memory of what its tag does not vouch for', () => {
    const sealed = withBitFlipped(gcmSeal(aesKey(key), nonce, plaintext, data), 0);
    const decrypted = vi.spyOn(Decipheriv.prototype, 'update');
    expect(gcmOpen(aesKey(key), sealed, data)).toBeUndefined();
    expect(decrypted.mock.results.map(({ value }) => value)).toEqual([Buffer.alloc(64)]);
    decrypted.mockRestore();
  });
});

describe('HKDF-SHA-256', () => {
  const secret = bytesFrom('a secret', 32);
  const salt = bytesFrom('a salt', 22);

  test.each([1, 31, 32, 33, 64, 65, 8160])('gives the %i bytes that node:crypto gives', (length) => {
    const ours = hkdfExpand(hkdfExtract(salt, secret), data, length);
    expect(ours).toEqual(Buffer.from(hkdfSync('sha256', secret, salt, data, length)));
  });

  test.each([-1, 0, 8161])('does not give %i bytes', (length) => {
    expect(() => hkdfExpand(hkdfExtract(salt, secret), data, length)).toThrow(`1 to 8160 bytes, got ${length}`);
  });
});

describe('a sealed field', () => {
  const entropy = bytesFrom('layout', bundleEntropyBytes(1));
  const bundle = sealBundle(A_PLACE, ['"x"'], undefined, Buffer.from(entropy));
  const { ciphertext, innerWrap, place } = fieldOf(bundle);
  const [dek, refKek] = [entropy.subarray(22, 54), entropy.subarray(54, 86)];
  const [valueNonce, dekNonce] = [entropy.subarray(86, 98), entropy.subarray(98, 110)];
  const hkdf = (info: string) => Buffer.from(hkdfSync('sha256', dek, bundle.refId, info, 32));

  test('M11: K_enc is HKDF-SHA-256 of the DEK with the ref ID as salt and its own label', () => {
    expect(deriveFromDek(dek, bundle.refId).key).toEqual(hkdf('daykey/v1/key'));
  });

  test('M12: the commitment is HKDF-SHA-256 of the DEK with the ref ID as salt and its own label', () => {
    expect(deriveFromDek(dek, bundle.refId).commitment).toEqual(hkdf('daykey/v1/commitment'));
  });

  test('M15: is content type, commitment and the sealed padded value', () => {
    const value = Buffer.alloc(32);
    value.set(Buffer.from('"x"\x80', 'latin1'));
    const by = {
      key: hkdf('daykey/v1/key'),
      nonce: valueNonce,
      plaintext: value,
      data: associatedData('daykey/v1/value', place),
    };
    expect(ciphertext).toEqual(Buffer.concat([Buffer.of(1), hkdf('daykey/v1/commitment'), gcm(by)]));
    expect(ciphertext).toHaveLength(45 + 32 + 16);
  });

  test('M16: has an inner wrap of 60 bytes, the DEK under the ref KEK', () => {
    const by = { key: refKek, nonce: dekNonce, plaintext: dek, data: associatedData('daykey/v1/dek', place) };
    expect(innerWrap).toEqual(gcm(by));
    expect(innerWrap).toHaveLength(60);
  });
});

describe('a bundle', () => {
  const salt = bytesFrom('a salt', 32);

  test('M7: has the first 8 bytes of HMAC-SHA-256 of its subject as tag', () => {
    const tag = subjectTag(salt, 'thread-42/ü');
    expect(tag).toEqual(createHmac('sha256', salt).update(Buffer.from('thread-42/ü')).digest().subarray(0, 8));
    const bundle = aBundle({ subjectTag: tag });
    expect(bundle.refId.subarray(0, 8)).toEqual(tag);
    expect(tagOf(bundle.refId)).toBe(tag.toString('base64url'));
  });

  test('M7: has a tag of its own when it has no subject', () => {
    const tags = upTo(50).map((n) => tagOf(aBundle({ seed: `bundle ${n}` }).refId));
    expect(new Set(tags).size).toBe(50);
  });

  test('M8: says in every token whether its tag is a subject’s', () => {
    for (const tag of [undefined, subjectTag(salt, 'thread-42')]) {
      const { tokens } = aBundle({ jsons: ['1', '2', '3'], subjectTag: tag });
      expect(tokens.map((token) => parseRef(token)?.hasSubject)).toEqual(tokens.map(() => tag !== undefined));
    }
  });

  test('M17: joins its inner wraps in the order of the index, and 64 of them fit one call', () => {
    const bundle = aBundle({ jsons: upTo(64).map(String) });
    expect(bundle.innerWraps).toHaveLength(64 * 60);
    expect(bundle.innerWraps.length).toBeLessThanOrEqual(MAX_WRAP_BYTES);
    for (const index of upTo(64)) {
      const { innerWrap, ref, place } = fieldOf(bundle, index);
      expect(innerWrap).toEqual(bundle.innerWraps.subarray(60 * index, 60 * index + 60));
      expect(gcmOpen(aesKey(ref.refKek), innerWrap, associatedData('daykey/v1/dek', place))).toHaveLength(32);
    }
  });

  test('M18: has an encryption context of version, app, slot and bundle ID and nothing else', () => {
    const { refId } = aBundle({ subjectTag: subjectTag(salt, 'thread-42') });
    const id = bundleId(refId);
    expect(id).toMatch(/^[A-Za-z0-9_-]{19}$/);
    expect(id).toBe(refId.subarray(8).toString('base64url'));
    expect(wrapContext(A_PLACE, id)).toEqual({ v: '1', app: 'support-bot', slot: '1780000000', b: id });
  });
});
