// The headers and cookies of the Console's answers, word for word: each of them keeps something out.

import { describe, expect, test } from 'vitest';
import {
  answer,
  cookieIn,
  json,
  pageAnswer,
  seeOther,
  setCookie,
} from '../../../../../vault/operations/console/http.ts';

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types lit-html";
const PROTECTION = [
  ['Cache-Control', 'no-store'],
  ['Content-Security-Policy', POLICY],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['Permissions-Policy', 'camera=(), clipboard-read=(), display-capture=(), geolocation=(), microphone=()'],
  ['Referrer-Policy', 'no-referrer'],
  ['Strict-Transport-Security', 'max-age=31536000'],
  ['X-Content-Type-Options', 'nosniff'],
  ['X-Frame-Options', 'DENY'],
];

test('every answer has its type, the protection and its own headers', () => {
  expect(answer(418, 'text/x', 'body', [['Retry-After', '1']])).toEqual({
    status: 418,
    headers: [['Content-Type', 'text/x'], ...PROTECTION, ['Retry-After', '1']],
    text: 'body',
  });
  expect(answer(200, 'text/x', '').headers).toEqual([['Content-Type', 'text/x'], ...PROTECTION]);
});

test('the page may ask its own host, fetch blobs from their origin and show them, and nothing else', () => {
  const page = pageAnswer('<p>', 'https://blobs.example');
  const policy = `${POLICY}; connect-src 'self' https://blobs.example; img-src blob:; media-src blob:`;
  expect(page).toEqual({
    status: 200,
    headers: [
      ['Content-Type', 'text/html; charset=utf-8'],
      ...PROTECTION.map(([name, value]) => [name, name === 'Content-Security-Policy' ? policy : value]),
    ],
    text: '<p>',
  });
});

test('JSON and redirects are what they say', () => {
  const { headers, ...rest } = json(201, { a: 1 }, [['X-A', 'b']]);
  expect(rest).toEqual({ status: 201, text: '{"a":1}' });
  expect([headers[0], headers.at(-1)]).toEqual([
    ['Content-Type', 'application/json'],
    ['X-A', 'b'],
  ]);
  expect(seeOther('https://login.example', [['Set-Cookie', 'a=b']])).toEqual({
    status: 303,
    headers: [
      ['Content-Type', 'text/plain; charset=utf-8'],
      ...PROTECTION,
      ['Location', 'https://login.example'],
      ['Set-Cookie', 'a=b'],
    ],
    text: '',
  });
});

test('a cookie is for this host only, over TLS, and out of reach of scripts', () => {
  expect(setCookie('__Host-a', 'v', 'Strict', 60)).toEqual([
    'Set-Cookie',
    '__Host-a=v; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=60',
  ]);
});

describe('a cookie', () => {
  test.each<[cookies: string | undefined, value: string | undefined]>([
    ['a=1', '1'],
    ['b=2; a=1; c=3', '1'],
    ['b=2;a=1', '1'],
    ['a=x=y', 'x=y'],
    [undefined, undefined],
    ['', undefined],
    ['a=', undefined],
    ['a', undefined],
    ['aa=1', undefined],
    ['b=a=1', undefined],
    ['a=1; a=1', undefined],
    ['a=1; a=', undefined],
  ])('a in %j is %j', (cookies, value) => {
    const header = (name: string) => (name === 'cookie' ? cookies : undefined);
    expect(cookieIn({ header }, 'a')).toBe(value);
  });
});
