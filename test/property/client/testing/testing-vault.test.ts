// The testing kit beside a vault with real refs: what is asked of both is answered alike.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Operation } from '../../../../client/sdk/index.ts';
import { testingVault } from '../../../../client/testing/testing-vault.ts';
import local from '../../../../local/settings.ts';
import { arbitraryEntry } from '../../../support/entries.ts';
import { memoryVault } from '../../../support/memory-vault.ts';

const APPS = {
  apps: {
    shop: {
      integrations: {
        web: { kind: 'messaging' },
        desk: { kind: 'customer-support' },
        bot: { kind: 'component' },
        analytics: { kind: 'other' },
      },
    },
  },
} as const;

test('whatever goes in and comes out, the kit answers as a real vault does, apart from the bytes of refs', async () => {
  const real = await memoryVault();
  const kit = await testingVault(APPS, { startsAt: new Date(real.clock()) });
  const withoutRefs = (body: unknown) => JSON.stringify(body).replaceAll(/dk2_[\w-]{76}/g, 'a ref');
  const ofKit = async (integration: string, operation: Operation, body: unknown) => {
    const authorization = await kit.identity('shop', integration)();
    const request = { app: 'shop', operation, authorization, signal: AbortSignal.timeout(10_000) };
    return kit.transport({ ...request, body: JSON.stringify(body) });
  };
  const entryIn = (body: unknown) => (body as { entry?: unknown }).entry;
  let sealedSome = 0;
  await fc.assert(
    fc.asyncProperty(arbitraryEntry(), fc.constantFrom('string', 'null', 'ref'), async (entry, redactAs) => {
      const taken = {
        real: await real.call('bot', 'incoming', { entry }),
        kit: await ofKit('bot', 'incoming', { entry }),
      };
      expect(taken.kit.status).toBe(taken.real.status);
      expect(withoutRefs(taken.kit.body)).toBe(withoutRefs(taken.real.body));
      sealedSome += withoutRefs(taken.kit.body).includes('a ref') ? 1 : 0;
      for (const integration of ['desk', 'analytics']) {
        const given = await real.call(integration, 'outgoing', { entry: entryIn(taken.real.body), redactAs });
        const same = await ofKit(integration, 'outgoing', { entry: entryIn(taken.kit.body), redactAs });
        expect(same.status).toBe(given.status);
        expect(withoutRefs(same.body)).toBe(withoutRefs(given.body));
      }
    }),
  );
  expect(sealedSome).toBeGreaterThan(30);
});

test('a month that passes leaves the vault sealing and opening each day, whether it is looked at or not', async () => {
  const vault = await testingVault(local);
  const [web, desk] = [vault.as('shop', 'web'), vault.as('shop', 'desk')];
  const open = async () => (await desk.decrypt((await web.encrypt({ a: 1 })).refs)).a.status;
  for (let day = 0; day < 14; day += 1) {
    await vault.advance('24h');
    expect(await open()).toBe('ok');
  }
  await vault.advance('16d');
  expect(await open()).toBe('ok');
});
