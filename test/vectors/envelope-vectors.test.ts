// The golden vectors: whatever was sealed with format version 2 opens for as long as version 2 is supported.

import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { sealBundle, subjectTag } from '../../vault/domain/envelope/bundle.ts';
import { wrapContext } from '../../vault/domain/envelope/context.ts';
import { bucketAt, bucketsFor } from '../../vault/domain/kek-life/bucket.ts';
import {
  attempt,
  type ContextVectors,
  fromHex,
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
const subjects = files.filter((entry): entry is [string, SubjectVectors] => entry[1].expect === 'tags');

test('M34: every vector file is one that the maker makes, and none is missing', () => {
  expect(names).toEqual(Object.keys(vectorFiles()).sort());
  expect([opening.length, refused.length, contexts.length, subjects.length]).toEqual([9, 8, 1, 1]);
  expect(refused.flatMap(([, { cases }]) => cases).length).toBeGreaterThanOrEqual(90);
});

test('M34: the maker, run again, makes the same files', () => {
  expect(Object.fromEntries(files)).toEqual(vectorFiles());
});

describe.each(opening)('%s', (_, vector) => {
  test('M34: sealing with the same entropy gives the same bytes', () => {
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

  test('M34: every field opens to its JSON text', () => {
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

describe.each(contexts)('%s', (_, { cases }) => {
  test.each(cases)('M21: gives the bucket and the context of expiry $expiresAtS, with $about', (vector) => {
    const { app, buckets, latestExpiryS, bundleId, expiresAtS, context } = vector;
    expect(bucketsFor(buckets.slot, latestExpiryS)).toEqual({
      bucketWidthS: buckets.bucketWidthS,
      bucketCount: buckets.bucketCount,
    });
    const bucket = bucketAt(buckets, expiresAtS);
    expect(bucket === undefined ? null : wrapContext({ app, slot: buckets.slot }, bundleId, bucket)).toEqual(context);
  });
});

describe.each(subjects)('%s', (_, { cases }) => {
  test.each(cases)('M8: gives the tag of "$subject"', ({ salt, subject, tag }) => {
    expect(subjectTag(fromHex(salt), subject).toString('hex')).toBe(tag);
  });
});
