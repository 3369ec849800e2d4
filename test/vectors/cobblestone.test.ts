// The published vectors of chunked encryption with AES-256-GCM, through the very chunks that blobs use.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import {
  chunkCipher,
  MESSAGE_HEADER_BYTES,
  NotAuthentic,
  opening,
  sealedLength,
  sealing,
} from '../../wire/cobblestone.ts';

// Beside the repository, never in it: they are a part of another project (the PyPI package cryptography_vectors).
const FILE = new URL('../../../shared/cobblestone/vectors.json', import.meta.url);
const ABSENT = '../shared/cobblestone is absent: vectors of chunked encryption NOT checked';

interface Case {
  readonly name: string;
  readonly aead: string;
  readonly expect: 'success' | 'failure';
  // Absent where deriving them is what fails: test/judges/cobblestone.test.ts covers that.
  readonly aead_key?: string;
  readonly base_nonce?: string;
  readonly ciphertext: string | null;
  readonly compressed?: boolean;
  readonly payload_sha256: string;
}

if (existsSync(FILE)) {
  test('all 24 cases with a key of our cipher come out as they should', () => {
    const { vectors } = JSON.parse(readFileSync(FILE, 'utf8')) as { vectors: Case[] };
    const cases = vectors.filter(({ aead, aead_key }) => aead === 'AEAD_AES_256_GCM' && aead_key !== undefined);
    for (const { name, ciphertext, compressed, ...each } of cases) {
      const encoded = Buffer.from(ciphertext ?? '', 'base64');
      const sealed = compressed ? inflateSync(encoded) : encoded;
      // The vectors derive keys with SHA-256, and Cobblestone-256 with SHA-512: they judge everything behind that.
      const keys = [Buffer.from(each.aead_key ?? '', 'hex'), Buffer.from(each.base_nonce ?? '', 'hex')] as const;
      const message = { header: sealed.subarray(0, MESSAGE_HEADER_BYTES), ...chunkCipher(...keys) };
      const open = () => {
        const chunks = opening(message, { firstChunk: 0, isAtEnd: true });
        return Buffer.concat([...chunks.push(sealed.subarray(MESSAGE_HEADER_BYTES)), ...chunks.end()]);
      };
      if (each.expect === 'failure') {
        expect(open, name).toThrow(NotAuthentic);
        continue;
      }
      const plaintext = open();
      expect(createHash('sha256').update(plaintext).digest('hex'), name).toBe(each.payload_sha256);
      const chunks = sealing(message);
      expect(Buffer.concat([...chunks.push(plaintext), ...chunks.end()]).equals(sealed), name).toBe(true);
      expect(sealed, name).toHaveLength(sealedLength(plaintext.length));
    }
    expect(cases).toHaveLength(24);
    expect(cases.filter((each) => each.expect === 'success')).toHaveLength(9);
  });
} else if (process.env.CI === 'true') {
  test('vectors of chunked encryption', () => {
    expect.fail(ABSENT);
  });
} else {
  console.warn(ABSENT);
  test.skip(ABSENT, () => {});
}
