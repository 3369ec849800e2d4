// The canary through the two functions keeps the contract, and asks each function for its half only.

import { expect, test } from 'vitest';
import type { InvokeResult } from '../../../../../vault/ports/invoke.ts';
import { type CanaryEvent, canaryUnwrap, canaryWrap } from '../../../../../vault/usecases/keys/canary.ts';
import { invokedCanary } from '../../../../../vault/usecases/keys/invoked-canary.ts';
import { canaryContract, slotsToTry } from '../../../../support/contracts/canary-contract.ts';

const FUNCTIONS = { encrypt: 'Encrypt:canary', decrypt: 'Decrypt:canary' };

/** A canary whose functions answer as given, or fail. */
function aCanary(encrypt: (event: CanaryEvent) => unknown, decrypt: (event: CanaryEvent) => unknown) {
  const events: unknown[] = [];
  const answers = new Map([
    [FUNCTIONS.encrypt, encrypt],
    [FUNCTIONS.decrypt, decrypt],
  ]);
  const invoke = async (functionName: string, event: unknown): Promise<InvokeResult> => {
    events.push(event);
    try {
      return { failed: false, answer: await answers.get(functionName)?.(event as CanaryEvent) };
    } catch {
      return { failed: true };
    }
  };
  return { events, canary: invokedCanary(invoke, FUNCTIONS) };
}

canaryContract('invoked functions', async () => {
  const { deps, ...slots } = await slotsToTry();
  const { canary } = aCanary(
    (event) => canaryWrap(deps, event),
    (event) => canaryUnwrap(deps, event),
  );
  return { canary, ...slots };
});

test('carries what the encrypt function wrapped to the decrypt function, and nothing else', async () => {
  const { events, canary } = aCanary(
    () => ({ digest: 'a digest', wrapped: 'a blob' }),
    () => ({ digest: 'a digest' }),
  );
  expect(await canary.passes({ app: 'shop' }, 7)).toBe(true);
  expect(events).toEqual([
    { holder: { app: 'shop' }, slot: 7 },
    { holder: { app: 'shop' }, slot: 7, wrapped: 'a blob' },
  ]);
});

test.each<[string, unknown, unknown]>([
  ['encrypt answers nothing', null, { digest: 'd' }],
  ['encrypt answers no digest', { wrapped: 'w' }, {}],
  ['encrypt answers no blob', { digest: 'd' }, { digest: 'd' }],
  ['decrypt answers nothing', { digest: 'd', wrapped: 'w' }, null],
  ['decrypt answers another digest', { digest: 'd', wrapped: 'w' }, { digest: 'e' }],
])('does not pass where %s', async (_, sealed, opened) => {
  const { canary } = aCanary(
    () => sealed,
    () => opened,
  );
  expect(await canary.passes({ app: 'shop' }, 7)).toBe(false);
});

test('does not ask the decrypt function when the encrypt function failed', async () => {
  const { events, canary } = aCanary(
    () => Promise.reject(new Error('app-kek-refused')),
    () => ({}),
  );
  expect(await canary.passes({ app: 'shop' }, 7)).toBe(false);
  expect(events).toHaveLength(1);
});

test('a function that cannot be invoked is an error: no key would ever pass', async () => {
  const canary = invokedCanary(() => Promise.reject(new Error('ResourceNotFoundException')), FUNCTIONS);
  await expect(canary.passes({ app: 'shop' }, 7)).rejects.toThrow('ResourceNotFoundException');
});
