// One ciphertext and one tag that AES-GCM accepts under two keys: why the envelope needs a commitment.
// "Fast Message Franking: From Invisible Salamanders to Encryptment", Dodis et al., CRYPTO 2018.

import { createCipheriv } from 'node:crypto';

const BLOCK = 16;
const MASK = (1n << 128n) - 1n;
// The polynomial of NIST SP 800-38D, 6.3, bits reflected.
const R = 0xe1n << 120n;

/**
 * A sealed text (`nonce || ciphertext || tag`) that opens under both keys.
 *
 * @param plaintext what the first key opens, all but block `freeBlock`, which comes out random.
 */
export function sealedUnderTwoKeys(
  keys: readonly [Buffer, Buffer],
  nonce: Buffer,
  plaintext: Buffer,
  freeBlock: number,
  associatedData: Buffer,
): Buffer {
  const [first, second] = keys;
  const ciphertext = xor(plaintext, keystream(first, nonce, 2, plaintext.length));
  ciphertext.fill(0, freeBlock * BLOCK, (freeBlock + 1) * BLOCK);
  // With the free block at zero the two tags differ by some amount; the block is chosen to make up for it.
  const difference = tag(first, nonce, ciphertext, associatedData) ^ tag(second, nonce, ciphertext, associatedData);
  const power = BigInt(ciphertext.length / BLOCK - freeBlock + 1);
  const slope = raise(hashKey(first), power) ^ raise(hashKey(second), power);
  bytes(multiply(difference, inverse(slope))).copy(ciphertext, freeBlock * BLOCK);
  return Buffer.concat([nonce, ciphertext, bytes(tag(first, nonce, ciphertext, associatedData))]);
}

function tag(key: Buffer, nonce: Buffer, ciphertext: Buffer, associatedData: Buffer): bigint {
  const lengths = (BigInt(associatedData.length * 8) << 64n) | BigInt(ciphertext.length * 8);
  const h = hashKey(key);
  const hashed = [...blocks(associatedData), ...blocks(ciphertext), lengths].reduce(
    (sum, block) => multiply(sum ^ block, h),
    0n,
  );
  return hashed ^ number(keystream(key, nonce, 1, BLOCK));
}

function hashKey(key: Buffer): bigint {
  return number(createCipheriv('aes-256-ecb', key, null).update(Buffer.alloc(BLOCK)));
}

function keystream(key: Buffer, nonce: Buffer, counter: number, length: number): Buffer {
  const start = Buffer.concat([nonce, Buffer.of(0, 0, 0, counter)]);
  return createCipheriv('aes-256-ctr', key, start).update(Buffer.alloc(length));
}

function multiply(a: bigint, b: bigint): bigint {
  let product = 0n;
  let term = b;
  for (let bit = 127n; bit >= 0n; bit -= 1n) {
    if ((a >> bit) & 1n) product ^= term;
    term = term & 1n ? (term >> 1n) ^ R : term >> 1n;
  }
  return product;
}

function raise(base: bigint, exponent: bigint): bigint {
  let result = 1n << 127n;
  for (let square = base, left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = multiply(result, square);
    square = multiply(square, square);
  }
  return result;
}

function inverse(a: bigint): bigint {
  return raise(a, MASK - 1n);
}

function blocks(data: Buffer): bigint[] {
  const whole = Buffer.alloc(Math.ceil(data.length / BLOCK) * BLOCK);
  data.copy(whole);
  return Array.from({ length: whole.length / BLOCK }, (_, i) => number(whole.subarray(i * BLOCK, (i + 1) * BLOCK)));
}

function number(block: Buffer): bigint {
  return BigInt(`0x${block.toString('hex')}`);
}

function bytes(block: bigint): Buffer {
  return Buffer.from(block.toString(16).padStart(2 * BLOCK, '0'), 'hex');
}

function xor(a: Buffer, b: Buffer): Buffer {
  return Buffer.from(a.map((byte, i) => byte ^ b.readUInt8(i)));
}
