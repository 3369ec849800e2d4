// Project Wycheproof's vectors for AES-GCM and HKDF, through the very functions the envelope uses.

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { aesKey, gcmOpen, gcmSeal, KEY_BYTES, NONCE_BYTES, TAG_BYTES } from '../../vault/domain/envelope/aes-gcm.ts';
import { hkdfExpand, hkdfExtract } from '../../vault/domain/envelope/derive.ts';

// Beside the repository, never in it: the files have another licence and owner.
const FOLDER = new URL('../../../shared/wycheproof/', import.meta.url);
const ABSENT = '../shared/wycheproof is absent: Wycheproof vectors NOT checked';

interface Case {
  tcId: number;
  comment: string;
  result: 'valid' | 'invalid' | 'acceptable';
}
interface GcmCase extends Case {
  key: string;
  iv: string;
  aad: string;
  msg: string;
  ct: string;
  tag: string;
}
interface HkdfCase extends Case {
  ikm: string;
  salt: string;
  info: string;
  size: number;
  okm: string;
}
interface GcmGroup {
  keySize: number;
  ivSize: number;
  tagSize: number;
  tests: GcmCase[];
}
interface HkdfGroup {
  tests: HkdfCase[];
}

if (existsSync(FOLDER)) {
  describe('Wycheproof', () => {
    test('all 66 AES-GCM cases with our key, nonce and tag lengths come out as they should', () => {
      const cases = read<GcmGroup>('aes_gcm_test.json')
        .filter(
          ({ keySize, ivSize, tagSize }) =>
            keySize === 8 * KEY_BYTES && ivSize === 8 * NONCE_BYTES && tagSize === 8 * TAG_BYTES,
        )
        .flatMap(({ tests }) => tests);
      for (const { tcId, comment, result, ...hex } of cases) {
        const [key, nonce, data] = [aesKey(bytes(hex.key)), bytes(hex.iv), bytes(hex.aad)];
        const sealed = bytes(hex.iv + hex.ct + hex.tag);
        const about = `case ${tcId} (${comment})`;
        expect(gcmOpen(key, sealed, data), about).toEqual(result === 'valid' ? bytes(hex.msg) : undefined);
        expect(gcmSeal(key, nonce, bytes(hex.msg), data).equals(sealed), about).toBe(result === 'valid');
      }
      expect(cases).toHaveLength(66);
      expect(cases.filter(({ result }) => result === 'invalid').length).toBeGreaterThan(20);
    });

    test('all 86 HKDF-SHA-256 cases come out as they should, the three that ask for too much included', () => {
      const cases = read<HkdfGroup>('hkdf_sha256_test.json').flatMap(({ tests }) => tests);
      for (const { tcId, comment, result, size, ...hex } of cases) {
        const derive = () => hkdfExpand(hkdfExtract(bytes(hex.salt), bytes(hex.ikm)), bytes(hex.info), size);
        const about = `case ${tcId} (${comment})`;
        if (result === 'invalid') expect(derive, about).toThrow(RangeError);
        else expect(derive(), about).toEqual(bytes(hex.okm));
      }
      expect(cases).toHaveLength(86);
      expect(cases.filter(({ result }) => result === 'invalid')).toHaveLength(3);
    });
  });
} else if (process.env.CI === 'true') {
  test('Wycheproof', () => {
    expect.fail(ABSENT);
  });
} else {
  console.warn(ABSENT);
  test.skip(ABSENT, () => {});
}

function read<Group>(name: string): Group[] {
  return JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')).testGroups;
}

function bytes(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}
