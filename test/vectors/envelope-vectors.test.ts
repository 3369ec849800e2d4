// The golden vectors: whatever was sealed with format version 2 opens for as long as version 2 is supported.

import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { appHalf, openUnderHalf, sealUnderHalf } from '../../vault/domain/envelope/app-half.ts';
import { CONTENT_BLOB_KEY } from '../../vault/domain/envelope/associated-data.ts';
import { attachProof } from '../../vault/domain/envelope/attach-proof.ts';
import { blobContext, parseBlobKey } from '../../vault/domain/envelope/blob-key.ts';
import { openFromBundle, sealBundle, subjectTag } from '../../vault/domain/envelope/bundle.ts';
import { wrapContext } from '../../vault/domain/envelope/context.ts';
import { parseRef } from '../../vault/domain/envelope/ref.ts';
import { bucketAt, bucketsFor } from '../../vault/domain/kek-life/bucket.ts';
import { keyHolder } from '../../vault/domain/kek-life/holder.ts';
import { newMessage, sealing } from '../../wire/cobblestone.ts';
import { openWith, present, secretsOf } from '../support/envelope.ts';
import {
  attempt,
  type BlobVectors,
  type ContextVectors,
  fromHex,
  type HalfVectors,
  type OpensVector,
  type RefusedVectors,
  type SubjectVectors,
  type VectorFile,
} from '../support/envelope-vectors.ts';
import { vectorFiles } from './make-vectors.ts';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

const names = globSync('*.json', { cwd: FOLDER }).sort();
const files = names.map((name): [name: string, file: VectorFile] => [
  name,
  JSON.parse(readFileSync(`${FOLDER}/${name}`, 'utf8')),
]);
const opening = files.filter((entry): entry is [string, OpensVector] => entry[1].expect === 'opens');
const refused = files.filter((entry): entry is [string, RefusedVectors] => entry[1].expect === 'refused');
const contexts = files.filter((entry): entry is [string, ContextVectors] => entry[1].expect === 'contexts');
const blobs = files.filter((entry): entry is [string, BlobVectors] => entry[1].expect === 'blobs');
const halves = files.filter((entry): entry is [string, HalfVectors] => entry[1].expect === 'halves');
const subjects = files.filter((entry): entry is [string, SubjectVectors] => entry[1].expect === 'tags');

test('M43: every vector file is one that the maker makes, and none is missing', () => {
  expect(names).toEqual(Object.keys(vectorFiles()).sort());
  expect([opening, refused, contexts, subjects, blobs, halves].map(({ length }) => length)).toEqual([
    10, 8, 1, 1, 1, 1,
  ]);
  expect(refused.flatMap(([, { cases }]) => cases).length).toBeGreaterThanOrEqual(90);
});

test('M43: the maker, run again, makes the same files', () => {
  expect(Object.fromEntries(files)).toEqual(vectorFiles());
});

describe.each(opening)('%s', (_, vector) => {
  test('M43: sealing with the same entropy gives the same bytes', () => {
    const jsons = vector.fields.map(({ json }) => json);
    const bundle = sealBundle(vector.place, jsons, fromHex(vector.entropy));
    expect({
      refId: bundle.refId.toString('hex'),
      innerWraps: bundle.innerWraps.toString('hex'),
      sealedFields: bundle.sealedFields.map((bytes) => bytes.toString('hex')),
      refs: bundle.refs,
    }).toEqual({
      refId: vector.refId,
      innerWraps: vector.innerWraps,
      sealedFields: vector.fields.map(({ sealedField }) => sealedField),
      refs: vector.fields.map(({ ref }) => ref),
    });
  });

  test('M43: every field opens to its JSON text', () => {
    const { place, innerWraps, fields } = vector;
    expect(fields.map((field) => attempt({ place, innerWraps, ...field }))).toEqual(
      fields.map(({ json }) => ({ opens: json })),
    );
  });
});

describe.each(refused)('%s', (_, { cases }) => {
  test.each(cases)('refuses: $why', (vector) => {
    expect(vector.expect).toBe('refused');
    expect(attempt(vector)).toEqual({ refusedBy: vector.by });
  });
});

describe.each(blobs)('%s', (_, { cases }) => {
  test.each(cases)('M34: the key of a blob of $bytes bytes opens as such, and as no value', (vector) => {
    const { place, bytes } = vector;
    const ref = present(parseRef(vector.ref));
    const [stored, innerWraps] = [fromHex(vector.sealedField), fromHex(vector.innerWraps)];
    const text = openFromBundle(place, stored, innerWraps, ref, secretsOf(ref), CONTENT_BLOB_KEY);
    expect(parseBlobKey(present(text))).toEqual({ key: fromHex(vector.key), bytes });
    expect(openWith(ref, place, stored, innerWraps)).toBeUndefined();
  });

  test.each(cases)('M36: a blob of $bytes bytes is encrypted to the same bytes', (vector) => {
    const ref = present(parseRef(vector.ref));
    const context = blobContext(vector.place.app, ref.refId, ref.index);
    expect(context.toString('hex')).toBe(vector.context);
    const chunks = sealing(newMessage(fromHex(vector.key), fromHex(vector.salt), context));
    const plaintext = Buffer.alloc(vector.bytes, 'a picture');
    expect(digestOf(Buffer.concat([...chunks.push(plaintext), ...chunks.end()]))).toBe(vector.message);
    expect(digestOf(plaintext)).toBe(vector.plaintext);
  });

  test.each(cases)('M39: a blob of $bytes bytes has this proof', ({ place, tagSalt, proof, ...sealer }) => {
    expect(attachProof(place.slot, fromHex(tagSalt), { app: place.app, ...sealer })).toBe(proof);
  });
});

describe.each(contexts)('%s', (_, { cases }) => {
  test.each(cases)('M21: gives the bucket and the context of expiry $expiresAtS, with $about', (vector) => {
    const { app, pool, buckets, latestExpiryS, bundleId, expiresAtS, context } = vector;
    expect(bucketsFor(buckets.slot, latestExpiryS)).toEqual({
      bucketWidthS: buckets.bucketWidthS,
      bucketCount: buckets.bucketCount,
    });
    const bucket = bucketAt(buckets, expiresAtS);
    expect(
      bucket === undefined
        ? null
        : wrapContext(app, { holder: keyHolder(app, pool), slot: buckets.slot }, bundleId, bucket),
    ).toEqual(context);
  });
});

describe.each(subjects)('%s', (_, { cases }) => {
  test.each(cases)('M8: gives the tag of "$subject"', ({ salt, subject, tag }) => {
    expect(subjectTag(fromHex(salt), subject).toString('hex')).toBe(tag);
  });
});

describe.each(halves)('%s', (_, { cases }) => {
  test.each(cases)('M40: the half of $app in slot $slot gives its tag salt', (vector) => {
    const half = appHalf(vector.app, vector.slot, fromHex(vector.secret), fromHex(vector.salt));
    expect(half.tagSalt.toString('hex')).toBe(vector.tagSalt);
  });

  test.each(cases)('M42: the half of $app in slot $slot seals and opens inner wraps', (vector) => {
    const { context } = vector;
    const half = appHalf(vector.app, vector.slot, fromHex(vector.secret), fromHex(vector.salt));
    const [nonce, innerWraps, sealed] = [fromHex(vector.nonce), fromHex(vector.innerWraps), fromHex(vector.sealed)];
    expect(sealUnderHalf(half, context, nonce, innerWraps).toString('hex')).toBe(vector.sealed);
    expect(openUnderHalf(half, context, sealed)).toEqual(innerWraps);
  });
});

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
