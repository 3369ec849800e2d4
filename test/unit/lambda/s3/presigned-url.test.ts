// Presigned URLs are those that AWS's own signer makes.

import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { expect, test } from 'vitest';
import { type Credentials, presignedUrl, type SignedRequest } from '../../../../lambda/s3/presigned-url.ts';

const NOW_MS = Date.parse('2026-11-23T10:00:00Z');
const KEYS = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'a-secret' };
const SESSION: Credentials = { ...KEYS, sessionToken: 'a/token+with=signs' };
const OBJECT = 'https://blobs.s3.eu-central-1.amazonaws.com/d1/shop/AAAAAAAAAAAAAAAAAA-_';

test.each<[what: string, request: SignedRequest, credentials: Credentials]>([
  ['a download', { method: 'GET', url: new URL(OBJECT) }, SESSION],
  ['a download without a session', { method: 'GET', url: new URL(OBJECT) }, KEYS],
  [
    'an upload with its headers',
    { method: 'PUT', url: new URL(OBJECT), headers: { 'content-length': '1096', 'if-none-match': '*' } },
    SESSION,
  ],
  ['a deletion at an emulator', { method: 'DELETE', url: new URL('http://127.0.0.1:4566/blobs/d8/shop/x') }, SESSION],
  ['a list', { method: 'GET', url: new URL('/?list-type=2&prefix=d1/shop/', OBJECT) }, SESSION],
])('%s', async (_, request, credentials) => {
  const signing = { credentials: async () => credentials, region: async () => 'eu-central-1' };
  const url = new URL(await presignedUrl(signing, request, 900, NOW_MS));
  expect(Object.fromEntries(url.searchParams)).toEqual(await bySmithy(request, credentials));
  expect(url.origin + url.pathname).toBe(request.url.origin + request.url.pathname);
});

/** The query of the same URL, signed by AWS's library. */
async function bySmithy({ method, url, headers = {} }: SignedRequest, credentials: Credentials): Promise<object> {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const session = sessionToken === undefined ? {} : { sessionToken };
  const signer = new SignatureV4({
    service: 's3',
    region: 'eu-central-1',
    credentials: { accessKeyId, secretAccessKey, ...session },
    sha256: Sha256,
    uriEscapePath: false,
  });
  const request = {
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: { ...headers, host: url.host, 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD' },
  };
  const { query = {} } = await signer.presign(request, { expiresIn: 900, signingDate: new Date(NOW_MS) });
  return query;
}

class Sha256 {
  readonly #hash;

  constructor(secret?: unknown) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as Buffer);
  }

  update(data: unknown): void {
    this.#hash.update(data as Buffer);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {}
}
