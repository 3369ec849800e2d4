// What every store of API tokens does, whatever is behind it.

import { createHash, randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ApiTokenGrant, ApiTokens } from '../../../vault/ports/api-tokens.ts';
import { NOW_S } from './bundles.ts';

/** A store under test, and what its operators do. */
export interface IssuedApiTokens {
  readonly tokens: ApiTokens;
  issue(hash: string, grant: ApiTokenGrant): Promise<void>;
  revoke(hash: string): Promise<void>;
}

/** Registers the contract's tests. `make` is called once. */
export function apiTokensContract(name: string, make: () => Promise<IssuedApiTokens>): void {
  describe(`${name} as a store of API tokens`, () => {
    let store: IssuedApiTokens;
    beforeAll(async () => {
      store = await make();
    });
    const aHash = () => createHash('sha256').update(randomUUID()).digest('hex');
    const grant = { app: 'shop', integration: 'desk', generation: 'g1', expiresAtS: NOW_S };

    test('gives the grant of a token, expired or not', async () => {
      const hash = aHash();
      await store.issue(hash, grant);
      expect(await store.tokens.find(hash)).toEqual(grant);
    });

    test('knows nothing of an unknown token', async () => {
      expect(await store.tokens.find(aHash())).toBeUndefined();
    });

    test('knows nothing of a token from the moment it is revoked', async () => {
      const hash = aHash();
      await store.issue(hash, grant);
      await store.revoke(hash);
      expect(await store.tokens.find(hash)).toBeUndefined();
    });
  });
}
