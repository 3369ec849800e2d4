// What each exception of AWS, and each error on the way there, means to the vault.

import { describe, expect, test } from 'vitest';
import {
  errorName,
  isConditionFailure,
  KMS_MISMATCHES,
  KMS_REFUSALS,
  translating,
  unavailable,
} from '../../../../lambda/aws/errors.ts';
import { DaykeyError } from '../../../../vault/domain/errors.ts';

/** An error as an SDK throws it. */
function exception(name: string, more: object = {}): Error {
  return Object.assign(new Error('an SDK message that may quote the request'), { name }, more);
}

/** What `translating` makes of a thrown value. */
async function translated(thrown: unknown, expected: Parameters<typeof translating>[1] = {}): Promise<unknown> {
  return await translating('store a bundle', expected, () => Promise.reject(thrown)).catch((error: unknown) => error);
}

describe('translating', () => {
  test('gives back what the call answers', async () => {
    expect(await translating('store a bundle', {}, async () => 7)).toBe(7);
  });

  test('turns an expected exception into its code, and keeps it as the cause', async () => {
    const cause = exception('NotFoundException');
    const error = await translated(cause, { NotFoundException: 'not-found' });
    expect(error).toBeInstanceOf(DaykeyError);
    expect(error).toMatchObject({ code: 'not-found', message: 'refused to store a bundle: NotFoundException', cause });
  });

  test.each([
    'AbortError',
    'DependencyTimeoutException',
    'InternalServerError',
    'KMSInternalException',
    'KeyUnavailableException',
    'NetworkingError',
    'ProvisionedThroughputExceededException',
    'RequestLimitExceeded',
    'RequestTimeout',
    'ServiceUnavailable',
    'Throttling',
    'ThrottlingException',
    'TimeoutError',
    'TooManyRequestsException',
  ])('turns %s into `unavailable` that says when to try again', async (name) => {
    const cause = exception(name);
    expect(await translated(cause)).toMatchObject({
      code: 'unavailable',
      message: `cannot store a bundle now: ${name}`,
      retryAfterSeconds: 1,
      cause,
    });
  });

  test.each([500, 502, 503, 599])(
    'turns an unknown exception with status %i into `unavailable`',
    async (httpStatusCode) => {
      expect(await translated(exception('New', { $metadata: { httpStatusCode } }))).toMatchObject({
        code: 'unavailable',
      });
    },
  );

  test.each(['ECONNREFUSED', 'ECONNRESET', 'EPIPE'])(
    "turns Node's %s into `unavailable`, named by its code",
    async (code) => {
      const error = Object.assign(new Error(`read ${code}`), { code, syscall: 'read' });
      expect(await translated(error)).toMatchObject({
        code: 'unavailable',
        message: `cannot store a bundle now: ${code}`,
      });
    },
  );

  test.each<[string, unknown]>([
    ['an unknown exception', exception('New')],
    ['an unknown exception with status 400', exception('New', { $metadata: { httpStatusCode: 400 } })],
    ['one with status 499', exception('New', { $metadata: { httpStatusCode: 499 } })],
    ['one with a status in words', exception('New', { $metadata: { httpStatusCode: '503' } })],
    ['one without a status', exception('New', { $metadata: {} })],
    ['one with no metadata', exception('New', { $metadata: null })],
    ['a code without a system call', exception('Error', { code: 'ERR_INVALID_ARG_TYPE' })],
    ['a system call without a code', exception('New', { syscall: 'read' })],
    ['a text', 'a text'],
    ['null', null],
    ['undefined', undefined],
  ])('lets %s rise as an Error with its cause, which is no DaykeyError', async (_, thrown) => {
    const error = await translated(thrown);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(DaykeyError);
    expect((error as Error).message).toMatch(/^failed to store a bundle: /);
    expect((error as Error).cause).toBe(thrown);
  });

  test('lets a DaykeyError rise as it is', async () => {
    const error = new DaykeyError('conflict', 'another writer was first');
    expect(await translated(error)).toBe(error);
  });

  test('prefers what is expected to what is transient', async () => {
    const error = await translated(exception('ThrottlingException'), { ThrottlingException: 'conflict' });
    expect(error).toMatchObject({ code: 'conflict' });
  });

  test('finds nothing expected behind the names that every object has', async () => {
    expect(await translated(exception('toString'))).not.toBeInstanceOf(DaykeyError);
  });

  test('never repeats an SDK message', async () => {
    const thrown = [exception('New'), exception('ThrottlingException'), exception('NotFoundException')];
    for (const each of thrown) {
      const error = (await translated(each, { NotFoundException: 'not-found' })) as Error;
      expect(error.message).not.toContain('quote');
    }
  });
});

describe('the exceptions of KMS', () => {
  test('that refuse a call become `app-kek-refused`', () => {
    const names = [
      'AccessDeniedException',
      'DisabledException',
      'InvalidKeyUsageException',
      'KMSInvalidStateException',
      'NotFoundException',
    ];
    expect(KMS_REFUSALS).toEqual(Object.fromEntries(names.map((name) => [name, 'app-kek-refused'])));
  });

  test('for a blob of something else become `app-kek-mismatch`', () => {
    const names = ['IncorrectKeyException', 'InvalidCiphertextException'];
    expect(KMS_MISMATCHES).toEqual(Object.fromEntries(names.map((name) => [name, 'app-kek-mismatch'])));
  });
});

test('an outage says what could not be done, why, and when to try again', () => {
  const cause = new Error('the cause');
  expect(unavailable('read bundles', 'keys stay unprocessed', cause)).toMatchObject({
    code: 'unavailable',
    message: 'cannot read bundles now: keys stay unprocessed',
    retryAfterSeconds: 1,
    cause,
  });
});

test('a failed condition is recognised by its name', () => {
  expect(isConditionFailure(exception('ConditionalCheckFailedException'))).toBe(true);
  expect(isConditionFailure(exception('TransactionCanceledException'))).toBe(false);
  expect(isConditionFailure('ConditionalCheckFailedException')).toBe(false);
});

test('an error is named by its name, a network error by its code, and anything else by neither', () => {
  expect(errorName(exception('New', { code: 'ECONNRESET' }))).toBe('New');
  expect(errorName(Object.assign(new Error('read'), { code: 'ECONNRESET' }))).toBe('ECONNRESET');
  expect(errorName(new Error('secret'))).toBe('Error');
  expect(errorName({ name: 'New' })).toBe('not an Error');
});
