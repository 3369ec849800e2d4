// Encrypt: which slot it seals under, how long things live, how it splits, and what it leaves behind in memory.

import { describe, expect, test } from 'vitest';
import { INNER_WRAP_BYTES } from '../../../../vault/domain/envelope/field.ts';
import { DaykeyError } from '../../../../vault/domain/errors.ts';
import type { UsableSlot } from '../../../../vault/domain/kek-life/ring.ts';
import { type BundleHeader, MAX_BUNDLE_BYTES, type StoredBundle } from '../../../../vault/ports/bundle-store.ts';
import { encrypt, type SealingRequest } from '../../../../vault/usecases/encrypt.ts';
import { rotateOne } from '../../../../vault/usecases/keys/rotate.ts';
import { counted } from '../../../support/counting.ts';
import { type MemoryVault, type MemoryVaultOptions, memoryVault } from '../../../support/memory-vault.ts';
import { ringOf } from '../../../support/ring-of.ts';
import { storeSettings } from '../../../support/store-settings.ts';

const refused = () => new DaykeyError('app-kek-refused', 'KMS says AccessDeniedException');
const HOUR_S = 3600;

describe('the slot', () => {
  test('is the active one', async () => {
    const { vault, seal, stored } = await aVault();
    await seal();
    expect(stored.map(({ slot }) => slot)).toEqual([(await firstSlot(vault)).slot]);
  });

  test('that is ready but not active yet is left alone', async () => {
    const { vault, seal, stored } = await aVault();
    const { slot, endsAtS } = await firstSlot(vault);
    to(vault, endsAtS - HOUR_S);
    await vault.rotate();
    expect((await vault.ring()).slots.map(({ state }) => state)).toEqual(['ready', 'ready']);
    to(vault, endsAtS - 1);
    await seal();
    expect(stored.map((bundle) => bundle.slot)).toEqual([slot]);
  });

  test('that comes next is preferred from the instant of its activation', async () => {
    const { vault, seal, stored } = await aVault();
    const { endsAtS } = await firstSlot(vault);
    to(vault, endsAtS - HOUR_S);
    await vault.rotate();
    to(vault, endsAtS);
    await seal();
    expect(stored.map((bundle) => bundle.slot)).toEqual([endsAtS]);
  });

  test('in its grace serves on while the next one is not ready, until 60 s before T1', async () => {
    const { vault, seal, stored } = await aVault();
    const { slot, encryptUntilS } = await firstSlot(vault);
    to(vault, encryptUntilS - 61);
    await seal();
    expect(stored.map((bundle) => bundle.slot)).toEqual([slot]);
    to(vault, encryptUntilS - 60);
    await expect(seal()).rejects.toMatchObject({ code: 'unavailable', retryAfterSeconds: 30 });
  });

  test('that is missing is a 503 that says when to come back', async () => {
    const { vault } = await aVault();
    vault.advance(48 * HOUR_S);
    const answer = await vault.call('web', 'encrypt', { fields: { a: 1 } });
    expect(answer).toMatchObject({ status: 503, headers: { 'Retry-After': '30' }, body: { code: 'unavailable' } });
    expect(vault.kms.calls.Encrypt).toBe(2); // the canary of the first key
  });

  test('that is only created is not used', async () => {
    const { vault, seal } = await aVault({ kms: { visibleAfterMs: 0 } });
    const { endsAtS } = await firstSlot(vault);
    to(vault, endsAtS - HOUR_S);
    const canary = { passes: async () => false };

    await rotateOne({ ...vault.rotateDeps, canary }, vault.app);
    expect((await vault.ring()).slots.map(({ state }) => state)).toEqual(['created', 'ready']);
    to(vault, endsAtS + 14 * 60);
    await expect(seal()).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('that is lost is given up for an emergency one', async () => {
    const { vault, seal, stored } = await aVault();
    const lost = await firstSlot(vault);
    await vault.kms.operate('DisableKey', lost.keyArn);
    await vault.rotate();
    vault.advance(60);
    await seal();
    expect(stored).toHaveLength(1);
    expect(stored[0]?.slot).not.toBe(lost.slot);
  });
});

describe('KMS that refuses', () => {
  test('makes it re-read the ring and seal again, once, under the next slot', async () => {
    const wraps: number[] = [];
    const { vault, seal, stored } = await aVault({
      before: {
        appKek: (real) => ({
          ...real,
          wrap: async (slot, context, innerWraps) => {
            wraps.push(slot.slot);
            if (wraps.length > 1) return real.wrap(slot, context, innerWraps);
            // Our clock is behind: T1 has come, and the next slot got ready meanwhile.
            to(vault, encryptUntilS);
            await vault.rotate();
            throw refused();
          },
        }),
      },
    });
    const { slot, endsAtS, encryptUntilS } = await firstSlot(vault);
    to(vault, encryptUntilS - 70);
    const sealed = await seal();
    expect(wraps).toEqual([slot, endsAtS]);
    expect(stored.map((bundle) => bundle.slot)).toEqual([endsAtS]);
    expect(sealed.expiresAtS).toBe(encryptUntilS + vault.settings.defaultTtlS);
    expect(vault.telemetry.total('AppKekRefused')).toBe(1);
    const values = await vault.decrypt('desk', Object.fromEntries(sealed.refs));
    expect(values).toMatchObject({ a: { status: 'ok', value: 1 } });
  });

  test('twice is an outage: no third attempt, no token', async () => {
    let wraps = 0;
    const refusing = async () => {
      wraps += 1;
      throw refused();
    };
    const { vault, seal, stored } = await aVault({ before: { appKek: (real) => ({ ...real, wrap: refusing }) } });
    await expect(seal()).rejects.toMatchObject({ code: 'unavailable' });
    expect([wraps, stored]).toEqual([2, []]);
    const answer = await vault.call('web', 'encrypt', { fields: { a: 1 } });
    expect(answer).toMatchObject({ status: 503, headers: { 'Retry-After': '30' }, body: { code: 'unavailable' } });
  });

  test('because it is throttled is not asked again here: the SDK has done so', async () => {
    let wraps = 0;
    const throttled = async () => {
      wraps += 1;
      throw new DaykeyError('unavailable', 'throttled', { retryAfterSeconds: 1 });
    };
    const { seal } = await aVault({ before: { appKek: (real) => ({ ...real, wrap: throttled }) } });
    await expect(seal()).rejects.toMatchObject({ code: 'unavailable' });
    expect(wraps).toBe(1);
  });
});

describe('the ring', () => {
  test('is read once and remembered for 60 s', async () => {
    const { vault, seal, reads } = await aVault();
    for (let second = 0; second < 60; second += 1) {
      await seal();
      vault.advance(1);
    }
    expect(reads()).toBe(1);
    await seal();
    expect(reads()).toBe(2);
  });

  test('that is cached is read again when its slot has ended', async () => {
    const { vault, seal, stored, reads } = await aVault();
    const { endsAtS } = await firstSlot(vault);
    to(vault, endsAtS - 5);
    await seal();
    await vault.rotate();
    to(vault, endsAtS);
    await seal();
    expect(reads()).toBe(2);
    expect(stored[1]?.slot).toBe(endsAtS);
  });

  test('is read at most once a second while it has nothing to offer', async () => {
    const { vault, seal, reads } = await aVault();
    vault.advance(48 * HOUR_S);
    for (let call = 0; call < 10; call += 1) await expect(seal()).rejects.toThrow();
    expect(reads()).toBe(1);
    vault.advance(1);
    await expect(seal()).rejects.toThrow();
    expect(reads()).toBe(2);
  });
});

describe('the time to live', () => {
  const T = 24 * HOUR_S;

  test.each([60, 61, HOUR_S, T])('of %i s is what it is asked to be', async (ttlSeconds) => {
    const { vault, seal, stored } = await aVault();
    const { expiresAtS } = await seal({ ttlSeconds });
    expect(expiresAtS).toBe(vault.nowS() + ttlSeconds);
    expect(stored[0]?.expiresAtS).toBe(expiresAtS);
  });

  test("is the app's default when the request has none", async () => {
    const { vault, seal } = await aVault({ settings: { defaultTtlS: 600 } });
    expect((await seal()).expiresAtS).toBe(vault.nowS() + 600);
  });

  test.each([0, 1, 59, T + 1, 7 * T])('of %i s is refused, never shortened', async (ttlSeconds) => {
    const { seal, stored } = await aVault();
    await expect(seal({ ttlSeconds })).rejects.toMatchObject({ code: 'ttl-out-of-range', paths: ['ttlSeconds'] });
    expect(stored).toEqual([]);
  });

  test('holds to the last second of the grace, and never passes T2 - M', async () => {
    const { vault, seal } = await aVault();
    const { encryptUntilS, decryptUntilS, marginS } = await firstSlot(vault);
    to(vault, encryptUntilS - 61);
    const { expiresAtS } = await seal({ ttlSeconds: T });
    expect(expiresAtS).toBe(vault.nowS() + T);
    expect(expiresAtS).toBeLessThanOrEqual(decryptUntilS - marginS);
  });

  test('that the settings have raised holds once a slot made for it is ready', async () => {
    const { vault, seal } = await aVault();
    const life = { ...vault.settings.life, maxTtlS: 2 * T };
    await storeSettings(vault.keyRing, { ...vault.settings, life, defaultTtlS: 2 * T });
    expect((await seal()).expiresAtS).toBe(vault.nowS() + T);
    await expect(seal({ ttlSeconds: T + 1 })).rejects.toMatchObject({ code: 'ttl-out-of-range' });
    await vault.rotate();
    vault.advance(60);
    expect((await seal()).expiresAtS).toBe(vault.nowS() + 2 * T);
    expect((await seal({ ttlSeconds: T + 1 })).expiresAtS).toBe(vault.nowS() + T + 1);
  });

  test('ends at notAfter, however close that is', async () => {
    const { vault, seal } = await aVault();
    expect((await seal({ notAfterS: vault.nowS() + 1 })).expiresAtS).toBe(vault.nowS() + 1);
    expect((await seal({ notAfterS: vault.nowS() + 90, ttlSeconds: 600 })).expiresAtS).toBe(vault.nowS() + 90);
  });

  test('is not lengthened by notAfter', async () => {
    const { vault, seal } = await aVault();
    expect((await seal({ notAfterS: vault.nowS() + 601, ttlSeconds: 600 })).expiresAtS).toBe(vault.nowS() + 600);
    expect((await seal({ notAfterS: vault.nowS() + 100 * T })).expiresAtS).toBe(vault.nowS() + T);
  });

  test('that ends now or has ended is refused', async () => {
    const { vault, seal } = await aVault();
    for (const notAfterS of [vault.nowS(), vault.nowS() - 1]) {
      await expect(seal({ notAfterS })).rejects.toMatchObject({ code: 'ttl-out-of-range', paths: ['notAfter'] });
    }
  });

  test('asked too long is refused even where notAfter would shorten it', async () => {
    const { vault, seal } = await aVault();
    const asked = seal({ ttlSeconds: T + 1, notAfterS: vault.nowS() + 60 });
    await expect(asked).rejects.toMatchObject({ code: 'ttl-out-of-range' });
  });
});

describe('a bundle', () => {
  test('holds all fields of a request up to 350 KB', async () => {
    const { seal, stored } = await aVault();
    await seal({}, texts([100_000, 100_000, 100_000]));
    expect(stored.map(({ fields }) => fields.size)).toEqual([3]);
  });

  test('is one of several above that, each within its limit, with its own key call and write', async () => {
    const { vault, seal, stored } = await aVault();
    const sizes = [200_000, 100_000, 50_000, 200_000, 150_000, 260_000, 1];
    const { refs } = await seal({}, texts(sizes));
    expect(stored.map(({ fields }) => fields.size)).toEqual([3, 2, 2]);
    expect(vault.kms.calls.Encrypt).toBe(2 + 3); // the canary's two, and the bundles
    for (const bundle of stored) expect(bytesOf(bundle)).toBeLessThanOrEqual(MAX_BUNDLE_BYTES);
    expect(new Set(stored.map(({ id }) => id)).size).toBe(3);
    const values = await vault.decrypt('desk', Object.fromEntries(refs));
    expect(Object.values(values).map(({ value }) => String(value).length)).toEqual(sizes);
  });

  test.each([1, 31, 32, 33, 64, 5000])('is within its limit for fields of %i bytes more or less', async (step) => {
    const { seal, stored } = await aVault();
    await seal({}, texts(Array.from({ length: 64 }, (_, i) => 30_000 + ((i * step) % 12_000))));
    expect(stored.length).toBeGreaterThan(5);
    for (const bundle of stored) expect(bytesOf(bundle)).toBeLessThanOrEqual(MAX_BUNDLE_BYTES);
  });

  test('of the largest field there is fits an item', async () => {
    const { seal, stored } = await aVault();
    await seal({}, texts(Array.from({ length: 10 }, () => 256 * 1024 - 2)));
    expect(stored.map(({ fields }) => fields.size)).toEqual(Array.from({ length: 10 }, () => 1));
    for (const bundle of stored) expect(bytesOf(bundle)).toBeLessThanOrEqual(MAX_BUNDLE_BYTES);
  });

  test('has a pointer from its subject, and none without a subject', async () => {
    const { seal, stored, pointers } = await aVault();
    await seal({ subject: 'u1' }, texts([300_000, 300_000]));
    await seal({}, texts([300_000, 300_000]));
    const [tag] = pointers.map(([subjectTag]) => subjectTag);
    expect(tag).toMatch(/^[A-Za-z0-9_-]{22}$/);
    const headers = stored.slice(0, 2).map(({ wrapped, fields, ...header }) => [tag, header]);
    expect(pointers).toEqual(headers);
  });

  test('has its pointer written while KMS is still asked', async () => {
    let answers: Promise<void> | undefined;
    let answer: () => void = () => undefined;
    const { seal, stored, pointers } = await aVault({
      before: {
        appKek: (real) => ({
          ...real,
          wrap: async (...call) => {
            await answers;
            return await real.wrap(...call);
          },
        }),
      },
    });
    answers = new Promise((resolve) => {
      answer = resolve;
    });
    const sealing = seal({ subject: 'u1' });
    while (pointers.length === 0) await new Promise(setImmediate);
    expect(stored).toEqual([]);
    answer();
    await sealing;
    expect(stored).toHaveLength(1);
  });

  test('is not answered when its pointer cannot be written', async () => {
    const { seal } = await aVault({
      before: { bundles: (real) => ({ ...real, point: () => Promise.reject(new Error('throttled')) }) },
    });
    await expect(seal({ subject: 'u1' })).rejects.toThrow('throttled');
  });

  test.each([0, 1, 2])(
    'that cannot be written (number %i of 3) leaves the caller without any token',
    async (failing) => {
      let writes = 0;
      const lost = new DaykeyError('unavailable', 'cannot store a bundle now', { retryAfterSeconds: 1 });
      const vault = await memoryVault({
        before: {
          bundles: (real) => ({
            ...real,
            insert: async (bundle) => {
              writes += 1;
              if (writes === failing + 1) throw lost;
              await real.insert(bundle);
            },
          }),
        },
      });
      const answer = await vault.call('web', 'encrypt', {
        fields: Object.fromEntries(texts([250_000, 250_000, 250_000])),
      });
      expect(answer).toMatchObject({ status: 503, headers: { 'Retry-After': '1' } });
      expect(answer.text).not.toContain('dk2_');
    },
  );
});

describe('the inner wraps', () => {
  test('are zero-filled once they are wrapped and stored', async () => {
    const { vault, seal, seen } = await spying();
    await seal({}, texts([300_000, 300_000, 10]));
    expect(seen.map(({ atCall }) => atCall.length)).toEqual([INNER_WRAP_BYTES, 2 * INNER_WRAP_BYTES]);
    expectWiped(seen);
    expect(vault.telemetry.total('FieldsSealed')).toBe(3);
  });

  test('are zero-filled when KMS fails', async () => {
    const { seal, seen } = await spying({ wrapFails: true });
    await expect(seal({}, texts([300_000, 300_000]))).rejects.toThrow();
    expectWiped(seen);
  });

  test('are zero-filled when the write fails', async () => {
    const { seal, seen } = await spying({ insertFails: true });
    await expect(seal({}, texts([300_000, 300_000]))).rejects.toThrow();
    expectWiped(seen);
  });

  interface Seen {
    readonly kept: Buffer;
    readonly atCall: Buffer;
  }

  function expectWiped(seen: readonly Seen[]): void {
    expect(seen.length).toBeGreaterThan(0);
    for (const { kept, atCall } of seen) {
      expect(atCall.equals(Buffer.alloc(atCall.length))).toBe(false);
      expect(kept.equals(Buffer.alloc(kept.length))).toBe(true);
    }
  }

  async function spying({ wrapFails = false, insertFails = false } = {}) {
    const seen: Seen[] = [];
    const made = await aVault({
      before: {
        appKek: (real) => ({
          ...real,
          wrap: async (slot, context, innerWraps) => {
            seen.push({ kept: innerWraps, atCall: Buffer.from(innerWraps) });
            if (wrapFails) throw new Error('broken');
            return real.wrap(slot, context, innerWraps);
          },
        }),
        bundles: (real) => (insertFails ? { ...real, insert: () => Promise.reject(new Error('broken')) } : real),
      },
    });
    return { ...made, seen };
  }
});

/** A vault, its encrypt use case, what that has stored, and how often it has read the ring. */
async function aVault(options: MemoryVaultOptions = {}) {
  const stored: StoredBundle[] = [];
  const pointers: [subjectTag: string, bundle: BundleHeader][] = [];
  let reads = () => 0;
  const vault = await memoryVault({
    ...options,
    before: {
      bundles: (real) => ({
        ...real,
        insert: async (bundle) => {
          stored.push(bundle);
          await real.insert(bundle);
        },
        point: async (subjectTag, bundle) => {
          pointers.push([subjectTag, bundle]);
          await real.point(subjectTag, bundle);
        },
      }),
      keyRing: (real) => {
        const counter = counted(real);
        reads = () => counter.count('read');
        return counter.port;
      },
      ...options.before,
    },
  });
  const deps = { ...vault.ports, clock: vault.clock, rings: vault.rings, telemetry: vault.telemetry };
  const seal = async (
    request: Omit<SealingRequest, 'jsons'> = {},
    values: readonly (readonly [string, unknown])[] = [['a', 1]],
  ) => {
    const jsons = new Map(values.map(([name, value]) => [name, JSON.stringify(value)]));
    return encrypt(deps, await ringOf(vault.rings, vault.app), { ...request, jsons });
  };
  return { vault, seal, stored, pointers, reads: () => reads() };
}

/** Fields of so many characters each. */
function texts(sizes: readonly number[]): [string, string][] {
  return sizes.map((size, i) => [`f${i}`, 'x'.repeat(size)]);
}

function bytesOf({ wrapped, fields }: StoredBundle): number {
  return wrapped.length + [...fields.values()].reduce((sum, bytes) => sum + bytes.length, 0);
}

/** Sets the clock to an instant, in seconds. */
function to(vault: MemoryVault, atS: number): void {
  vault.advance(atS - vault.nowS());
}

async function firstSlot(vault: MemoryVault): Promise<UsableSlot> {
  return (await vault.ring()).slots[0] as UsableSlot;
}
