// Requests to the store of blobs: what it is asked for, what its answers mean, and when it is given up.

import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { getObject, putObject, type StoreOptions } from '../../../../client/blobs/object-store.ts';

const OPTIONS: StoreOptions = { signal: undefined, idleMs: 5000, insecureHttp: false };

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** The URL of a store that answers so. */
async function storeThat(answer: RequestListener): Promise<string> {
  server = createServer((request, response) => {
    // The body is read first, as a store does that takes it.
    request.resume().once('end', () => answer(request, response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

async function* pieces(...texts: string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text);
}

const put = (url: string, options = OPTIONS) => putObject(url, { 'x-a': 'b' }, pieces('ab', 'c'), options);

async function get(url: string, options = OPTIONS): Promise<[objectBytes: number, text: string]> {
  const part = await getObject(url, 5, 10, options);
  const got: Buffer[] = [];
  for await (const piece of part.pieces) got.push(piece);
  return [part.objectBytes, Buffer.concat(got).toString()];
}

describe('an object that is put', () => {
  test.each([
    [200, 'stored'],
    [412, 'exists'],
  ])('with the answer %i is %s', async (status, outcome) => {
    const seen: unknown[] = [];
    const url = await storeThat(({ method, headers }, response) => {
      seen.push([method, headers['x-a']]);
      response.writeHead(status).end();
    });
    expect([await put(url), seen]).toEqual([outcome, [['PUT', 'b']]]);
  });

  test('fails as its source does', async () => {
    const fault = new Error('no disk');
    const url = await storeThat((_, response) => response.end());
    const failing = async function* () {
      yield Buffer.from('a');
      throw fault;
    };
    await expect(putObject(url, {}, failing(), OPTIONS)).rejects.toBe(fault);
  });
});

describe('a part of an object', () => {
  const part = (range: string): RequestListener => {
    return ({ method, headers }, response) => {
      if (method !== 'GET' || headers.range !== 'bytes=5-9') response.writeHead(400).end();
      else response.writeHead(206, { 'content-range': range }).end('56789');
    };
  };

  test('is asked for from its first byte to its last, and comes with the size of the whole', async () => {
    expect(await get(await storeThat(part('bytes 5-9/20')))).toEqual([20, '56789']);
  });

  test.each(['bytes 4-9/20', 'bytes 5-8/20', 'bytes 5-9/*', 'xbytes 5-9/20', 'bytes 5-9/20x', 'bytes */20', ''])(
    'is damaged when the store says that it is %j',
    async (range) => {
      await expect(get(await storeThat(part(range)))).rejects.toMatchObject({
        code: 'damaged',
        detail: 'what is stored is not what was sealed',
      });
    },
  );

  test('that breaks off is unreachable', async () => {
    const url = await storeThat((_, response) => {
      response.writeHead(206, { 'content-range': 'bytes 5-9/20', 'content-length': 5 });
      response.write('56', () => response.destroy());
    });
    await expect(get(url)).rejects.toMatchObject({ code: 'unreachable', isTransient: true });
  });
});

describe.each([
  ['put', put],
  ['get', get],
])('%s', (_, ask) => {
  test.each<[status: number, code: string, isTransient: boolean, detail: string]>([
    [404, 'gone', false, 'the store has no such blob: it was never uploaded, or it has ended'],
    [416, 'damaged', false, 'what is stored is not what was sealed'],
    [429, 'unavailable', true, 'the store of blobs answered 429'],
    [500, 'unavailable', true, 'the store of blobs answered 500'],
    [503, 'unavailable', true, 'the store of blobs answered 503'],
    [499, 'refused', false, 'the store of blobs answered 499'],
    [403, 'refused', false, 'the store of blobs answered 403'],
    [201, 'refused', false, 'the store of blobs answered 201'],
  ])('with the answer %i is %s', async (status, code, isTransient, detail) => {
    const url = await storeThat((_request, response) => response.writeHead(status).end());
    await expect(ask(url)).rejects.toMatchObject({ code, isTransient, detail });
  });

  test('keeps the status of a refusal', async () => {
    const url = await storeThat((_request, response) => response.writeHead(403).end());
    await expect(ask(url)).rejects.toMatchObject({ status: 403 });
  });

  test('is given up when nothing moves', async () => {
    const url = await storeThat(() => undefined);
    await expect(ask(url, { ...OPTIONS, idleMs: 30 })).rejects.toMatchObject({
      code: 'timed-out',
      detail: 'nothing has moved for 30 ms',
    });
  });

  test('ends with its signal', async () => {
    const aborting = new AbortController();
    const url = await storeThat(() => aborting.abort());
    await expect(ask(url, { ...OPTIONS, signal: aborting.signal })).rejects.toMatchObject({ code: 'aborted' });
  });

  test('that finds no one there is unreachable', async () => {
    const url = await storeThat(() => undefined);
    await new Promise((done) => server?.close(done));
    await expect(ask(url)).rejects.toMatchObject({ code: 'unreachable' });
  });

  test('goes over TLS to other machines, unless the caller allows otherwise', async () => {
    const url = 'http://store.invalid/';
    await expect(ask(url)).rejects.toMatchObject({ code: 'refused', detail: 'the store of blobs has no TLS' });
    await expect(ask(url, { ...OPTIONS, insecureHttp: true })).rejects.toMatchObject({ code: 'unreachable' });
  });

  test('speaks TLS to an https URL', async () => {
    const url = await storeThat((_request, response) => response.end());
    await expect(ask(url.replace('http:', 'https:'))).rejects.toMatchObject({ code: 'unreachable' });
  });
});
