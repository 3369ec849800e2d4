// A vault of one app in memory, on a clock that a test sets: the real use cases, and nothing that goes wrong by itself.

import { memoryAuditLog } from '../../lambda/adapters/memory-audit-log.ts';
import { memoryBundleStore } from '../../lambda/adapters/memory-bundle-store.ts';
import { memoryKeyRing } from '../../lambda/adapters/memory-key-ring.ts';
import { type MemoryKmsOptions, memoryKms } from '../../lambda/adapters/memory-kms.ts';
import { memoryLedger } from '../../lambda/adapters/memory-ledger.ts';
import { memoryReceiptSigner } from '../../lambda/adapters/memory-receipt-signer.ts';
import { memoryTelemetry } from '../../lambda/adapters/memory-telemetry.ts';
import { DEFAULT_LIFE } from '../../lambda/domain/kek-life/life.ts';
import { regularSlotAt } from '../../lambda/domain/kek-life/slot.ts';
import type { AppSettings } from '../../lambda/domain/settings.ts';
import { decrypt } from '../../lambda/usecases/decrypt.ts';
import { encrypt } from '../../lambda/usecases/encrypt.ts';
import { rememberedRings } from '../../lambda/usecases/rings.ts';
import type { RotateDeps } from '../../lambda/usecases/rotate.ts';
import { memoryCanary } from './memory-canary.ts';

/** Start of a regular slot of the app `shop`, in seconds. */
export const SLOT_S = regularSlotAt('shop', DEFAULT_LIFE, 1_800_000_000);

/** Settings of the app `shop`, with the default life. */
export function someSettings(overrides: Partial<AppSettings> = {}): AppSettings {
  return { app: 'shop', life: DEFAULT_LIFE, defaultTtlS: 3600, integrations: {}, retired: false, ...overrides };
}

/** The vault at {@link SLOT_S}, empty. */
export function virtualVault(options: Partial<MemoryKmsOptions> = {}) {
  let nowS = SLOT_S;
  const clock = () => nowS * 1000;
  const kms = memoryKms({ clock, ...options });
  const keyRing = memoryKeyRing();
  const telemetry = memoryTelemetry();
  const bundles = memoryBundleStore();
  const appKek = kms.appKek();
  const shared = {
    ...{ clock, appKek, telemetry },
    rings: rememberedRings(keyRing, clock),
    bundles,
  };
  const rotator: RotateDeps = {
    ...{ clock, keyRing, telemetry, reaper: bundles },
    ...{ stack: 'vault', ledger: memoryLedger(), signer: memoryReceiptSigner() },
    keyMaker: kms.keyMaker('rotate'),
    canary: memoryCanary({ keyRing, appKek }),
  };
  return {
    ...{ kms, keyRing, rotator, telemetry },
    nowS: () => nowS,
    /** Sets the clock. */
    at(instantS: number) {
      nowS = instantS;
    },
    /** Slots of the app as `[slot, state]`, the newest first. */
    async slots() {
      const ring = await keyRing.read('shop');
      return (ring?.slots ?? []).map(({ slot, state }) => [slot, state] as const);
    },
    /** A ref of a value, sealed now. */
    async seal(ttlSeconds?: number) {
      const { refs, expiresAtS } = await encrypt(shared, 'shop', {
        jsons: new Map([['field', '"value"']]),
        ttlSeconds,
      });
      return { token: refs.get('field') ?? '', expiresAtS };
    },
    /** What a ref gives now. */
    async open(token: string) {
      const deps = { ...shared, audit: memoryAuditLog(), maxStoredBytes: 1_000_000 };
      const caller = { app: 'shop', integration: 'bot', requestId: 'a-request' };
      return (await decrypt(deps, caller, new Map([['field', token]]))).get('field');
    },
  };
}
