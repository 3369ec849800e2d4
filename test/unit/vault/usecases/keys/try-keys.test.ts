// Trying KMS out: a new role's first refusals pass, and a policy's does not.

import { expect, test } from 'vitest';
import { tryKeys } from '../../../../../vault/usecases/keys/try-keys.ts';

test('goes on while a new role has no rights yet', async () => {
  let refusals = 3;
  const probe = async () => {
    refusals -= 1;
    if (refusals >= 0) throw new Error('AccessDeniedException');
  };
  let waitedMs = 0;
  await tryKeys(probe, async (ms) => {
    waitedMs += ms;
  });
  expect(waitedMs).toBe(30_000);
});

test('fails with what KMS says, in the end', async () => {
  let tries = 0;
  const probe = () => {
    tries += 1;
    return Promise.reject(new Error('explicit deny in a service control policy'));
  };
  await expect(tryKeys(probe, async () => undefined)).rejects.toThrow('explicit deny in a service control policy');
  expect(tries).toBe(4);
});
