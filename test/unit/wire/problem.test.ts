// The table of problems, and the headers that answers carry.

import { STATUS_CODES } from 'node:http';
import { describe, expect, test } from 'vitest';
import { problemHeaders, SUCCESS_HEADERS } from '../../../wire/headers.ts';
import { isProblemCode, PROBLEM_CODES, PROBLEMS, problem } from '../../../wire/problem.ts';

const PROTECTION = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' };

describe('a problem', () => {
  test('has the status phrase of RFC 9110 as its title', () => {
    // Node has the phrase of 413 from before RFC 9110.
    const phrases: Readonly<Record<number, string | undefined>> = { ...STATUS_CODES, 413: 'Content Too Large' };
    for (const code of PROBLEM_CODES) {
      const { status, title } = problem(code);
      expect([code, title]).toEqual([code, phrases[status]]);
    }
  });

  test('says what is known of its code where nothing more precise is known', () => {
    expect(problem('forbidden')).toEqual({
      type: 'about:blank',
      title: 'Forbidden',
      status: 403,
      code: 'forbidden',
      detail: 'this identity may not do this for this app',
    });
  });

  test('names paths only where there are some', () => {
    expect(problem('invalid-request', 'a detail', ['fields.a'])).toMatchObject({
      detail: 'a detail',
      paths: ['fields.a'],
    });
    expect(problem('invalid-request', 'a detail', [])).not.toHaveProperty('paths');
  });

  test.each(PROBLEM_CODES)('%s is transient exactly when its status is 503', (code) => {
    expect(PROBLEMS[code].isTransient).toBe(PROBLEMS[code].status === 503);
  });
});

describe('headers', () => {
  test('of every answer keep it out of caches and its type fixed', () => {
    expect(SUCCESS_HEADERS).toEqual({ ...PROTECTION, 'Content-Type': 'application/json' });
    for (const code of PROBLEM_CODES) {
      expect(problemHeaders(code)).toMatchObject({ ...PROTECTION, 'Content-Type': 'application/problem+json' });
    }
  });

  test('of a 401, and of no other, name the schemes of identities', () => {
    const naming = PROBLEM_CODES.filter((code) => 'WWW-Authenticate' in problemHeaders(code));
    expect(naming).toEqual(['unauthenticated']);
    expect(problemHeaders('unauthenticated')['WWW-Authenticate']).toBe('Bearer, Daykey-Aws');
  });

  test('of a 503, and of no other, say when to try again: in a second unless the vault knows better', () => {
    const naming = PROBLEM_CODES.filter((code) => 'Retry-After' in problemHeaders(code));
    expect(naming).toEqual(['unavailable']);
    expect(problemHeaders('unavailable')['Retry-After']).toBe('1');
    expect(problemHeaders('unavailable', 30)['Retry-After']).toBe('30');
  });
});

test.each([undefined, null, 7, '', 'toString', '__proto__', 'conflict', 'unreachable'])(
  '%s is no code of a problem',
  (code) => {
    expect(isProblemCode(code)).toBe(false);
  },
);
