// The settings of a deployment: read with a signature, waited for while rights are new, and only as they were deployed.

import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { s3SettingsAsset } from '../../../../lambda/s3/settings-asset.ts';

const TEXT = '{"apps":{"shop":{"name":"Müller"}}}';
const digest = createHash('sha256').update(TEXT).digest('hex');
const SIGNING = {
  region: async () => 'eu-central-1',
  credentials: async () => ({ accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' }),
};

let asked: string[] = [];
let refusals = 0;
let body = TEXT;
let url = '';
const server = createServer((request, response) => {
  asked.push(request.url ?? '');
  refusals -= 1;
  response.writeHead(refusals >= 0 ? 403 : 200).end(body);
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
  url = `http://127.0.0.1:${address.port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  asked = [];
  refusals = 0;
  body = TEXT;
});

async function read(waits: number[] = []): Promise<string> {
  const wait = async (ms: number) => void waits.push(ms);
  return await s3SettingsAsset(
    SIGNING,
    (bucket) => `${url}/${bucket}/`,
    wait,
  )({ bucket: 'assets', key: 'a.json', digest });
}

test('are read from their object, with the signature of the function', async () => {
  expect(await read()).toBe(TEXT);
  expect(asked).toEqual([expect.stringMatching(/^\/assets\/a\.json\?.*X-Amz-Signature=[0-9a-f]{64}$/)]);
});

test('are asked for again for a minute, since the right to read them is as new as they are', async () => {
  refusals = 12;
  const waits: number[] = [];
  expect(await read(waits)).toBe(TEXT);
  expect(waits.reduce((sum, ms) => sum + ms, 0)).toBe(60_000);
});

test('that stay refused are an error that says what to check', async () => {
  refusals = 1000;
  await expect(read()).rejects.toThrow('S3 answered 403. Check that the role of configure-app may read the object');
  expect(asked).toHaveLength(13);
});

test('that are not those that were deployed are refused at once', async () => {
  body = TEXT.replace('shop', 'bank');
  await expect(read()).rejects.toThrow("the deployment's settings are not those that were deployed: deploy again");
  expect(asked).toHaveLength(1);
});

test('from a bucket that does not answer are an error that may pass', async () => {
  const nowhere = s3SettingsAsset(
    SIGNING,
    () => 'http://127.0.0.1:9/assets/',
    async () => undefined,
  );
  await expect(nowhere({ bucket: 'assets', key: 'a.json', digest })).rejects.toMatchObject({ code: 'unavailable' });
});
