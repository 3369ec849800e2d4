// Deleting the blobs of an app: comes to an end, whatever keys are in the bucket.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { s3BlobRemover } from '../../../../lambda/s3/blob-remover.ts';

const ID = 'a'.repeat(20);
const PAGE = 2;

/** The keys of a bucket that lists two at a time. */
let keys: string[] = [];
const requests: string[] = [];
const server = createServer(({ method = '', url = '' }, answer) => {
  const { pathname, searchParams } = new URL(url, 'http://s3.invalid');
  requests.push(method);
  if (method === 'DELETE') {
    keys = keys.filter((key) => `/blobs/${key}` !== pathname);
    answer.writeHead(204).end();
    return;
  }
  const [prefix, after] = [searchParams.get('prefix') ?? '', searchParams.get('start-after') ?? ''];
  const page = keys.toSorted().filter((key) => key.startsWith(prefix) && key > after);
  const contents = page.slice(0, PAGE).map((key) => `<Contents><Key>${key}</Key></Contents>`);
  answer.end(`<ListBucketResult>${contents.join('')}</ListBucketResult>`);
});
let url = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/blobs/`;
});
afterAll(() => server.close());

test('deletes every blob of the app, and leaves keys that no vault has put, its own or those they lead to', async () => {
  const foreign = ['d1/shop/../bank/x', `d1/shop/${ID}?x`, `d1/shop/${ID}#x`, `d1/shop/a/${ID}`, 'd1/shop/short'];
  const others = [`d1/bank/${ID}`, 'd1/bank/x', `d1/shop2/${ID}`];
  const own = [1, 2, 3].flatMap((at) => [`d1/shop/${at}${ID.slice(1)}`, `d8/shop/${at}${ID.slice(1)}`]);
  keys = [...foreign, ...others, ...own];
  const signing = {
    region: async () => 'eu-central-1',
    credentials: async () => ({ accessKeyId: 'AKIA', secretAccessKey: 'secret' }),
  };
  await s3BlobRemover(signing, { name: 'blobs', arn: 'arn:aws:s3:::blobs', url }).removeAll('shop');
  expect(keys).toEqual([...foreign, ...others]);
  expect(requests.filter((method) => method === 'DELETE')).toHaveLength(own.length);
});
