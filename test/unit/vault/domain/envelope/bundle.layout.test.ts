// The layouts of the format, byte by byte, against node:crypto only.

import { createCipheriv, createHmac, Decipheriv, hkdfSync } from 'node:crypto';
import { describe, expect, test, vi } from 'vitest';
import { aesKey, gcmOpen, gcmSeal } from '../../../../../vault/domain/envelope/aes-gcm.ts';
import { associatedData } from '../../../../../vault/domain/envelope/associated-data.ts';
import { bundleEntropyBytes, sealBundle, subjectTag } from '../../../../../vault/domain/envelope/bundle.ts';
import { CONTEXT_KEYS, wrapContext } from '../../../../../vault/domain/envelope/context.ts';
import {
  deriveFromDek,
  deriveFromRefKek,
  hkdfExpand,
  hkdfExtract,
} from '../../../../../vault/domain/envelope/derive.ts';
import { isHeldBy, SEALED_FIELD_OVERHEAD_BYTES } from '../../../../../vault/domain/envelope/field.ts';
import { bundleIdIn } from '../../../../../vault/domain/envelope/ref.ts';
import { MAX_WRAP_BYTES } from '../../../../../vault/ports/app-kek.ts';
import { A_PLACE, aBundle, bytesFrom, fieldOf, secretsOf, upTo, withBitFlipped } from '../../../../support/envelope.ts';

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

  test('M2: a tag of 4, 8 or 12 bytes is refused, though its bytes are right', () => {
    const sealed = gcmSeal(aesKey(key), nonce, plaintext, data);
    for (const tagBytes of [4, 8, 12, 15]) {
      expect(gcmOpen(aesKey(key), sealed.subarray(0, 12 + 64 + tagBytes), data)).toBeUndefined();
    }
  });

  test('leaves no bytes in memory that its tag does not authenticate', () => {
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
  const bundle = sealBundle(A_PLACE, ['"x"'], Buffer.from(entropy));
  const { stored, innerWrap, place } = fieldOf(bundle);
  const [dek, refKek] = [entropy.subarray(15, 47), entropy.subarray(47, 79)];
  const [valueNonce, dekNonce] = [entropy.subarray(79, 91), entropy.subarray(91, 103)];
  const hkdf = (secret: Buffer, info: string, length = 32) =>
    Buffer.from(hkdfSync('sha256', secret, bundle.refId, info, length));
  const ofRefKek = hkdf(refKek, 'daykey/v2/ref\0', 48);

  test('M11: K_enc is HKDF-SHA-256 of the DEK with the ref ID as salt and a label', () => {
    expect(deriveFromDek(dek, bundle.refId).key).toEqual(hkdf(dek, 'daykey/v2/key'));
  });

  test('M12: the commitment is HKDF-SHA-256 of the DEK with the ref ID as salt and another label', () => {
    expect(deriveFromDek(dek, bundle.refId).commitment).toEqual(hkdf(dek, 'daykey/v2/commitment'));
  });

  test('M13: wrap key and possession tag are HKDF-SHA-256 of the ref KEK with the ref ID as salt and label and index', () => {
    for (const index of [0, 1, 63]) {
      const okm = hkdf(refKek, `daykey/v2/ref${String.fromCharCode(index)}`, 48);
      const { wrapKey, possessionTag } = deriveFromRefKek(refKek, bundle.refId, index);
      expect([wrapKey, possessionTag]).toEqual([okm.subarray(0, 32), okm.subarray(32)]);
    }
  });

  test('M17: is possession tag, content type, commitment and the sealed padded value', () => {
    const value = Buffer.alloc(32);
    value.set(Buffer.from('"x"\x80', 'latin1'));
    const by = {
      key: hkdf(dek, 'daykey/v2/key'),
      nonce: valueNonce,
      plaintext: value,
      data: associatedData('daykey/v2/value', place),
    };
    const commitment = hkdf(dek, 'daykey/v2/commitment');
    expect(stored).toEqual(Buffer.concat([ofRefKek.subarray(32), Buffer.of(1), commitment, gcm(by)]));
    expect(stored).toHaveLength(61 + 32 + 16);
    expect(stored.length - value.length).toBe(SEALED_FIELD_OVERHEAD_BYTES);
  });

  test('M18: has an inner wrap of 60 bytes, the DEK under the wrap key', () => {
    const data = associatedData('daykey/v2/dek', place);
    expect(innerWrap).toEqual(gcm({ key: ofRefKek.subarray(0, 32), nonce: dekNonce, plaintext: dek, data }));
    expect(innerWrap).toHaveLength(60);
  });

  test('M14: neither layer opens under the ref KEK itself', () => {
    const layers = [
      [innerWrap, associatedData('daykey/v2/dek', place)],
      [stored.subarray(49), associatedData('daykey/v2/value', place)],
    ] as const;
    for (const [sealed, associated] of layers) expect(gcmOpen(aesKey(refKek), sealed, associated)).toBeUndefined();
    expect(gcmOpen(aesKey(ofRefKek.subarray(0, 32)), ...layers[0])).toEqual(dek);
  });
});

describe('possession', () => {
  const { stored, secrets, ref } = fieldOf(aBundle({ jsons: ['"x"', '"y"'] }));

  test('M29: is proven by the tag of the ref and by no other', () => {
    expect(isHeldBy(secrets, stored)).toBe(true);
    const others = [
      secretsOf({ ...ref, index: 1 }),
      secretsOf({ ...ref, refKek: bytesFrom('another', 32) }),
      secretsOf({ ...ref, refId: bytesFrom('another', 19) }),
    ];
    expect(others.map((other) => isHeldBy(other, stored))).toEqual([false, false, false]);
    for (const length of upTo(16)) expect(isHeldBy(secrets, stored.subarray(0, length))).toBe(false);
  });
});

describe('a bundle', () => {
  test('M7: has its expiry and its bundle ID as ref ID, in every ref', () => {
    const bundle = aBundle({ jsons: ['1', '2', '3'] });
    expect(bundle.refId.readUInt32BE(0)).toBe(A_PLACE.expiresAtS);
    for (const index of upTo(3)) expect(fieldOf(bundle, index).ref.refId).toEqual(bundle.refId);
    expect(() => aBundle({ place: { ...A_PLACE, expiresAtS: 2 ** 32 } })).toThrow(RangeError);
  });

  test('M8: a subject’s tag is the first 16 bytes of HKDF-Expand of a label and its name', () => {
    const salt = bytesFrom('a salt', 32);
    const info = Buffer.from('daykey/v2/subjectthread-42/ü\x01');
    const tag = createHmac('sha256', salt).update(info).digest().subarray(0, 16);
    expect(subjectTag(salt, 'thread-42/ü')).toEqual(tag);
  });

  test('M19: joins its inner wraps in the order of the index, and 64 of them fit one call', () => {
    const bundle = aBundle({ jsons: upTo(64).map(String) });
    expect(bundle.innerWraps).toHaveLength(64 * 60);
    expect(bundle.innerWraps.length).toBeLessThanOrEqual(MAX_WRAP_BYTES);
    for (const index of upTo(64)) {
      const { innerWrap, secrets, place } = fieldOf(bundle, index);
      expect(innerWrap).toEqual(bundle.innerWraps.subarray(60 * index, 60 * index + 60));
      expect(gcmOpen(aesKey(secrets.wrapKey), innerWrap, associatedData('daykey/v2/dek', place))).toHaveLength(32);
    }
  });

  test('M20: has an encryption context of version, app, pool, slot, bundle ID and bucket and nothing else', () => {
    const id = bundleIdIn(aBundle().refId);
    expect(id).toMatch(/^[A-Za-z0-9_-]{20}$/);
    expect(wrapContext(A_PLACE.app, { holder: { app: A_PLACE.app }, slot: A_PLACE.slot }, id, 46)).toEqual({
      v: '2',
      app: 'support-bot',
      pool: 'own',
      slot: '1780000000',
      b: id,
      x: '46',
    });
    expect(Object.keys(wrapContext(A_PLACE.app, { holder: { app: A_PLACE.app }, slot: A_PLACE.slot }, id, 46))).toEqual(
      CONTEXT_KEYS,
    );
  });
});
