// A vault on the memory adapters, with one app whose key is ready, and nothing that grows but its bundles.

import { memoryApiTokens } from '../../lambda/adapters/memory-api-tokens.ts';
import { memoryBundleStore } from '../../lambda/adapters/memory-bundle-store.ts';
import { memoryKeyRing } from '../../lambda/adapters/memory-key-ring.ts';
import { memoryKms } from '../../lambda/adapters/memory-kms.ts';
import { memoryLedger } from '../../lambda/adapters/memory-ledger.ts';
import { hashApiToken, newApiToken } from '../../lambda/domain/api-token.ts';
import { DEFAULT_LIFE } from '../../lambda/domain/kek-life/life.ts';
import { slotDates } from '../../lambda/domain/kek-life/slot.ts';
import { type BenchVault, benchVault } from './vault.ts';

/** The one app there is. */
export const APP = 'shop';

const NOW_S = 1_800_000_000;
const ROTATOR = 'rotator';
const SALT = Buffer.alloc(32);

/** The vault, its store, and the instant at which its clock stands still, in seconds. */
export async function vaultInMemory() {
  const clock = () => NOW_S * 1000;
  const kms = memoryKms({ clock });
  const keyRing = memoryKeyRing();
  const life = DEFAULT_LIFE;
  const integrations = { web: { kind: 'messaging', processSensitive: false, roles: [] } } as const;
  await keyRing.configure({ app: APP, life, defaultTtlS: life.maxTtlS, integrations, retired: false });
  const dates = slotDates(NOW_S - 3600, NOW_S + 23 * 3600, life);
  await keyRing.claim(APP, dates, { owner: ROTATOR, untilS: NOW_S + 60 }, NOW_S);
  const { arn } = await kms.keyMaker('rotate').create(APP, dates);
  await keyRing.recordKey(APP, dates.slot, ROTATOR, arn, SALT);
  await keyRing.markReady(APP, dates.slot, ROTATOR);

  const token = newApiToken();
  const grant = { app: APP, integration: 'web', expiresAtS: NOW_S + life.cycleS };
  const bundles = memoryBundleStore();
  const vault: BenchVault = benchVault(
    {
      ...{ clock, keyRing, bundles, eraser: bundles, ledger: memoryLedger() },
      apiTokens: memoryApiTokens(new Map([[hashApiToken(token), grant]])),
      appKek: kms.appKek(),
      audit: { record: async () => {} },
      tokenUses: { note: async () => {} },
    },
    () => token,
  );
  return { vault, bundles, slot: dates.slot, nowS: NOW_S };
}
