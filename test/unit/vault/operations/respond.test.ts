// What every operation has in common: it is found by its name, and its app's ring is read once.

import { describe, expect, test } from 'vitest';
import { decryptFunction } from '../../../../vault/operations/decrypt-function.ts';
import { encryptFunction } from '../../../../vault/operations/encrypt-function.ts';
import { eraseFunction } from '../../../../vault/operations/erase-function.ts';
import { respond } from '../../../../vault/operations/respond.ts';
import { OPERATIONS } from '../../../../wire/operations.ts';
import { counted } from '../../../support/counting.ts';
import { memoryVault } from '../../../support/memory-vault.ts';
import { bodiesWith } from '../../../support/requests.ts';

describe.each(OPERATIONS)('%s', (operation) => {
  test('reads the ring of its app once, and decides everything by that', async () => {
    const vault = await memoryVault();
    const { refs } = await vault.encrypt('web', { a: 1 });
    const rings = counted(vault.rings);
    const deps = { ...vault.request, rings: rings.port, eraser: vault.ports.bundles, ledger: vault.ledger };
    const handlers = { ...encryptFunction(deps), ...decryptFunction(deps), ...eraseFunction(deps) };
    const authorization = vault.authorizationOf('desk');
    const body = bodiesWith({ a: `${refs.a}` })[operation];
    const bodyText = () => JSON.stringify(body);
    const call = { requestId: 'a-request', operation, app: vault.app, authorization, bodyText };
    expect(await respond(deps, handlers, call)).toMatchObject({ status: 200 });
    expect([rings.count(), rings.count('get')]).toEqual([1, 1]);
  });
});

test('an operation that a function does not serve is refused, and named in the log line only if there is one', async () => {
  const vault = await memoryVault();
  const authorization = vault.authorizationOf('desk');
  const bodyText = () => '{}';
  for (const operation of ['decrypt', 'canary']) {
    const call = { requestId: 'a-request', operation, app: vault.app, authorization, bodyText };
    expect(await respond(vault.request, encryptFunction(vault.request), call)).toMatchObject({
      status: 400,
      body: {
        code: 'invalid-request',
        detail: 'this function serves: encrypt, incoming, explain, seal-blob',
        paths: ['operation'],
      },
    });
  }
  expect(vault.telemetry.requests.map(({ operation }) => operation)).toEqual(['decrypt', 'unknown']);
});
