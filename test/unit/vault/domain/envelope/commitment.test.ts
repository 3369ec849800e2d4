// A ciphertext that two keys open is no forgery to AES-GCM. It is to us.

import { Decipheriv } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, type MockInstance, test, vi } from 'vitest';
import { aesKey, gcmOpen, gcmSeal } from '../../../../../vault/domain/envelope/aes-gcm.ts';
import { associatedData } from '../../../../../vault/domain/envelope/associated-data.ts';
import { deriveFromDek } from '../../../../../vault/domain/envelope/derive.ts';
import { openField } from '../../../../../vault/domain/envelope/field.ts';
import { padded } from '../../../../../vault/domain/envelope/padding.ts';
import { aBundle, bytesFrom, fieldOf, upTo, withBitFlipped } from '../../../../support/envelope.ts';
import { sealedUnderTwoKeys } from '../../../../support/envelope-two-keys.ts';

const { place, ref, innerWrap, ciphertext } = fieldOf(aBundle());
const valueData = associatedData('daykey/v1/value', place);
const dekData = associatedData('daykey/v1/dek', place);
const [first, second] = [deriving('one DEK'), deriving('another DEK')];

let decrypted: MockInstance;
beforeEach(() => {
  decrypted = vi.spyOn(Decipheriv.prototype, 'update');
});
afterEach(() => decrypted.mockRestore());

test('M23: a field that opens is decrypted twice: its DEK and its value', () => {
  expect(openField(ciphertext, innerWrap, ref.refKek, place)).toBe('"x"');
  expect(decrypted).toHaveBeenCalledTimes(2);
});

test('M24: a value sealed rightly under a DEK that its commitment does not name is never decrypted', () => {
  const sealed = gcmSeal(aesKey(second.key), bytesFrom('nonce', 12), padded('"x"'), valueData);
  const wrong = Buffer.concat([Buffer.of(1), first.commitment, sealed]);
  expect(openField(wrong, second.innerWrap, ref.refKek, place)).toBeUndefined();
  expect(decrypted).toHaveBeenCalledTimes(1);

  const right = Buffer.concat([Buffer.of(1), second.commitment, sealed]);
  expect(openField(right, second.innerWrap, ref.refKek, place)).toBe('"x"');
});

describe('one ciphertext that AES-GCM opens under two keys', () => {
  const nonce = bytesFrom('nonce', 12);
  const text = padded(JSON.stringify('x'.repeat(90)));
  const salamander = sealedUnderTwoKeys([first.key, second.key], nonce, text, 1, valueData);

  test('the attack is real: both keys open it, to different texts', () => {
    const [one, other] = [first, second].map(({ key }) => gcmOpen(aesKey(key), salamander, valueData));
    expect(one?.subarray(32)).toEqual(text.subarray(32));
    expect(other).toHaveLength(text.length);
    expect(other).not.toEqual(one);
  });

  test('M24: it opens under the DEK of its commitment only, and is not decrypted under the other', () => {
    const field = Buffer.concat([Buffer.of(1), first.commitment, salamander]);
    expect(openField(field, first.innerWrap, ref.refKek, place)).toBeDefined();
    decrypted.mockClear();
    expect(openField(field, second.innerWrap, ref.refKek, place)).toBeUndefined();
    expect(decrypted).toHaveBeenCalledTimes(1);
  });
});

test('M24: no commitment with one bit changed lets a value be decrypted', () => {
  for (const bit of upTo(8 * 32)) {
    expect(openField(withBitFlipped(ciphertext, 8 + bit), innerWrap, ref.refKek, place)).toBeUndefined();
  }
  expect(decrypted).toHaveBeenCalledTimes(8 * 32);
});

test('M23: nothing at all is decrypted when the content type, a length or the inner wrap is missing', () => {
  const otherType = Buffer.concat([Buffer.of(2), ciphertext.subarray(1)]);
  for (const field of [Buffer.of(), ciphertext.subarray(0, 32), otherType]) {
    expect(openField(field, innerWrap, ref.refKek, place)).toBeUndefined();
  }
  for (const wrap of [Buffer.of(), innerWrap.subarray(1), Buffer.concat([innerWrap, innerWrap])]) {
    expect(openField(ciphertext, wrap, ref.refKek, place)).toBeUndefined();
  }
  expect(decrypted).not.toHaveBeenCalled();
});

test('M26: every way to fail gives the same answer, and none throws', () => {
  const badPadding = gcmSeal(aesKey(first.key), bytesFrom('nonce', 12), Buffer.alloc(32), valueData);
  const failures = [
    openField(Buffer.of(), innerWrap, ref.refKek, place),
    openField(ciphertext, Buffer.of(), ref.refKek, place),
    openField(ciphertext, innerWrap, bytesFrom('another ref KEK', 32), place),
    openField(ciphertext, first.innerWrap, ref.refKek, place),
    openField(withBitFlipped(ciphertext, 8 * ciphertext.length - 1), innerWrap, ref.refKek, place),
    openField(ciphertext.subarray(0, 33), innerWrap, ref.refKek, place),
    openField(Buffer.concat([Buffer.of(1), first.commitment, badPadding]), first.innerWrap, ref.refKek, place),
  ];
  expect(failures).toEqual(failures.map(() => undefined));
});

/** A DEK, what is derived from it, and its inner wrap under the ref KEK of the field at hand. */
function deriving(seed: string) {
  const dek = bytesFrom(seed, 32);
  return {
    ...deriveFromDek(dek, place.refId),
    innerWrap: gcmSeal(aesKey(ref.refKek), bytesFrom(`${seed}: nonce`, 12), dek, dekData),
  };
}
