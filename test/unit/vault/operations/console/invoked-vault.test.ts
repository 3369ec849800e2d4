// What the Console makes of an answer of the decrypt function that is no value.

import { expect, test } from 'vitest';
import { invokedVault } from '../../../../../vault/operations/console/invoked-vault.ts';
import type { InvokeResult } from '../../../../../vault/ports/invoke.ts';

const SIGHT = { app: 'shop', values: ['support'] };

function asking(result: InvokeResult) {
  const asked: unknown[] = [];
  const vault = invokedVault(async (...invoked) => {
    asked.push(invoked);
    return result;
  }, 'decrypt:console');
  return { asked, vault };
}

test('a request names what is asked, on the alias of the Console', async () => {
  const { asked, vault } = asking({ failed: false, answer: { status: 200, body: ['a tag'] } });
  expect(await vault.threadTags(SIGHT, 'thread-7')).toEqual(['a tag']);
  expect(asked).toEqual([['decrypt:console', { request: 'thread', ...SIGHT, thread: 'thread-7' }]]);
});

test('a function that fails is unavailable, and worth another try', async () => {
  const { vault } = asking({ failed: true });
  await expect(vault.sees(SIGHT)).rejects.toMatchObject({ code: 'unavailable', retryAfterSeconds: 1 });
});

test.each([
  ['forbidden', 403, 'forbidden'],
  ['a-code-of-tomorrow', 418, 'unavailable'],
])('the problem %s keeps its words and paths', async (code, status, expected) => {
  const { vault } = asking({ failed: false, answer: { status, body: { code, detail: 'no', paths: ['app'] } } });
  await expect(vault.keys(SIGHT)).rejects.toMatchObject({ code: expected, message: 'no', paths: ['app'] });
});
