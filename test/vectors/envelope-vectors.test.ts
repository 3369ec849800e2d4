// The golden vectors: what was sealed with format v1 opens for as long as there is a format v1.

import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { sealBundle, subjectTag } from '../../vault/domain/envelope/bundle.ts';
import {
  attempt,
  fromHex,
  type OpensVector,
  type RefusedVectors,
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

test('M27: every vector file is one that the maker makes, and none is missing', () => {
  expect(names).toEqual(Object.keys(vectorFiles()).sort());
  expect(opening.length).toBeGreaterThanOrEqual(6);
  expect(refused.flatMap(([, { cases }]) => cases).length).toBeGreaterThanOrEqual(70);
});

test('M27: the maker, run again, makes the same files', () => {
  expect(Object.fromEntries(files)).toEqual(vectorFiles());
});

describe.each(opening)('%s', (_, vector) => {
  test('M27: sealing with the same entropy gives the same bytes', () => {
    const { subject } = vector;
    const tag = subject ? subjectTag(fromHex(subject.salt), subject.name) : undefined;
    const jsons = vector.fields.map(({ json }) => json);
    const bundle = sealBundle(vector.place, jsons, tag, fromHex(vector.entropy));
    expect({
      refId: bundle.refId.toString('hex'),
      innerWraps: bundle.innerWraps.toString('hex'),
      sealedFields: bundle.ciphertexts.map((bytes) => bytes.toString('hex')),
      tokens: bundle.tokens,
    }).toEqual({
      refId: vector.refId,
      innerWraps: vector.innerWraps,
      sealedFields: vector.fields.map(({ sealedField }) => sealedField),
      tokens: vector.fields.map(({ token }) => token),
    });
  });

  test('M27: every field opens to its JSON text', () => {
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
