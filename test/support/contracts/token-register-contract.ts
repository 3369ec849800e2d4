// What every register of API tokens does, whatever is behind it: what it issues and revokes, functions find and lose.

import { createHash, randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { tokenIdOf } from '../../../vault/domain/api-token.ts';
import type { ApiTokens, TokenRegister } from '../../../vault/ports/api-tokens.ts';
import { NOW_S } from './bundles.ts';

/** A register under test, and the tokens as functions look them up. */
export interface RegisteredTokens {
  readonly register: TokenRegister;
  readonly tokens: ApiTokens;
}

/** Registers the contract's tests. `make` is called once; every test uses its own app. */
export function tokenRegisterContract(name: string, make: () => Promise<RegisteredTokens>): void {
  describe(`${name} as a register of API tokens`, () => {
    let register: TokenRegister;
    let tokens: ApiTokens;
    beforeAll(async () => {
      ({ register, tokens } = await make());
    });
    const aHash = () => createHash('sha256').update(randomUUID()).digest('hex');
    const anApp = () => `app-${randomUUID()}`;
    const grantIn = (app: string, integration = 'desk') => ({
      app,
      integration,
      generation: 'g1',
      expiresAtS: NOW_S + 3600,
    });
    const issued = async (app: string, createdAtS = NOW_S, hash = aHash()) => {
      await register.issue(hash, grantIn(app), createdAtS);
      return hash;
    };

    test('issues a token that functions find', async () => {
      const app = anApp();
      expect(await tokens.find(await issued(app))).toEqual(grantIn(app));
    });

    test('lists a token by its ID, with its grant and when it was issued', async () => {
      const app = anApp();
      const hash = await issued(app);
      expect(await register.list(app)).toEqual([{ ...grantIn(app), id: hash.slice(0, 12), createdAtS: NOW_S }]);
    });

    test('lists the tokens of one app, expired ones included, oldest first', async () => {
      const app = anApp();
      const hashes = [await issued(app, NOW_S), await issued(app, NOW_S - 10), await issued(app, NOW_S + 10)];
      await register.issue(hashes[1] ?? '', { ...grantIn(app), expiresAtS: 1 }, NOW_S - 10);
      await issued(anApp());
      const [now, early, late] = hashes.map(tokenIdOf);
      expect((await register.list(app)).map(({ id }) => id)).toEqual([early, now, late]);
    });

    test('lists nothing for an app without tokens', async () => {
      expect(await register.list(anApp())).toEqual([]);
    });

    test('revokes a token, so that functions lose it, and keeps the others', async () => {
      const app = anApp();
      const [gone, kept] = [await issued(app), await issued(app)];
      expect(await register.revoke(app, tokenIdOf(gone))).toBe(1);
      expect(await tokens.find(gone)).toBeUndefined();
      expect(await tokens.find(kept)).toEqual(grantIn(app));
      expect((await register.list(app)).map(({ id }) => id)).toEqual([tokenIdOf(kept)]);
    });

    test('revokes every token of an ID', async () => {
      const app = anApp();
      const hash = aHash();
      await issued(app, NOW_S, hash);
      await issued(app, NOW_S, `${tokenIdOf(hash)}${aHash().slice(12)}`);
      expect(await register.revoke(app, tokenIdOf(hash))).toBe(2);
      expect(await register.list(app)).toEqual([]);
    });

    test('revokes nothing twice, and nothing of another app', async () => {
      const app = anApp();
      const hash = await issued(app);
      expect(await register.revoke(anApp(), tokenIdOf(hash))).toBe(0);
      expect(await tokens.find(hash)).toEqual(grantIn(app));
      expect(await register.revoke(app, tokenIdOf(hash))).toBe(1);
      expect(await register.revoke(app, tokenIdOf(hash))).toBe(0);
    });

    test('lets one of many revocations of a token count it', async () => {
      const app = anApp();
      const hash = await issued(app);
      const counts = await Promise.all(Array.from({ length: 12 }, () => register.revoke(app, tokenIdOf(hash))));
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1);
    });
  });
}
