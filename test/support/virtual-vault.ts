// A vault in memory for tests that call use cases directly, starting before its app has a key.

import { memoryParts, type PartsOptions } from '../../client/testing/parts.ts';
import { DEFAULT_LIFE } from '../../vault/domain/kek-life/life.ts';
import { regularSlotAt } from '../../vault/domain/kek-life/slot.ts';
import type { AppSettings } from '../../vault/domain/settings.ts';
import { secondsOf } from '../../vault/ports/clock.ts';
import { decrypt } from '../../vault/usecases/decrypt.ts';
import { encrypt } from '../../vault/usecases/encrypt.ts';
import { ringOf } from './ring-of.ts';

/** Start of a regular slot of the app `shop`, in seconds. */
export const SLOT_S = regularSlotAt('shop', DEFAULT_LIFE, 1_800_000_000);

/** Settings of the app `shop`, with the default life. */
export function someSettings(overrides: Partial<AppSettings> = {}): AppSettings {
  return { app: 'shop', life: DEFAULT_LIFE, defaultTtlS: 3600, integrations: {}, state: 'live', ...overrides };
}

/** The vault at {@link SLOT_S}, empty. */
export function virtualVault(kms: PartsOptions['kms'] = {}) {
  const parts = memoryParts({ startsAtMs: SLOT_S * 1000, kms });
  const { keyRing, request, telemetry } = parts;
  return {
    kms: parts.kms,
    keyRing,
    rotator: parts.rotateDeps,
    telemetry,
    nowS: () => secondsOf(parts.clock()),
    /** Sets the clock. */
    at: (instantS: number) => parts.setTime(instantS * 1000),
    /** Slots of the app as `[slot, state]`, the newest first. */
    async slots() {
      const ring = await keyRing.read('shop');
      return (ring?.slots ?? []).map(({ slot, state }) => [slot, state] as const);
    },
    /** A ref of a value, sealed now. */
    async seal(ttlSeconds?: number) {
      const jsons = new Map([['field', '"value"']]);
      const { refs, expiresAtS } = await encrypt(request, await ringOf(request.rings, 'shop'), { jsons, ttlSeconds });
      return { token: refs.get('field') ?? '', expiresAtS };
    },
    /** What a ref gives now. */
    async open(token: string) {
      const ring = await ringOf(request.rings, 'shop');
      const caller = {
        app: 'shop',
        integration: 'bot',
        credential: 'token/0123456789ab',
        requestId: 'a-request',
        ring,
      };
      return (await decrypt(request, caller, new Map([['field', token]]))).get('field');
    },
  };
}
