// AES-GCM accepts a ciphertext that opens under two keys. The commitment refuses it.

import { Decipheriv } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, type MockInstance, test, vi } from 'vitest';
import { aesKey, gcmOpen, gcmSeal } from '../../../../../vault/domain/envelope/aes-gcm.ts';
import { associatedData } from '../../../../../vault/domain/envelope/associated-data.ts';
import { deriveFromDek } from '../../../../../vault/domain/envelope/derive.ts';
import { openField } from '../../../../../vault/domain/envelope/field.ts';
import { padded } from '../../../../../vault/domain/envelope/padding.ts';
import { aBundle, bytesFrom, fieldOf, secretsOf, upTo, withBitFlipped } from '../../../../support/envelope.ts';
import { sealedUnderTwoKeys } from '../../../../support/envelope-two-keys.ts';

const { place, secrets, ref, innerWrap, stored } = fieldOf(aBundle());
const valueData = associatedData('daykey/v2/value', place);
const dekData = associatedData('daykey/v2/dek', place);
const [first, second] = [deriving('one DEK'), deriving('another DEK')];

let decrypted: MockInstance;
beforeEach(() => {
  decrypted = vi.spyOn(Decipheriv.prototype, 'update');
});
afterEach(() => decrypted.mockRestore());

test('M28: a field that opens is decrypted twice: its DEK and its value', () => {
  expect(openField(stored, innerWrap, secrets, place)).toBe('"x"');
  expect(decrypted).toHaveBeenCalledTimes(2);
});

test('M30: a value sealed correctly under a DEK that its commitment does not name is never decrypted', () => {
  const sealed = gcmSeal(aesKey(second.key), bytesFrom('nonce', 12), padded('"x"'), valueData);
  const wrong = afterTag(Buffer.of(1), first.commitment, sealed);
  expect(openField(wrong, second.innerWrap, secrets, place)).toBeUndefined();
  expect(decrypted).toHaveBeenCalledTimes(1);

  const right = afterTag(Buffer.of(1), second.commitment, sealed);
  expect(openField(right, second.innerWrap, secrets, place)).toBe('"x"');
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

  test('M30: it opens under the DEK of its commitment only, and is not decrypted under the other', () => {
    const field = afterTag(Buffer.of(1), first.commitment, salamander);
    expect(openField(field, first.innerWrap, secrets, place)).toBeDefined();
    decrypted.mockClear();
    expect(openField(field, second.innerWrap, secrets, place)).toBeUndefined();
    expect(decrypted).toHaveBeenCalledTimes(1);
  });
});

test('M30: no commitment with one bit changed lets a value be decrypted', () => {
  for (const bit of upTo(8 * 32)) {
    expect(openField(withBitFlipped(stored, 8 * 17 + bit), innerWrap, secrets, place)).toBeUndefined();
  }
  expect(decrypted).toHaveBeenCalledTimes(8 * 32);
});

test('M28: nothing at all is decrypted when the possession tag, the content type, a length or the inner wrap is wrong', () => {
  const otherType = afterTag(Buffer.of(2), stored.subarray(17));
  const otherTag = withBitFlipped(stored, 127);
  for (const field of [
    Buffer.of(),
    stored.subarray(0, 15),
    stored.subarray(0, 16),
    stored.subarray(0, 48),
    otherType,
    otherTag,
  ]) {
    expect(openField(field, innerWrap, secrets, place)).toBeUndefined();
  }
  for (const wrap of [Buffer.of(), innerWrap.subarray(1), Buffer.concat([innerWrap, innerWrap])]) {
    expect(openField(stored, wrap, secrets, place)).toBeUndefined();
  }
  expect(decrypted).not.toHaveBeenCalled();
});

test('M32: every way to fail gives the same answer, and none throws', () => {
  const badPadding = gcmSeal(aesKey(first.key), bytesFrom('nonce', 12), Buffer.alloc(32), valueData);
  const failures = [
    openField(Buffer.of(), innerWrap, secrets, place),
    openField(withBitFlipped(stored, 0), innerWrap, secrets, place),
    openField(stored, innerWrap, secretsOf({ ...ref, refKek: bytesFrom('another ref KEK', 32) }), place),
    openField(stored, Buffer.of(), secrets, place),
    openField(stored, innerWrap, { ...secrets, wrapKey: bytesFrom('another wrap key', 32) }, place),
    openField(stored, first.innerWrap, secrets, place),
    openField(withBitFlipped(stored, 8 * stored.length - 1), innerWrap, secrets, place),
    openField(stored.subarray(0, 49), innerWrap, secrets, place),
    openField(afterTag(Buffer.of(1), first.commitment, badPadding), first.innerWrap, secrets, place),
  ];
  expect(failures).toEqual(failures.map(() => undefined));
});

/** A DEK, what is derived from it, and its inner wrap under the wrap key of this field. */
function deriving(seed: string) {
  const dek = bytesFrom(seed, 32);
  return {
    ...deriveFromDek(dek, place.refId),
    innerWrap: gcmSeal(aesKey(secrets.wrapKey), bytesFrom(`${seed}: nonce`, 12), dek, dekData),
  };
}

/** The possession tag of this field and what else is stored. */
function afterTag(...parts: Buffer[]): Buffer {
  return Buffer.concat([secrets.possessionTag, ...parts]);
}
