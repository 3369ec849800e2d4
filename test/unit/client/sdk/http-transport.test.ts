// The transport over HTTP: what it sends, what it makes of an answer, and which URLs it takes.

import { describe, expect, test } from 'vitest';
import { type HttpTransportOptions, httpTransport } from '../../../../client/sdk/http-transport.ts';
import type { WireRequest } from '../../../../client/sdk/transport.ts';

const URL_OF_VAULT = 'https://vault.example/prod';
const REQUEST: WireRequest = {
  app: 'shop',
  operation: 'encrypt',
  authorization: 'Bearer dkt_x',
  body: '{"fields":{"a":1.0}}',
  signal: new AbortController().signal,
};

/** A fetch that gives one answer, and what it was called with. */
function answering(response: () => Response) {
  const calls: [url: string, init: RequestInit | undefined][] = [];
  const send: typeof fetch = async (input, init) => {
    calls.push([String(input), init]);
    return response();
  };
  return { calls, send };
}

describe('a request', () => {
  test('is a POST of the body to the route, with the identity, the signal, and no redirect', async () => {
    const { calls, send } = answering(() => Response.json({ ok: 1 }));
    await httpTransport({ url: URL_OF_VAULT, fetch: send })(REQUEST);
    expect(calls).toEqual([
      [
        'https://vault.example/prod/v1/apps/shop/encrypt',
        {
          method: 'POST',
          headers: { 'Content-Type': 'application/json', Authorization: 'Bearer dkt_x' },
          body: '{"fields":{"a":1.0}}',
          signal: REQUEST.signal,
          redirect: 'error',
        },
      ],
    ]);
  });

  test.each([
    ['https://v.example', 'https://v.example'],
    ['https://v.example/', 'https://v.example'],
    ['https://v.example/prod', 'https://v.example/prod'],
    ['https://v.example/prod//', 'https://v.example/prod'],
    ['https://v.example:8443/a/b/', 'https://v.example:8443/a/b'],
    ['HTTPS://V.example/Prod', 'https://v.example/Prod'],
  ])('to a vault at %s begins with %s', async (url, base) => {
    const { calls, send } = answering(() => Response.json({}));
    await httpTransport({ url, fetch: send })(REQUEST);
    expect(calls[0]?.[0]).toBe(`${base}/v1/apps/shop/encrypt`);
  });

  test('escapes the name of the app', async () => {
    const { calls, send } = answering(() => Response.json({}));
    await httpTransport({ url: URL_OF_VAULT, fetch: send })({ ...REQUEST, app: 'a/b?c#d é' });
    expect(calls[0]?.[0]).toBe('https://vault.example/prod/v1/apps/a%2Fb%3Fc%23d%20%C3%A9/encrypt');
  });

  test('goes through the global fetch of that moment when no other is given', async () => {
    const transport = httpTransport({ url: URL_OF_VAULT });
    const { calls, send } = answering(() => Response.json({}));
    const real = globalThis.fetch;
    try {
      globalThis.fetch = send;
      await transport(REQUEST);
    } finally {
      globalThis.fetch = real;
    }
    expect(calls).toHaveLength(1);
  });

  test('that fails rejects with what fetch says', async () => {
    const failing = () => Promise.reject(new TypeError('fetch failed'));
    await expect(httpTransport({ url: URL_OF_VAULT, fetch: failing })(REQUEST)).rejects.toThrow('fetch failed');
  });
});

describe('an answer', () => {
  const answerTo = (body: string, init: ResponseInit) => {
    const { send } = answering(() => new Response(body, init));
    return httpTransport({ url: URL_OF_VAULT, fetch: send })(REQUEST);
  };

  test.each([200, 400, 403, 503])('of status %i has that status, and its JSON', async (status) => {
    expect(await answerTo('{"a":[1]}', { status })).toMatchObject({ status, body: { a: [1] } });
  });

  test.each(['', '<html>', '{"a":', 'undefined'])('that is no JSON has no body: %j', async (text) => {
    expect(await answerTo(text, { status: 200 })).toEqual({
      status: 200,
      body: undefined,
      retryAfterSeconds: undefined,
    });
  });

  test.each([
    ['3', 3],
    ['120', 120],
    ['0', undefined],
    ['', undefined],
    ['Wed, 21 Oct 2026 07:28:00 GMT', undefined],
    ['soon', undefined],
  ])('whose Retry-After is %j asks for %s seconds', async (header, seconds) => {
    const answer = await answerTo('{}', { status: 503, headers: { 'Retry-After': header } });
    expect(answer.retryAfterSeconds).toBe(seconds);
  });
});

describe('a url', () => {
  const made = (url: unknown, more: Partial<HttpTransportOptions> = {}) => {
    return () => httpTransport({ ...more, url: url as string });
  };

  test.each([
    'http://vault.example',
    'http://127.0.0.1.example',
    'http://localhost.example',
    'http://xlocalhost',
    'http://128.0.0.1',
    'http://10.127.0.0',
    'http://[::2]',
    'http://1127.0.0.1.example',
    'ftp://localhost',
    'ws://localhost',
    'file:///tmp/vault',
    'data:text/plain,x',
  ])('that would send plaintext without TLS is refused: %s', (url) => {
    expect(made(url)).toThrow('url must use https, or set insecureHttp');
  });

  test.each(['ftp://vault.example', 'ws://vault.example'])('of another protocol is refused at any risk: %s', (url) => {
    expect(made(url, { insecureHttp: true })).toThrow('https');
  });

  test.each([
    'https://vault.example/prod/',
    'http://localhost:4566',
    'http://vault.localhost',
    'http://127.0.0.1:4566/x',
    'http://127.1',
    'http://127.255.0.1',
    'http://[::1]:1',
    'http://LOCALHOST',
  ])('is taken: %s', (url) => {
    expect(made(url)).not.toThrow();
  });

  test('without TLS is taken where the risk is accepted', () => {
    expect(made('http://localstack:4566', { insecureHttp: true })).not.toThrow();
    expect(made('http://localstack:4566', { insecureHttp: false })).toThrow('https');
  });

  test.each([
    'https://user@v.example',
    'https://user:secret@v.example',
    'https://v.example/prod?stage=x',
    'https://v.example/prod#x',
  ])('with parts that would be dropped is refused, and not repeated: %s', (url) => {
    expect(made(url)).toThrow(/^url may have no user, query or fragment$/);
  });

  test.each(['', 'vault.example', '/prod', undefined, null, 7, {}])('that is none is refused: %s', (url) => {
    expect(made(url)).toThrow();
  });
});
