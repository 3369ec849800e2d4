// What every store of secrets of apps does, whatever is behind it.

import { beforeAll, describe, expect, test } from 'vitest';
import type { AppSecretKeeper, AppSecrets } from '../../../vault/ports/app-secrets.ts';

/** Registers the contract's tests. `make` is called once; every test uses its own app. */
export function appSecretsContract(name: string, make: () => Promise<AppSecrets & AppSecretKeeper>): void {
  describe(`${name} as a store of secrets`, () => {
    let secrets: AppSecrets & AppSecretKeeper;
    beforeAll(async () => {
      secrets = await make();
    });

    test('has none for an app that was not given one', async () => {
      expect(await secrets.findSecret('never')).toBeUndefined();
    });

    test('gives each app 32 random bytes, once', async () => {
      await Promise.all(['one', 'two', 'one'].map((app) => secrets.makeSecret(app)));
      const [one, two] = [await secrets.findSecret('one'), await secrets.findSecret('two')];
      expect([one?.length, two?.length]).toEqual([32, 32]);
      expect(one?.equals(two ?? Buffer.alloc(0))).toBe(false);
      await secrets.makeSecret('one');
      expect(await secrets.findSecret('one')).toEqual(one);
    });

    test('keeps the first of many secrets that are made for an app at once', async () => {
      const seen = await Promise.all(
        Array.from({ length: 12 }, async () => {
          await secrets.makeSecret('at-once');
          return (await secrets.findSecret('at-once'))?.toString('hex');
        }),
      );
      expect(new Set(seen).size).toBe(1);
      expect(seen[0]).toHaveLength(64);
    });

    test('removes a secret for good: the same name gets another one', async () => {
      await secrets.makeSecret('ended');
      const before = await secrets.findSecret('ended');
      await secrets.removeSecret('ended');
      await secrets.removeSecret('ended');
      expect(await secrets.findSecret('ended')).toBeUndefined();
      await secrets.makeSecret('ended');
      expect(await secrets.findSecret('ended')).not.toEqual(before);
    });
  });
}
