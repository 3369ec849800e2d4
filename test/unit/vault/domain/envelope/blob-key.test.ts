// The key of a blob as a field: what is sealed, and what never passes for it.

import { expect, test } from 'vitest';
import { CONTENT_BLOB_KEY, CONTENT_JSON } from '../../../../../vault/domain/envelope/associated-data.ts';
import { blobContext, blobKeyText, parseBlobKey } from '../../../../../vault/domain/envelope/blob-key.ts';
import { bundleEntropyBytes, openFromBundle, sealBundle } from '../../../../../vault/domain/envelope/bundle.ts';
import { statedContent } from '../../../../../vault/domain/envelope/field.ts';
import { parseRef } from '../../../../../vault/domain/envelope/ref.ts';
import { MAX_BLOB_BYTES } from '../../../../../wire/limits.ts';
import { A_PLACE, aBundle, bytesFrom, fieldOf, present, secretsOf } from '../../../../support/envelope.ts';

const KEY = bytesFrom('a blob key', 32);

test('M34: a key and a size come back, from 0 bytes to the most there are', () => {
  for (const bytes of [0, 1, MAX_BLOB_BYTES]) {
    expect(parseBlobKey(blobKeyText({ key: KEY, bytes }))).toEqual({ key: KEY, bytes });
  }
});

test.each([
  '{"key":"short","bytes":1}',
  blobKeyText({ key: KEY, bytes: -1 }),
  blobKeyText({ key: KEY, bytes: 1.5 }),
  blobKeyText({ key: KEY, bytes: MAX_BLOB_BYTES + 1 }),
  '{"bytes":1}',
  JSON.stringify({ key: 'a'.repeat(44), bytes: 1 }),
  JSON.stringify({ key: `${'a'.repeat(43)}=`, bytes: 1 }),
  JSON.stringify({ key: `=${'a'.repeat(43)}`, bytes: 1 }),
  JSON.stringify({ key: ['a'.repeat(43)], bytes: 1 }),
  JSON.stringify({ key: 'a'.repeat(43), bytes: '1' }),
  '[]',
])('M34: %s is no key of a blob', (text) => {
  expect(() => parseBlobKey(text)).toThrow('malformed');
});

test('M35: a value does not open as a blob key, nor a blob key as a value, whatever its content type is changed to', () => {
  const texts = [blobKeyText({ key: KEY, bytes: 5 })];
  for (const [content, other] of [
    [CONTENT_JSON, CONTENT_BLOB_KEY],
    [CONTENT_BLOB_KEY, CONTENT_JSON],
  ] as const) {
    const bundle = sealBundle(A_PLACE, texts, bytesFrom('a bundle', bundleEntropyBytes(1)), content);
    const stored = present(bundle.sealedFields[0]);
    const ref = present(parseRef(present(bundle.refs[0])));
    const open = (bytes: Buffer, as: typeof content | typeof other) =>
      openFromBundle(A_PLACE, bytes, bundle.innerWraps, ref, secretsOf(ref), as);
    expect([statedContent(stored), open(stored, content), open(stored, other)]).toEqual([content, texts[0], undefined]);
    const changed = Buffer.from(stored);
    changed.writeUInt8(other, 16);
    expect([open(changed, content), open(changed, other)]).toEqual([undefined, undefined]);
  }
});

test('M35: a content type that does not exist is none', () => {
  const { stored } = fieldOf(aBundle());
  for (const type of [0, 3, 255]) {
    const changed = Buffer.from(stored);
    changed.writeUInt8(type, 16);
    expect(statedContent(changed)).toBeUndefined();
  }
  expect(statedContent(Buffer.of())).toBeUndefined();
});

test('M36: two places have different contexts', () => {
  const refId = bytesFrom('a ref ID', 19);
  const contexts = [
    blobContext('shop', refId, 0),
    blobContext('shop', refId, 1),
    blobContext('shop2', refId, 0),
    blobContext('shop', bytesFrom('another', 19), 0),
  ];
  expect(new Set(contexts.map((context) => context.toString('hex'))).size).toBe(contexts.length);
});
