// The SDK at the deployed vault: over REST and by direct invocation, with an API token and as an AWS role.

import { LambdaClient } from '@aws-sdk/client-lambda';
import { describe, expect, inject, test } from 'vitest';
import { lambdaTransport } from '../../client/lambda/index.ts';
import { apiToken, awsIdentity, Daykey, type Decrypted } from '../../client/sdk/index.ts';
import { clientFor } from '../../local/emulator-client.ts';
import { present, upTo } from '../support/envelope.ts';
import { assumed } from '../support/roles.ts';
import { integrationNamed, unique } from '../support/vault.ts';

type Identity = () => Promise<string>;

function tokenOf(integration: string): Identity {
  return apiToken(present(integrationNamed(integration).token));
}

/** The warehouse, whose role the vault trusts as customer-support. */
function asRole(): Identity {
  const { audience, region } = inject('vault');
  const credentials = () => assumed(present(integrationNamed('warehouse').roleArn));
  return awsIdentity({ audience, region, credentials });
}

function overRest(identity: Identity): Daykey {
  return new Daykey({ app: 'shop', identity, url: inject('vault').url });
}

function direct(identity: Identity): Daykey {
  const client = new LambdaClient(clientFor(inject('endpoint')));
  const transport = lambdaTransport({ functions: inject('vault').functions, client });
  return new Daykey({ app: 'shop', identity, transport });
}

function revealed<T>(field: Decrypted<T>): T {
  if (field.status !== 'ok') throw new Error('the field is redacted');
  return field.value.reveal();
}

describe.each([
  ['over REST with a token', () => overRest(tokenOf('desk'))],
  ['over REST as a role', () => overRest(asRole())],
  ['directly with a token', () => direct(tokenOf('desk'))],
  ['directly as a role', () => direct(asRole())],
])('%s', (_, connect) => {
  test('values go in and come back, and a value sealed again keeps its end', async () => {
    const vault = connect();
    const { refs, expiresAt } = await vault.encrypt({ email: 'maya@example.org', age: 41 }, { ttlSeconds: 600 });
    const { email, age } = await vault.decrypt(refs);
    expect([revealed(email), revealed(age)]).toEqual(['maya@example.org', 41]);
    if (email.status !== 'ok') throw new Error('the field is redacted');
    expect((await vault.encrypt({ again: email.value })).expiresAt).toEqual(expiresAt);
  });

  test('an entry goes in sealed and out opened', async () => {
    const vault = connect();
    const entry = { type: 'text.say', data: { text: 'my number is 555-0100' } };
    const sealed = await vault.incoming(entry, { thread: { mode: 'agent' } });
    expect(await vault.explain(entry, { thread: { mode: 'agent' } })).toMatchObject({
      sensitive: true,
      rule: 'event',
      parts: [{ pointer: '/data/text', sealed: true }],
    });
    expect(JSON.stringify(sealed)).not.toContain('555-0100');
    expect((await vault.outgoing(sealed.entry)).entry).toEqual(entry);
    expect((await overRest(tokenOf('analytics')).outgoing(sealed.entry)).redacted).toEqual(['/data/text']);
  });

  test('what is erased opens no longer', async () => {
    const vault = connect();
    const subject = unique('user');
    const { refs } = await vault.encrypt({ a: 1, b: 2 }, { subject });
    expect(await vault.erase({ subject })).toBe(2);
    expect(await vault.decrypt(refs)).toEqual({ a: { status: 'redacted' }, b: { status: 'redacted' } });
  });

  test('a refusal says why', async () => {
    await expect(connect().encrypt({ a: 1 }, { ttlSeconds: 1 })).rejects.toMatchObject({
      name: 'DaykeyProblem',
      code: 'ttl-out-of-range',
      status: 400,
      paths: ['ttlSeconds'],
    });
  });
});

test('130 fields share one expiry and come back by name', async () => {
  const vault = overRest(tokenOf('desk'));
  const fields = Object.fromEntries(upTo(130).map((at) => [`n${at}`, at]));
  const opened = Object.entries(await vault.decrypt((await vault.encrypt(fields)).refs));
  expect(Object.fromEntries(opened.map(([name, field]) => [name, revealed(field)]))).toEqual(fields);
  const ends = opened.map(([, field]) => field.status === 'ok' && field.value.expiresAt.getTime());
  expect(new Set(ends).size).toBe(1);
});
