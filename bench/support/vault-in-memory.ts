// A vault on the memory adapters, with one app whose key is ready, and nothing that grows but its bundles.

import { memoryParts } from '../../client/testing/parts.ts';
import { DEFAULT_LIFE } from '../../vault/domain/kek-life/life.ts';
import { memoryAppSecrets } from '../../vault/memory/app-secrets.ts';
import { type BenchVault, benchVault } from './vault.ts';

/** The one app there is. */
export const APP = 'shop';

const NOW_S = 1_800_000_000;
const INTEGRATIONS = { web: { kind: 'messaging', processSensitive: false, roles: [] } } as const;

/** The vault, its store, the slot that encrypts, and the instant at which the clock stands still, in seconds. */
export async function vaultInMemory() {
  const { ports, clock, ledger, keyRing, setUp, issueToken } = memoryParts({ startsAtMs: NOW_S * 1000 });
  const life = DEFAULT_LIFE;
  await setUp({ app: APP, life, defaultTtlS: life.maxTtlS, integrations: INTEGRATIONS, state: 'live' });
  const slot = (await keyRing.read(APP))?.slots[0]?.slot ?? Number.NaN;
  const header = issueToken(APP, 'web');
  const forgetful = { audit: { record: async () => {} }, tokenUses: { note: async () => {} } };
  const { bundles } = ports;
  const secrets = memoryAppSecrets();
  const vault: BenchVault = benchVault(
    { ...ports, ...forgetful, keyRing, secrets, clock, ledger, eraser: bundles },
    () => header,
  );
  return { vault, bundles, slot, nowS: NOW_S };
}
