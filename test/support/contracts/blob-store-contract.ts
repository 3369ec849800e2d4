// What every store of blobs does, whatever is behind it: asked over HTTP, by the URLs that it signs.

import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { beforeAll, describe, expect, test } from 'vitest';
import type { BlobAddress } from '../../../vault/domain/blob-object.ts';
import type { BlobDownloads, BlobRemover, BlobUploads } from '../../../vault/ports/blob-store.ts';

/** What is tested. */
export interface CheckedStore {
  readonly store: BlobUploads & BlobDownloads & BlobRemover;
  /** Lets a URL that is valid for `seconds` expire. */
  pass(seconds: number): Promise<void>;
}

interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

/** Registers the contract's tests. `make` is called once. */
export function blobStoreContract(name: string, make: () => Promise<CheckedStore>): void {
  describe(`${name} as a store of blobs`, () => {
    let checked: CheckedStore;
    beforeAll(async () => {
      checked = await make();
    });
    const put = async (blob: BlobAddress, body: Buffer, sent = body) => {
      const { url, headers } = await checked.store.uploadTo(blob, body.length, 60);
      return send('PUT', url, { ...headers, 'content-length': String(sent.length) }, sent);
    };
    const get = async (blob: BlobAddress, headers: Record<string, string> = {}) =>
      send('GET', await checked.store.downloadFrom(blob, 60), headers);

    test.each([0, 1, 72, 100_000])('gives %d bytes back as they were put', async (bytes) => {
      const [blob, body] = [anAddress(), randomBytes(bytes)];
      expect((await put(blob, body)).status).toBe(200);
      const answer = await get(blob);
      expect([answer.status, answer.body.equals(body)]).toEqual([200, true]);
    });

    test('gives a part, and says how large the object is', async () => {
      const [blob, body] = [anAddress(), randomBytes(1000)];
      await put(blob, body);
      const { status, headers, body: part } = await get(blob, { range: 'bytes=100-299' });
      expect([status, headers['content-range'], part.equals(body.subarray(100, 300))]).toEqual([
        206,
        'bytes 100-299/1000',
        true,
      ]);
      expect((await get(blob, { range: 'bytes=1000-1001' })).status).toBe(416);
    });

    test('refuses to overwrite an object', async () => {
      const [blob, body] = [anAddress(), randomBytes(100)];
      await put(blob, body);
      expect((await put(blob, randomBytes(100))).status).toBe(412);
      expect((await get(blob)).body.equals(body)).toBe(true);
    });

    test('refuses a body of another length, and one without the condition', async () => {
      const blob = anAddress();
      for (const bytes of [0, 99, 101]) {
        const { status } = await put(blob, randomBytes(100), randomBytes(bytes));
        expect(status).toBeGreaterThanOrEqual(400);
      }
      const { url, headers } = await checked.store.uploadTo(blob, 100, 60);
      const { 'if-none-match': _, ...others } = headers;
      expect((await send('PUT', url, others, randomBytes(100))).status).toBe(403);
      expect((await get(blob)).status).toBe(404);
    });

    test('refuses a URL for another object, another method, or with another end', async () => {
      const [blob, other] = [anAddress(), anAddress()];
      const { url, headers } = await checked.store.uploadTo(blob, 10, 60);
      const toOther = url.replace(blob.id, other.id);
      expect((await send('PUT', toOther, headers, randomBytes(10))).status).toBe(403);
      expect((await send('GET', url, {})).status).toBe(403);
      const later = url.replace(/(Expires=|until=)(\d+)/, (_, end, number) => `${end}${Number(number) + 600}`);
      expect((await send('PUT', later, headers, randomBytes(10))).status).toBe(403);
    });

    test('refuses a URL from its end on', async () => {
      const [blob, body] = [anAddress(), randomBytes(10)];
      await put(blob, body);
      const late = anAddress();
      const { url, headers } = await checked.store.uploadTo(late, 10, 2);
      const from = await checked.store.downloadFrom(blob, 2);
      await checked.pass(3);
      expect((await send('PUT', url, headers, body)).status).toBe(403);
      expect((await send('GET', from, {})).status).toBe(403);
    });

    test('removes an object, and one that is not there', async () => {
      const [blob, never, kept] = [anAddress(), anAddress(), anAddress()];
      for (const each of [blob, kept]) await put(each, randomBytes(10));
      await checked.store.remove([blob, never]);
      expect([(await get(blob)).status, (await get(kept)).status]).toEqual([404, 200]);
      await checked.store.remove([blob]);
    });

    test('removes every object of one app, and none of another', async () => {
      const app = `app-${randomBytes(4).toString('hex')}`;
      const own = [1, 2, 8].map((days) => ({ ...anAddress(), app, days }));
      const others = [`${app}-eu`, app.slice(0, -1)].map((each) => ({ ...anAddress(), app: each }));
      for (const each of [...own, ...others]) await put(each, randomBytes(10));
      await checked.store.removeAll(app);
      for (const each of own) expect((await get(each)).status).toBe(404);
      for (const each of others) expect((await get(each)).status).toBe(200);
      await checked.store.removeAll(app);
    });
  });
}

function anAddress(): BlobAddress {
  return { app: 'shop', id: randomBytes(15).toString('base64url'), days: 1 };
}

/** As a caller sends it: with these headers and no others. */
function send(
  method: string,
  url: string,
  headers: Readonly<Record<string, string>>,
  body: Buffer = Buffer.alloc(0),
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const sending = request(url, { method, headers, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('error', reject);
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) }),
      );
    });
    sending.on('error', reject);
    sending.end(body);
  });
}
