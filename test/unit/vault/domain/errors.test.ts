// What an error says of itself and of what is behind it: names, codes and places, never a message.

import { describe, expect, test } from 'vitest';
import { causesOf, DaykeyError, isDaykeyError, isThrottling, messagesOf } from '../../../../vault/domain/errors.ts';

const SECRET = 'maya@example.org';

describe('a DaykeyError', () => {
  test('says its code, and neither paths nor a time to come back unless it was given them', () => {
    const error = new DaykeyError('conflict', 'another writer was first');
    expect(error).toMatchObject({ name: 'DaykeyError', code: 'conflict', message: 'another writer was first' });
    expect([error.paths, error.retryAfterSeconds, error.cause]).toEqual([[], undefined, undefined]);
  });

  test('keeps its paths, its cause and when to try again', () => {
    const cause = new Error('broken');
    const error = new DaykeyError('unavailable', 'not now', { paths: ['/a'], retryAfterSeconds: 5, cause });
    expect([error.paths, error.retryAfterSeconds, error.cause]).toEqual([['/a'], 5, cause]);
  });

  test('is distinguished from every other error, and from those of other codes', () => {
    const error = new DaykeyError('conflict', 'another writer was first');
    expect([isDaykeyError(error), isDaykeyError(error, 'conflict'), isDaykeyError(error, 'forbidden')]).toEqual([
      true,
      true,
      false,
    ]);
    expect(isDaykeyError(error, 'forbidden', 'conflict')).toBe(true);
    for (const other of [new Error('conflict'), { ...error }, 'conflict', undefined]) {
      expect(isDaykeyError(other)).toBe(false);
      expect(isDaykeyError(other, 'conflict')).toBe(false);
    }
  });
});

describe('what is behind an error', () => {
  test('is each cause in turn, with the place it comes from', () => {
    const inner = new TypeError(`no ${SECRET}`);
    const causes = causesOf(new Error('failed', { cause: new DaykeyError('conflict', SECRET, { cause: inner }) }));
    expect(causes).toEqual([
      expect.stringMatching(/^Error at .*errors\.test\.ts:\d+:\d+\)?$/),
      expect.stringMatching(/^DaykeyError conflict at .*errors\.test\.ts/),
      expect.stringMatching(/^TypeError at .*errors\.test\.ts/),
    ]);
    expect(causes.join()).not.toContain(SECRET);
  });

  test('is known by its place where it says nothing at all', () => {
    expect(causesOf(new Error())).toEqual([expect.stringMatching(/^Error at .*errors\.test\.ts/)]);
  });

  test('is every error of several, and then their common cause', () => {
    const several = new AggregateError([new RangeError('a'), SECRET], 'two', { cause: new TypeError('b') });
    expect(causesOf(several).map((cause) => cause.split(' at ')[0])).toEqual([
      'AggregateError',
      'RangeError',
      'not an Error',
      'TypeError',
    ]);
  });

  // The first lines of a stack are the message, and a message may have as many lines as it likes.
  test('has no line of a message for its place, though it looks like one', () => {
    const error = new Error(`one\n    at ${SECRET} (two)\n    at ${SECRET} (three)`);
    expect(causesOf(error)).toEqual([expect.stringMatching(/^Error at .*errors\.test\.ts/)]);
    expect(causesOf(error).join()).not.toContain(SECRET);
  });

  test.each([
    ['that does not begin with its message', `Error: another\n    at ${SECRET}`],
    ['that is missing', undefined],
    ['that ends with its message', 'Error: failed'],
    ['that goes on with something else than a place', `Error: failed\nlook at ${SECRET}\n   ${SECRET} at`],
  ])('has no place out of a stack %s', (_, stack) => {
    expect(causesOf(Object.assign(new Error('failed'), { stack }))).toEqual(['Error']);
  });
});

describe('throttling', () => {
  test.each([
    'ThrottlingException',
    'ThrottledException',
    'ProvisionedThroughputExceededException',
    'RequestLimitExceeded',
    'TooManyRequestsException',
  ])('is %s, however deep', (name) => {
    const throttled = Object.assign(new Error('slow down'), { name });
    expect(isThrottling(throttled)).toBe(true);
    expect(
      isThrottling(new Error('failed', { cause: new DaykeyError('unavailable', 'x', { cause: throttled }) })),
    ).toBe(true);
  });

  test.each(['Error', 'NotThrottlingException', 'LimitExceededException'])('is not %s', (name) => {
    expect(isThrottling(Object.assign(new Error('ThrottlingException'), { name }))).toBe(false);
  });
});

describe('the message for an operator', () => {
  test('is that of the error, or the thing itself where none was thrown', () => {
    expect(messagesOf(new Error('no key'))).toBe('no key');
    expect(messagesOf('stopped')).toBe('stopped');
  });

  test('has those of the errors that it collects, each once', () => {
    const inner = new AggregateError([new Error('no key'), new Error('no row')], 'inner');
    expect(messagesOf(new AggregateError([new Error('no key'), inner, 7], 'outer'))).toBe('no key; no key; no row; 7');
    expect(messagesOf(new AggregateError([new Error('no key'), new Error('no key')], 'outer'))).toBe('no key');
  });
});
