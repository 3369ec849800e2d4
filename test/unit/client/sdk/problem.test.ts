// Problems: what an answer or a failure becomes, and that none holds anything of a request or of a stranger's answer.

import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  DaykeyProblem,
  type DaykeyProblemCode,
  invalidRequest,
  isText,
  membersIn,
  problemAt,
  problemIn,
  unreachable,
} from '../../../../client/sdk/problem.ts';
import { PROBLEM_CODES, PROBLEMS, problem } from '../../../../wire/problem.ts';

const SECRET = 'maya4711';
const ALL = { showHidden: true, depth: 9 } as const;
const OWN_CODES: DaykeyProblemCode[] = ['unreachable', 'timed-out', 'aborted', 'refused', 'unintelligible'];

describe('a problem', () => {
  test('is an error that says its code, its detail and where the fault is', () => {
    const error = new DaykeyProblem('too-large', 'at most 9 bytes', { paths: ['fields.a', 'fields.b'] });
    expect(error).toBeInstanceOf(Error);
    expect([error.name, error.message]).toEqual(['DaykeyProblem', 'too-large: at most 9 bytes (fields.a, fields.b)']);
    expect(error).toMatchObject({ code: 'too-large', detail: 'at most 9 bytes', paths: ['fields.a', 'fields.b'] });
  });

  test('without more known of it says no more', () => {
    const error = new DaykeyProblem('unavailable', 'try again');
    expect(error.message).toBe('unavailable: try again');
    expect(error).toMatchObject({ status: undefined, paths: [], retryAfterSeconds: undefined });
    expect(error.cause).toBeUndefined();
  });

  test.each(PROBLEM_CODES)('of the vault’s code %s is transient as the table of problems says', (code) => {
    expect(new DaykeyProblem(code, '').isTransient).toBe(PROBLEMS[code].isTransient);
  });

  test.each(OWN_CODES)('of code %s is transient when the same call may succeed later', (code) => {
    expect(new DaykeyProblem(code, '').isTransient).toBe(['unreachable', 'timed-out'].includes(code));
  });

  test('of the SDK itself has a path of dots, no status, and at most 128 characters of a path', () => {
    expect(invalidRequest('no', ['fields', 'form', 0])).toMatchObject({
      code: 'invalid-request',
      detail: 'no',
      status: undefined,
      paths: ['fields.form.0'],
    });
    expect(problemAt(['x'.repeat(200)], 'too-large', 'no')).toMatchObject({
      code: 'too-large',
      paths: ['x'.repeat(128)],
    });
  });
});

describe('an answer of a vault', () => {
  test.each(PROBLEM_CODES)('of code %s is that problem', (code) => {
    const { status } = PROBLEMS[code];
    const found = problemIn(status, problem(code, 'a detail', ['fields.a', 'fields.b']), 7);
    expect(found).toMatchObject({ code, status, detail: 'a detail', retryAfterSeconds: 7 });
    expect(found.paths).toEqual(['fields.a', 'fields.b']);
  });

  test('without paths, or with some that are no text, keeps those that are', () => {
    const body = problem('invalid-request', 'no');
    expect(problemIn(400, body).paths).toEqual([]);
    expect(problemIn(400, { ...body, paths: 'fields' }).paths).toEqual(['fields']);
    expect(problemIn(400, { ...body, paths: ['a', 7, null, ['b'], { c: 1 }] }).paths).toEqual(['a']);
  });

  const FORBIDDEN = problem('forbidden', 'no');
  test.each<[what: string, status: number, body: unknown]>([
    ['is HTML', 403, '<html>Forbidden</html>'],
    ['is nothing', 403, undefined],
    ['is null', 403, null],
    ['is a list', 403, [FORBIDDEN]],
    ['has a code and nothing else', 403, { code: 'forbidden' }],
    ['has no detail', 403, { ...FORBIDDEN, detail: undefined }],
    ['has a detail that is no text', 403, { ...FORBIDDEN, detail: { text: 'no' } }],
    ['has no code', 403, { ...FORBIDDEN, code: undefined }],
    ['has a code that is no text', 403, { ...FORBIDDEN, code: 7 }],
    ['has another type', 403, { ...FORBIDDEN, type: 'https://waf.example/blocked' }],
    ['says another status', 401, FORBIDDEN],
    ['is Lambda’s own', 403, { Message: 'User is not authorized' }],
  ])('that %s is not the vault’s own refusal', (_, status, body) => {
    const found = problemIn(status, body);
    expect(found).toMatchObject({ code: 'refused', status, paths: [] });
  });
});

describe('an answer of something else', () => {
  test.each([
    ...[408, 429, 500, 502, 503, 504].map((status) => [status, 'unavailable'] as const),
    ...[400, 401, 403, 404, 407, 409, 413, 418, 451, 499].map((status) => [status, 'refused'] as const),
    ...[100, 200, 204, 302, 304, 501, 505, 507, 511, 599, 4, 40, 5033, 1503].map(
      (status) => [status, status === 4 || status === 40 ? 'refused' : 'unintelligible'] as const,
    ),
  ])('of status %i is %s', (status, code) => {
    const found = problemIn(status, `<html>${SECRET}`, 3);
    expect(found).toMatchObject({ code, status, retryAfterSeconds: 3 });
    expect(found.detail).toBe(`an answer of status ${status} that no vault gives`);
    expect(inspect(found, ALL)).not.toContain(SECRET);
  });

  test('without a status is unintelligible', () => {
    expect(problemIn(undefined, undefined)).toMatchObject({ code: 'unintelligible', status: undefined });
  });
});

describe('a failure without an answer', () => {
  const failed = (message: string, more: object) => Object.assign(new Error(message), more);

  test.each<[what: string, error: unknown, detail: string]>([
    ['an error', new TypeError(SECRET), 'no answer from the vault: TypeError'],
    ['an error with a code', failed(SECRET, { code: 'ECONNRESET' }), 'no answer from the vault: ECONNRESET'],
    [
      'an error with causes',
      new TypeError(SECRET, { cause: new Error(SECRET, { cause: failed(SECRET, { code: 'UND_ERR_SOCKET' }) }) }),
      'no answer from the vault: TypeError: Error: UND_ERR_SOCKET',
    ],
    [
      'an error of the AWS SDK',
      failed(SECRET, { name: 'TooManyRequestsException' }),
      'no answer from the vault: TooManyRequestsException',
    ],
    ['a code that is a number', failed(SECRET, { name: 'AbortError', code: 20 }), 'no answer from the vault: Error'],
    ['a code that is a sentence', failed(SECRET, { code: `Not ${SECRET}` }), 'no answer from the vault: Error'],
    ['a code with more lines', failed(SECRET, { code: `E\n${SECRET}` }), 'no answer from the vault: Error'],
    ['a code without end', failed(SECRET, { code: `E${'X'.repeat(100)}` }), 'no answer from the vault: Error'],
    ['a code in lower case', failed(SECRET, { code: SECRET }), 'no answer from the vault: Error'],
    [
      'a code of 61 characters',
      failed(SECRET, { code: `E${'X'.repeat(60)}` }),
      `no answer from the vault: E${'X'.repeat(60)}`,
    ],
    ['a text', SECRET, 'no answer from the vault'],
    ['nothing', undefined, 'no answer from the vault'],
  ])('of %s says names and codes, and no message', (_, error, detail) => {
    const found = unreachable(error);
    expect([found.code, found.status, found.detail]).toEqual(['unreachable', undefined, detail]);
    expect(inspect(found, ALL)).not.toContain(SECRET);
  });

  test('whose causes have no end names three of them', () => {
    const error = new RangeError(SECRET);
    error.cause = error;
    expect(unreachable(error).detail).toBe('no answer from the vault: RangeError: RangeError: RangeError');
  });
});

describe('members', () => {
  test.each([[null], [undefined], ['text'], [7], [true], [[1, 2]], [() => {}]])('of %j are none', (value) => {
    expect(membersIn(value)).toEqual({});
  });

  test('of an object are its own', () => {
    expect(Object.entries(membersIn(JSON.parse('{"__proto__":1,"a":2}')))).toEqual([
      ['__proto__', 1],
      ['a', 2],
    ]);
  });

  test('are text when they are strings', () => {
    expect([isText(''), isText('x'), isText(7), isText(undefined), isText(['x'])]).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
