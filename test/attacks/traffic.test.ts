// Attackers who see how much goes over the wire, and none of what.

import { expect, test } from 'vitest';
import { memoryVault } from '../support/memory-vault.ts';

test('an answer is as long as what it opens: who sees the traffic learns a value’s length to the byte', async () => {
  const vault = await memoryVault();
  const bytesFor = async (value: string) => {
    const { refs } = await vault.encrypt('web', { value });
    return (await vault.call('desk', 'decrypt', { refs })).text.length;
  };
  const base = await bytesFor('');
  expect([await bytesFor('x'), await bytesFor('xx')]).toEqual([base + 1, base + 2]);
  // What is redacted looks the same whatever it was.
  const redacted = async (value: string) => {
    const { refs } = await vault.encrypt('web', { value }, { ttlSeconds: 60 });
    vault.advance(60);
    return (await vault.call('desk', 'decrypt', { refs })).text;
  };
  expect(await redacted('x')).toBe(await redacted('x'.repeat(1000)));
});
