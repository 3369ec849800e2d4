// From an HTTP request to a call: one value a header, JSON in UTF-8.

import { expect, test } from 'vitest';
import { callFromHttp, type HttpRequest } from '../../../../vault/operations/http-call.ts';

const JSON_HEADER = ['Content-Type', ['application/json']] as const;

function call(headers: HttpRequest['headers'], body: HttpRequest['body'] = '{}') {
  return callFromHttp({ requestId: 'r', operation: 'encrypt', app: 'shop', headers, body });
}

test.each<[headers: HttpRequest['headers'], authorization: string | undefined]>([
  [[['Authorization', ['Bearer x']]], 'Bearer x'],
  [[['AUTHORIZATION', ['Bearer x']]], 'Bearer x'],
  [[], undefined],
  [[['authorization', []]], undefined],
  [[['authorization', ['a', 'b']]], undefined],
  [[['authorization', ['a', 'a']]], undefined],
  [
    [
      ['authorization', ['a']],
      ['Authorization', ['b']],
    ],
    undefined,
  ],
  [
    [
      ['authorization', ['a']],
      ['Authorization', ['a']],
    ],
    'a',
  ],
  [
    [
      ['authorization', ['a', 'a']],
      ['Authorization', ['a']],
    ],
    undefined,
  ],
  [[['x-authorization', ['a']]], undefined],
])('with %j the authorization is %j', (headers, authorization) => {
  expect(call(headers)).toMatchObject({ requestId: 'r', operation: 'encrypt', app: 'shop', authorization });
});

test.each([
  ['application/json', true],
  ['APPLICATION/JSON; charset=utf-8', true],
  ['application/json ;x', true],
  ['application/jsonx', false],
  ['xapplication/json', false],
  ['text/plain', false],
  ['', false],
])('a body of type %j is taken: %s', (type, isTaken) => {
  const text = () => call([['content-type', [type]]], '{"a":1}').bodyText();
  if (isTaken) expect(text()).toBe('{"a":1}');
  else expect(text).toThrow(expect.objectContaining({ code: 'unsupported-media-type' }));
});

test('a body without a type, or with two, is not taken', () => {
  for (const headers of [[], [['content-type', ['application/json', 'application/json']]]] as const) {
    expect(call(headers).bodyText).toThrow(expect.objectContaining({ code: 'unsupported-media-type' }));
  }
});

test('bytes are UTF-8, or are refused', () => {
  expect(call([JSON_HEADER], Buffer.from('{"é":1}')).bodyText()).toBe('{"é":1}');
  expect(call([JSON_HEADER], Buffer.from([0x22, 0xff, 0x22])).bodyText).toThrow(
    expect.objectContaining({ code: 'invalid-json', message: 'the body is not UTF-8' }),
  );
});
