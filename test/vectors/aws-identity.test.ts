// The vectors of docs/aws-identity-format.md: what the document says gives these bytes, and so does the SDK.

import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { awsIdentity } from '../../client/sdk/index.ts';
import { isFresh } from '../../vault/domain/aws-identity.ts';
import {
  callerIdentityRequest,
  parseAwsIdentity,
  REUSE_SECONDS,
  SIGNED_HEADERS,
  signedAtMs,
  sigV4Authorization,
} from '../../wire/aws-identity.ts';
import { MAX_AUTHORIZATION_BYTES } from '../../wire/limits.ts';
import { present } from '../support/envelope.ts';

interface Accepted {
  readonly about: string;
  readonly region: string;
  readonly dnsSuffix: string;
  readonly audience: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly date: string;
  readonly canonicalRequest: string;
  readonly textToSign: string;
  readonly signature: string;
  readonly header: string;
}

const read = <Case>(path: string) =>
  (JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as { cases: Case[] }).cases;
const ACCEPTED = read<Accepted>('aws-identity/accepted.json');
const REFUSED = read<{ requirement: string; why: string; header: string }>('aws-identity/refused.json');
const DOCUMENT = readFileSync(new URL('../../docs/aws-identity-format.md', import.meta.url), 'utf8');
/** The two texts of the document, with names in braces. */
const [CANONICAL_REQUEST = '', TEXT_TO_SIGN = ''] = [...DOCUMENT.matchAll(/```\n([\s\S]*?)\n```/g)].map(
  ([, text = '']) => text,
);

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
const filled = (text: string, values: Readonly<Record<string, string>>) =>
  text.replaceAll(/\{([^}]+)\}/g, (_, name: string) => present(values[name]));

describe.each(ACCEPTED)('of $about', (vector) => {
  const { region, dnsSuffix, audience, accessKeyId, secretAccessKey, sessionToken, date } = vector;
  const day = date.slice(0, 8);

  test('A1, A2, A3: the canonical request is that of the document and of the vault', () => {
    const names = { region, dnsSuffix, date, audience, 'session token': sessionToken };
    expect(filled(CANONICAL_REQUEST, names)).toBe(vector.canonicalRequest);
    const { method, path, host, headers, body } = callerIdentityRequest({ region, dnsSuffix, audience }, vector);
    const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}`);
    expect([method, path, '', ...lines, '', SIGNED_HEADERS, sha256(body)].join('\n')).toBe(vector.canonicalRequest);
    expect([headers.host, host]).toEqual([`sts.${region}.${dnsSuffix}`, `sts.${region}.${dnsSuffix}`]);
    expect(Buffer.byteLength(body)).toBe(43);
  });

  test('A4: the signature is that of the steps of the document', () => {
    const digest = sha256(vector.canonicalRequest);
    const names = { date, day, region, 'SHA-256 of the canonical request, in lower-case hexadecimal digits': digest };
    expect(filled(TEXT_TO_SIGN, names)).toBe(vector.textToSign);
    const key = [day, region, 'sts', 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
    expect(hmac(key, vector.textToSign).toString('hex')).toBe(vector.signature);
  });

  test('A5, A6: the header is that of the steps of the document and of the SDK', async () => {
    const { signature } = vector;
    const json = JSON.stringify({ v: 1, accessKeyId, date, sessionToken, signature });
    expect(`Daykey-Aws ${Buffer.from(json).toString('base64url')}`).toBe(vector.header);
    const clock = () => present(signedAtMs(vector.header));
    const credentials = { accessKeyId, secretAccessKey, sessionToken };
    expect(await awsIdentity({ audience, region, credentials, clock })()).toBe(vector.header);
  });

  test('A7, A8, A9, A10, A11: the vault takes it for what was signed', () => {
    const parsed = present(parseAwsIdentity(vector.header));
    expect(parsed).toMatchObject({ accessKeyId, date, sessionToken, signature: vector.signature });
    expect(sigV4Authorization(region, parsed)).toBe(
      `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${day}/${region}/sts/aws4_request, SignedHeaders=${SIGNED_HEADERS}, Signature=${vector.signature}`,
    );
  });
});

test.each(REFUSED)('$requirement: refuses $why', ({ header }) => {
  expect(parseAwsIdentity(header)).toBeUndefined();
});

test('A11: the longest header is as long as the document says', () => {
  const { header = '' } = REFUSED.find(({ requirement }) => requirement === 'A11') ?? {};
  expect(header).toHaveLength(MAX_AUTHORIZATION_BYTES + 1);
  expect(DOCUMENT).toContain(`at most ${MAX_AUTHORIZATION_BYTES.toLocaleString('en')} characters`);
});

test('A12: a header is taken for 6 minutes, and from 1 minute before its date', () => {
  const signedAt = present(signedAtMs(present(ACCEPTED[0]).header));
  const taken = [-60_001, -60_000, 0, 360_000, 360_001].map((passedMs) => isFresh(signedAt, signedAt + passedMs));
  expect(taken).toEqual([false, true, true, true, false]);
});

test('A13: the SDK reuses a header for 5 minutes', () => {
  expect(REUSE_SECONDS).toBe(300);
});

test('each requirement has a number, says MUST, and is named by a test', () => {
  const requirements = [...DOCUMENT.matchAll(/^- \*\*(A\d+)\*\* ((?:.+\n?)+?)(?=\n|- )/gm)];
  const numbers = requirements.map(([, number]) => number);
  expect(numbers).toEqual(Array.from({ length: 13 }, (_, at) => `A${at + 1}`));
  expect(requirements.filter(([, , text]) => !text?.includes('MUST'))).toEqual([]);
  const titles = readFileSync(new URL(import.meta.url), 'utf8').match(/\bA\d+(?=[:,])/g);
  expect(new Set(titles)).toEqual(new Set(numbers));
  const broken = new Set(REFUSED.map(({ requirement }) => requirement));
  expect([...broken].sort()).toEqual(['A10', 'A11', 'A5', 'A6', 'A7', 'A8', 'A9']);
});
