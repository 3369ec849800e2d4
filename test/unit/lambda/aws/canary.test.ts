// The canary by way of Lambda keeps the contract, and asks each function for its half only.

import { KMSClient } from '@aws-sdk/client-kms';
import { expect, test } from 'vitest';
import { lambdaCanary } from '../../../../lambda/aws/canary.ts';
import { lambdaInvoke } from '../../../../lambda/aws/invoke.ts';
import { type CanaryEvent, canaryUnwrap, canaryWrap } from '../../../../vault/usecases/keys/canary.ts';
import { type FakeAws, fakeAws } from '../../../support/aws/fake-aws.ts';
import { canaryContract, slotsToTry } from '../../../support/contracts/canary-contract.ts';

const FUNCTIONS = {
  encrypt: 'arn:aws:lambda:eu-central-1:111122223333:function:Encrypt:canary',
  decrypt: 'arn:aws:lambda:eu-central-1:111122223333:function:Decrypt:canary',
};

function anInvoke({ clients }: FakeAws) {
  return lambdaInvoke(new KMSClient(clients).config, {
    endpoint: 'https://lambda.eu-central-1.amazonaws.com',
    timeoutMs: 1000,
  });
}

/** A canary whose functions answer as given. */
function aCanary(encrypt: (event: CanaryEvent) => unknown, decrypt: (event: CanaryEvent) => unknown) {
  const aws = fakeAws();
  const events: unknown[] = [];
  const logged = (answer: (event: CanaryEvent) => unknown) => async (event: unknown) => {
    events.push(event);
    return answer(event as CanaryEvent);
  };
  aws.functions.set(FUNCTIONS.encrypt, logged(encrypt)).set(FUNCTIONS.decrypt, logged(decrypt));
  return { events, canary: lambdaCanary(anInvoke(aws), FUNCTIONS) };
}

canaryContract('Lambda', async () => {
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

test('a function that is not there is an error: no key would ever pass', async () => {
  const canary = lambdaCanary(anInvoke(fakeAws()), FUNCTIONS);
  await expect(canary.passes({ app: 'shop' }, 7)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});
