// Decrypt: what is redacted and what is an outage, bundle by bundle, and what it leaves behind in memory.

import { afterEach, describe, expect, test, vi } from 'vitest';
import { bundleIdIn, formatRef, parseRef, type Ref } from '../../../../vault/domain/envelope/ref.ts';
import { DaykeyError, type DaykeyErrorCode } from '../../../../vault/domain/errors.ts';
import { bucketAt } from '../../../../vault/domain/kek-life/bucket.ts';
import { refusedFromS } from '../../../../vault/domain/kek-life/slot.ts';
import type { AppKek } from '../../../../vault/ports/app-kek.ts';
import type { StoredBundle } from '../../../../vault/ports/bundle-store.ts';
import { decrypt } from '../../../../vault/usecases/decrypt.ts';
import { encrypt } from '../../../../vault/usecases/encrypt.ts';
import type { Opened } from '../../../../vault/usecases/open-bundles.ts';
import { cachedRings } from '../../../../vault/usecases/rings.ts';
import type { Operation } from '../../../../wire/operations.ts';
import { type Counted, counted } from '../../../support/counting.ts';
import { present, secretsOf } from '../../../support/envelope.ts';
import {
  type MemoryVault,
  type MemoryVaultOptions,
  memoryVault,
  type RequestPorts,
} from '../../../support/memory-vault.ts';
import { ringOf } from '../../../support/ring-of.ts';

const HOUR_S = 3600;

afterEach(() => {
  vi.restoreAllMocks();
});

describe('KMS that answers with an error', () => {
  const errors: [DaykeyErrorCode | 'unknown', Error][] = [
    ['app-kek-refused', new DaykeyError('app-kek-refused', 'AccessDeniedException')],
    ['unavailable', new DaykeyError('unavailable', 'ThrottlingException', { retryAfterSeconds: 1 })],
    ['unknown', new Error('something new')],
  ];

  test.each(errors)('(%s) is an outage, never redacted', async (_, error) => {
    const { vault, open, refs } = await sealed({ before: unwrapping(() => Promise.reject(error)) });
    await expect(open(refs)).rejects.toBe(error);
    expect(await vault.call('desk', 'decrypt', { refs })).toMatchObject({
      status: 503,
      headers: { 'Retry-After': '1' },
      body: { code: 'unavailable' },
    });
  });

  test('M33: that is a refusal is judged by the date of KMS and not by our clock', async () => {
    let refusedAtS: number | undefined;
    const { vault, open, refs } = await sealed({
      before: unwrapping(() => Promise.reject(new DaykeyError('app-kek-refused', 'AccessDenied', { refusedAtS }))),
    });
    const slot = slotOf(await vault.ring());
    const endS = refusedFromS(slot, present(bucketAt(slot, present(parseRef(present(refs.a))).expiresAtS)));
    for (const [atS, reason] of [
      [undefined, 'outage'],
      [vault.nowS(), 'outage'],
      [endS - 1, 'outage'],
      [endS, 'expired'],
      [slot.decryptUntilS - 1, 'expired'],
      [slot.decryptUntilS, 'key-destroyed'],
    ] as const) {
      refusedAtS = atS;
      if (reason === 'outage') await expect(open(refs)).rejects.toMatchObject({ code: 'app-kek-refused' });
      else expect(await open(refs)).toEqual(all(refs, reason));
    }
    // One for each outage, for the alarm.
    expect(vault.telemetry.total('AppKekRefused')).toBe(3);
  });

  test('(app-kek-mismatch) is redacted, and counted as tampering', async () => {
    const error = new DaykeyError('app-kek-mismatch', 'InvalidCiphertextException');
    const { vault, open, refs } = await sealed({ before: unwrapping(() => Promise.reject(error)) });
    expect(await open(refs)).toEqual(all(refs, 'tampered'));
    expect(vault.telemetry.total('FieldsRedacted', 'tampered')).toBe(2);
  });
});

describe('a key', () => {
  test('of a slot that cannot have sealed the expiry is redacted without asking KMS', async () => {
    const narrowed: { bucketCount?: number } = {};
    const { vault, open, refs, appKek } = await sealed({
      before: {
        keyRing: (real) => ({
          async read(app) {
            const ring = await real.read(app);
            return ring && { ...ring, slots: ring.slots.map((slot) => ({ ...slot, ...narrowed })) };
          },
        }),
      },
    });
    narrowed.bucketCount = 1;
    vault.advance(60);
    expect(await open(refs)).toEqual(all(refs, 'tampered'));
    expect(appKek.count()).toBe(0);
  });

  test('that is disabled is an outage', async () => {
    const { vault, open, refs } = await sealed();
    await vault.kms.operate('DisableKey', slotOf(await vault.ring()).keyArn ?? '');
    await expect(open(refs)).rejects.toMatchObject({ code: 'app-kek-refused' });
  });

  test('whose slot the ring does not know is redacted without asking KMS', async () => {
    const { vault, open, refs, appKek } = await sealed({ before: storedAs((it) => ({ ...it, slot: it.slot - 1 })) });
    expect(await open(refs)).toEqual(all(refs, 'key-destroyed'));
    expect(appKek.count()).toBe(0);
    expect(vault.telemetry.total('FieldsRedacted', 'key-destroyed')).toBe(2);
  });

  test('that is destroyed is redacted without asking KMS', async () => {
    const { vault, open, refs, appKek } = await sealed();
    await vault.keyRing.markDestroyed({ app: vault.app }, slotOf(await vault.ring()).slot);
    vault.advance(60);
    expect(await open(refs)).toEqual(all(refs, 'key-destroyed'));
    expect(appKek.count()).toBe(0);
  });

  test('that is lost to encryption still decrypts', async () => {
    const { vault, open, refs } = await sealed();
    await vault.keyRing.markLost({ app: vault.app }, slotOf(await vault.ring()).slot);
    vault.advance(60);
    expect(await open(refs)).toMatchObject({ a: { status: 'ok' }, b: { status: 'ok' } });
  });

  test('of a slot that has become ready since the ring was read is found', async () => {
    const { vault, open } = await sealed();
    const { endsAtS } = slotOf(await vault.ring());
    vault.advance(endsAtS - HOUR_S - vault.nowS());
    await vault.rings.get(vault.app);
    await vault.rotate();
    vault.advance(30);
    // Another instance of the function, whose clock is a little ahead, has sealed under the next slot.
    expect(slotOf(await vault.ring()).slot).toBe(endsAtS);
    const { sealAt } = sealingUnder(vault, endsAtS);
    expect(await open(await sealAt())).toMatchObject({ a: { status: 'ok' } });
  });
});

describe('a ref', () => {
  test('opens up to its expiry and never from it on', async () => {
    const { vault, open, refs } = await sealed({}, { ttlSeconds: 60 });
    vault.advance(59);
    expect(await open(refs)).toMatchObject({ a: { status: 'ok', json: '"x"', expiresAtS: vault.nowS() + 1 } });
    vault.advance(1);
    expect(await open(refs)).toEqual(all(refs, 'expired'));
  });

  test('whose expiry passes while KMS answers is redacted', async () => {
    const slow: MemoryVaultOptions['before'] = {
      appKek: (real) => ({
        ...real,
        unwrap: async (...args) => {
          const innerWraps = await real.unwrap(...args);
          vault.advance(10);
          return innerWraps;
        },
      }),
    };
    const { vault, open, refs } = await sealed({ before: slow }, { ttlSeconds: 60 });
    vault.advance(51);
    expect(await open(refs)).toEqual(all(refs, 'expired'));
  });

  test('whose expiry passes while the table answers never reaches KMS', async () => {
    const slow: MemoryVaultOptions['before'] = {
      bundles: (real) => ({
        ...real,
        find: async (keys) => {
          vault.advance(10);
          return real.find(keys);
        },
      }),
    };
    const { vault, open, refs, appKek } = await sealed({ before: slow }, { ttlSeconds: 60 });
    vault.advance(51);
    expect(await open(refs)).toEqual(all(refs, 'expired'));
    expect(appKek.count()).toBe(0);
  });

  test.each<[string, (ref: Ref) => Ref]>([
    ['another ref KEK', (ref) => ({ ...ref, refKek: Buffer.alloc(32, 7) })],
    ['the index of its neighbour', (ref) => ({ ...ref, index: 1 })],
  ])('M29: with %s is redacted before its sizes, the audit log or KMS', async (_, change) => {
    const records: unknown[] = [];
    const { vault, open, refs, appKek } = await sealed({
      maxStoredBytes: 1,
      before: { audit: (real) => ({ record: async (intent) => void records.push(await real.record(intent)) }) },
    });
    const forged = formatRef(change(present(parseRef(present(refs.a)))));
    expect(await open({ forged })).toEqual({ forged: { status: 'redacted', reason: 'forged' } });
    expect([appKek.count(), records]).toEqual([0, []]);
    expect(vault.telemetry.total('ForgedRefs')).toBe(1);
    expect(vault.telemetry.total('ForgedRefs', 'shop/desk')).toBe(1);
    expect(vault.telemetry.notes).toEqual(['a caller forged refs']);
    expect(vault.telemetry.total('TamperedRefs')).toBe(0);
  });

  test.each<[operation: Operation, bodyWith: (forged: string[]) => object, seen: number]>([
    ['decrypt', (forged) => ({ refs: { ...forged } }), 64],
    ['outgoing', (forged) => ({ entry: forged.map(($sensitive) => ({ $sensitive })) }), 64],
    ['open-blob', ([ref]) => ({ ref }), 1],
    ['erase', (forged) => ({ refs: { ...forged } }), 0],
  ])(
    'M29: that is forged gets the same answer of %s whatever its neighbour is: small, large, erased or not there',
    async (operation, bodyWith, seen) => {
      const { vault, appKek } = await sealed();
      const { refs } = await vault.encrypt('web', { mine: 'x', small: 'y', large: 'z'.repeat(250_000), erased: 'e' });
      await vault.call('bot', 'erase', { refs: { erased: refs.erased } });
      const mine = present(parseRef(present(refs.mine)));
      appKek.forget();
      const answers = [1, 2, 3, 63].map(async (index) => {
        const forged = Array.from({ length: 64 }, (_, i) => formatRef({ ...mine, index, refKek: Buffer.alloc(32, i) }));
        const { status, text } = await vault.call('desk', operation, bodyWith(forged));
        return { status, text };
      });
      const [first, ...others] = await Promise.all(answers);
      expect(first?.status).toBe(200);
      for (const other of others) expect(other).toEqual(first);
      expect(appKek.count()).toBe(0);
      // Two of the four neighbours are there to be forged.
      expect(vault.telemetry.total('ForgedRefs', 'shop/desk')).toBe(2 * seen);
      expect(await vault.decrypt('desk', { small: present(refs.small) })).toMatchObject({ small: { value: 'y' } });
    },
  );

  test('under two names opens under both', async () => {
    const { open, refs, appKek } = await sealed();
    const opened = await open({ one: refs.a ?? '', other: refs.a ?? '' });
    expect(opened).toMatchObject({ one: { status: 'ok', json: '"x"' }, other: { status: 'ok', json: '"x"' } });
    expect(appKek.count('unwrap')).toBe(1);
  });

  test('that is malformed does not close its neighbours', async () => {
    const { open, refs } = await sealed();
    const opened = await open({ first: 'no ref', ...refs });
    expect(Object.keys(opened)).toEqual(['first', 'a', 'b']);
    expect(opened).toMatchObject({ first: { reason: 'malformed' }, a: { status: 'ok' }, b: { status: 'ok' } });
  });

  test('is counted as opened, or as redacted for its reason', async () => {
    const { vault, open, refs } = await sealed();
    const ref = present(parseRef(refs.a ?? ''));
    const forged = formatRef({ ...ref, refKek: Buffer.alloc(32, 1) });
    await open({ ...refs, forged, first: 'no ref', second: 'no ref' });
    const { total } = vault.telemetry;
    expect([total('FieldsOpened'), total('FieldsRedacted')]).toEqual([2, 3]);
    expect([total('FieldsRedacted', 'malformed'), total('FieldsRedacted', 'forged')]).toEqual([2, 1]);
    expect(total('ForgedRefs')).toBe(1);
  });

  test('of a bundle that is not there is unknown', async () => {
    const { open, refs, appKek } = await sealed({ before: { bundles: (real) => ({ ...real, find: async () => [] }) } });
    expect(await open(refs)).toEqual(all(refs, 'unknown'));
    expect(appKek.count()).toBe(0);
  });
});

describe('a bundle', () => {
  test('is unwrapped once, however many of its fields are asked for', async () => {
    const { open, refs, appKek } = await sealed();
    await open(refs);
    expect(appKek.count('unwrap')).toBe(1);
  });

  test('of several is unwrapped once each, and all of them are found in one read', async () => {
    const { vault, open, refs, appKek, bundles } = await sealed();
    const more = await vault.encrypt('web', { c: 3 });
    const other = await vault.encrypt('web', { d: 4 });
    appKek.forget();
    const opened = await open({ ...refs, ...more.refs, ...other.refs });
    expect(Object.values(opened).map(({ status }) => status)).toEqual(['ok', 'ok', 'ok', 'ok']);
    expect([appKek.count('unwrap'), bundles.count('find')]).toEqual([3, 1]);
  });

  test('some fields of which are erased still opens the others', async () => {
    const { vault, open, refs } = await sealed();
    await vault.call('bot', 'erase', { refs: { a: refs.a } });
    expect(await open(refs)).toMatchObject({ a: { status: 'redacted', reason: 'unknown' }, b: { status: 'ok' } });
  });

  test('none of whose fields asked for is left costs no KMS call', async () => {
    const { vault, open, refs, appKek } = await sealed();
    await vault.call('bot', 'erase', { refs: { a: refs.a } });
    expect(await open({ a: refs.a ?? '' })).toEqual({ a: { status: 'redacted', reason: 'unknown' } });
    expect(appKek.count()).toBe(0);
  });

  test('one field of which was changed still opens the others', async () => {
    const flipped = (bytes: Buffer) =>
      Buffer.from(bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte)));
    const { open, refs } = await sealed({
      before: storedAs((it) => ({
        ...it,
        fields: new Map([...it.fields].map(([index, bytes]) => [index, index === 0 ? flipped(bytes) : bytes])),
      })),
    });
    expect(await open(refs)).toMatchObject({ a: { status: 'redacted', reason: 'tampered' }, b: { status: 'ok' } });
  });

  test('with fields swapped, a wrap of another, or inner wraps of another length opens nothing', async () => {
    const swapped = storedAs((it) => ({
      ...it,
      fields: new Map([...it.fields].map(([index, bytes]) => [1 - index, bytes])),
    }));
    const cut = unwrapping(async (real, ...args) => (await real.unwrap(...args)).subarray(0, 59));
    const empty = unwrapping(async () => Buffer.alloc(0));
    const otherContext = unwrapping((real, slot, context, wrapped) =>
      real.unwrap(slot, { ...context, b: 'x' }, wrapped),
    );
    for (const [before, reason] of [
      [swapped, 'forged'],
      [cut, 'tampered'],
      [empty, 'tampered'],
      [otherContext, 'tampered'],
    ] as const) {
      const { open, refs } = await sealed({ before });
      expect(await open(refs)).toEqual(all(refs, reason));
    }
  });

  test('that fails fails the request, even when another one opens', async () => {
    const lost = new DaykeyError('unavailable', 'throttled');
    const { vault, open, refs } = await sealed({ before: unwrapping(failingTheFirst(lost)) });
    const other = await vault.encrypt('web', { c: 3 });
    await expect(open({ ...refs, ...other.refs })).rejects.toBe(lost);
  });
});

describe('the stored fields', () => {
  const text = 'x'.repeat(1000);
  const options = { maxStoredBytes: 2500 };

  test('that add up to more than fits an answer are refused before KMS is asked', async () => {
    const { vault, appKek } = await sealed(options);
    const { refs } = await vault.encrypt('web', { a: text, b: text });
    const more = await vault.encrypt('web', { c: text });
    appKek.forget();
    const answer = await vault.call('desk', 'decrypt', { refs: { ...refs, ...more.refs } });
    const detail = 'the values add up to more than 2500 bytes: ask for fewer refs';
    expect(answer).toMatchObject({ status: 413, body: { code: 'too-large', detail } });
    expect(appKek.count()).toBe(0);
    expect((await vault.call('desk', 'decrypt', { refs })).status).toBe(200);
  });

  test('count once for each name that asks for them, since each is answered', async () => {
    const { vault } = await sealed(options);
    const { refs } = await vault.encrypt('web', { a: text });
    const twice = { one: refs.a, two: refs.a };
    expect((await vault.call('desk', 'decrypt', { refs: twice })).status).toBe(200);
    const thrice = { ...twice, three: refs.a };
    expect(await vault.call('desk', 'decrypt', { refs: thrice })).toMatchObject({ status: 413 });
  });

  test('of 2.75 MB are opened, and not a byte more', async () => {
    const { vault } = await sealed();
    const names = Array.from({ length: 44 }, (_, i) => `n${i}`);
    const asked = async (characters: number) => {
      const { refs } = await vault.encrypt('web', { a: 'x'.repeat(characters) });
      return vault.call('desk', 'decrypt', { refs: Object.fromEntries(names.map((name) => [name, refs.a])) });
    };
    // Of 65,536 bytes a field: possession tag 16, type 1, commitment 32, nonce 12, tag 16, two quotes and one byte of padding.
    const most = Math.floor((65_536 - 77) / 32) * 32 - 3;
    expect((await asked(most)).status).toBe(200);
    expect((await asked(most + 1)).status).toBe(413);
  });

  test('that double in the answer still fit what Lambda sends back', async () => {
    const { vault } = await sealed();
    const { refs } = await vault.encrypt('web', { a: '"'.repeat(32_000) });
    // In JSON a quote takes two bytes, and as much again where the answer's JSON is the text of Lambda's.
    const names = Array.from({ length: 44 }, (_, i) => `${i}`.padEnd(128, '"'));
    const answer = await vault.call('desk', 'decrypt', {
      refs: Object.fromEntries(names.map((name) => [name, refs.a])),
    });
    expect(answer.status).toBe(200);
    const sent = { statusCode: answer.status, headers: answer.headers, body: answer.text };
    expect(Buffer.byteLength(JSON.stringify(sent))).toBeLessThan(6 * 1024 * 1024);
  });

  test('of expired bundles count for nothing: whether they are still stored cannot be known', async () => {
    const { vault } = await sealed();
    const { refs } = await vault.encrypt('web', { a: 'x'.repeat(200_000) }, { ttlSeconds: 60 });
    vault.advance(60);
    const names = Array.from({ length: 64 }, (_, i) => `n${i}`);
    const answer = await vault.call('desk', 'decrypt', {
      refs: Object.fromEntries(names.map((name) => [name, refs.a])),
    });
    expect(answer.status).toBe(200);
  });

  test('of one bundle do not wait, open, beyond their expiry for another that KMS is slow with', async () => {
    let slow: string | undefined;
    const vault = await memoryVault({
      before: {
        appKek: (real) => ({
          ...real,
          unwrap: async (slot, context, wrapped) => {
            if (context.b === slow) vault.advance(90);
            return await real.unwrap(slot, context, wrapped);
          },
        }),
      },
    });
    const early = await vault.encrypt('web', { a: 'early' }, { ttlSeconds: 60 });
    const late = await vault.encrypt('web', { b: 'late' });
    slow = bundleIdIn(present(parseRef(present(late.refs.b))).refId);
    expect(await vault.decrypt('desk', { ...early.refs, ...late.refs })).toEqual({
      a: { status: 'redacted', value: '★★★★★' },
      b: { status: 'ok', value: 'late', expiresAt: late.expiresAt },
    });
  });
});

describe('ref KEKs and wrap keys', () => {
  test.each<[when: string, options: MemoryVaultOptions]>([
    ['the fields are open', {}],
    ['KMS fails', { before: unwrapping(() => Promise.reject(new Error('broken'))) }],
    [
      'the table fails',
      { before: { bundles: (real) => ({ ...real, find: () => Promise.reject(new Error('broken')) }) } },
    ],
    ['the answer would be too large', { maxStoredBytes: 10 }],
  ])('are zero-filled once %s', async (_, options) => {
    const { open, refs } = await sealed(options);
    const parsed = Object.values(refs).map((text) => present(parseRef(text)));
    const secrets = parsed.map(({ refKek }) => refKek.toString('hex'));
    const wrapKeys = parsed.map((ref) => secretsOf(ref).wrapKey.toString('hex'));
    const held = heldSecrets(secrets);
    const allocated = vi.spyOn(Buffer, 'alloc');
    await open(refs).catch(() => undefined);
    const left = allocated.mock.results.map(({ value }) => (value as Buffer).toString('hex'));
    for (const wrapKey of wrapKeys) expect(left.filter((hex) => hex.includes(wrapKey))).toEqual([]);
    expect(held().length).toBeGreaterThanOrEqual(secrets.length);
    for (const buffer of held()) expect(buffer.equals(Buffer.alloc(buffer.length))).toBe(true);
  });

  /** Every buffer that is copied from bytes with one of these secrets in it, from now on. */
  function heldSecrets(secrets: readonly string[]): () => Buffer[] {
    const held: Buffer[] = [];
    const from = Buffer.from as (...args: unknown[]) => Buffer;
    const watched = (...args: unknown[]) => {
      const buffer = from(...args);
      const hex = buffer.toString('hex');
      if (secrets.some((secret) => hex.includes(secret))) held.push(buffer);
      return buffer;
    };
    vi.spyOn(Buffer, 'from').mockImplementation(watched as typeof Buffer.from);
    return () => held;
  }
});

describe('inner wraps', () => {
  test('are zero-filled once the fields are open', async () => {
    const { seen, before } = keeping();
    const { open, refs } = await sealed({ before });
    await open(refs);
    expectWiped(seen, 1);
  });

  test('are zero-filled when the fields have expired meanwhile', async () => {
    const { seen, before } = keeping(() => void vault.advance(100));
    const { vault, open, refs } = await sealed({ before }, { ttlSeconds: 60 });
    await open(refs);
    expectWiped(seen, 1);
  });

  test('are zero-filled even when another bundle fails, however late KMS answers', async () => {
    let unwraps = 0;
    const { seen, before } = keeping(async () => {
      unwraps += 1;
      if (unwraps === 1) throw new DaykeyError('unavailable', 'throttled');
      await new Promise((resolve) => setTimeout(resolve, 5));
    });
    const { vault, open, refs } = await sealed({ before });
    const other = await vault.encrypt('web', { c: 3 });
    await expect(open({ ...refs, ...other.refs })).rejects.toMatchObject({ code: 'unavailable' });
    expectWiped(seen, 1);
  });

  /** Keeps the buffers that `unwrap` hands out, and what was in them then. */
  function keeping(meanwhile: () => void | Promise<void> = () => undefined) {
    const seen: { kept: Buffer; atCall: Buffer }[] = [];
    const before = unwrapping(async (real, ...args) => {
      await meanwhile();
      const kept = await real.unwrap(...args);
      seen.push({ kept, atCall: Buffer.from(kept) });
      return kept;
    });
    return { seen, before };
  }

  function expectWiped(seen: readonly { kept: Buffer; atCall: Buffer }[], count: number): void {
    expect(seen).toHaveLength(count);
    for (const { kept, atCall } of seen) {
      expect(atCall.equals(Buffer.alloc(atCall.length))).toBe(false);
      expect(kept.equals(Buffer.alloc(kept.length))).toBe(true);
    }
  }
});

/** A vault with one bundle of two fields, its decrypt use case and counters from there on. */
async function sealed(options: MemoryVaultOptions = {}, asked: object = {}) {
  let appKek: Counted<RequestPorts['appKek']> | undefined;
  let bundles: Counted<RequestPorts['bundles']> | undefined;
  const { before = {} } = options;
  const vault = await memoryVault({
    ...options,
    before: {
      ...before,
      appKek: (real) => {
        appKek = counted(before.appKek ? before.appKek(real) : real);
        return appKek.port;
      },
      bundles: (real) => {
        bundles = counted(before.bundles ? before.bundles(real) : real);
        return bundles.port;
      },
    },
  });
  const { refs } = await vault.encrypt('web', { a: 'x', b: 'y' }, asked);
  if (!appKek || !bundles) throw new Error('nothing is counted');
  for (const port of [appKek, bundles]) port.forget();
  const deps = { ...vault.ports, clock: vault.clock, rings: vault.rings, telemetry: vault.telemetry };
  const maxStoredBytes = options.maxStoredBytes ?? 4 * 1024 * 1024;
  const open = async (tokens: Readonly<Record<string, string>>): Promise<Record<string, Opened>> => {
    const ring = await ringOf(vault.rings, vault.app);
    const caller = { app: vault.app, integration: 'desk', credential: 'token/0', requestId: 'a-request', ring };
    return Object.fromEntries(await decrypt({ ...deps, maxStoredBytes }, caller, new Map(Object.entries(tokens))));
  };
  return { vault, refs, open, appKek, bundles };
}

type Unwrap = (real: AppKek, ...args: Parameters<AppKek['unwrap']>) => Promise<Buffer>;

function unwrapping(unwrap: Unwrap) {
  return {
    appKek: (real: AppKek): AppKek => ({ ...real, unwrap: (...args) => unwrap(real, ...args) }),
  } satisfies MemoryVaultOptions['before'];
}

/** What someone with write access to the table has made of every bundle. */
function storedAs(change: (bundle: StoredBundle) => StoredBundle): NonNullable<MemoryVaultOptions['before']> {
  return { bundles: (real) => ({ ...real, find: async (keys) => (await real.find(keys)).map(change) }) };
}

function failingTheFirst(error: Error): Unwrap {
  let calls = 0;
  return (real, ...args) => {
    calls += 1;
    return calls === 1 ? Promise.reject(error) : real.unwrap(...args);
  };
}

/** Seals with the vault's own parts, but by another clock. */
function sealingUnder(vault: MemoryVault, atS: number) {
  const clock = () => atS * 1000;
  const rings = cachedRings(vault.keyRing, clock);
  const deps = { ...vault.ports, clock, rings, telemetry: vault.telemetry };
  return {
    sealAt: async () => {
      const { refs } = await encrypt(deps, await ringOf(rings, vault.app), { jsons: new Map([['a', '1']]) });
      return Object.fromEntries(refs);
    },
  };
}

function slotOf(ring: Awaited<ReturnType<MemoryVault['ring']>>) {
  const [newest] = ring.slots;
  if (!newest) throw new Error('the ring has no slot');
  return newest;
}

function all(refs: Readonly<Record<string, string>>, reason: string) {
  return Object.fromEntries(Object.keys(refs).map((name) => [name, { status: 'redacted', reason }]));
}
