// What every function does in a vault, and what must be true after a run that was killed and after the one that follows.

import { expect } from 'vitest';
import { subjectTag } from '../../vault/domain/envelope/bundle.ts';
import { isCovered } from '../../vault/domain/kek-life/plan.ts';
import { slotDates } from '../../vault/domain/kek-life/slot.ts';
import { endAppAtOnce, setUpApp } from '../../vault/usecases/apps/one-app.ts';
import { decrypt } from '../../vault/usecases/decrypt.ts';
import { encrypt } from '../../vault/usecases/encrypt.ts';
import { eraseRefs, eraseSubject } from '../../vault/usecases/erase.ts';
import { incoming } from '../../vault/usecases/incoming.ts';
import { tidyUp } from '../../vault/usecases/keys/janitor.ts';
import { LEASE_S, rotate, rotateOne } from '../../vault/usecases/keys/rotate.ts';
import { outgoing } from '../../vault/usecases/outgoing.ts';
import { cachedRings, type Rings } from '../../vault/usecases/rings.ts';
import { sweep } from '../../vault/usecases/sweep.ts';
import { dueAt } from '../support/contracts/bundles.ts';
import { present } from '../support/envelope.ts';
import type { MemoryVault } from '../support/memory-vault.ts';
import { ownRing } from '../support/own-ring.ts';
import { ringOf } from '../support/ring-of.ts';
import { collected } from '../support/simulation-network.ts';
import { type Run, runUntil } from './cut-off.ts';

/** One function's work in a vault, and what must be true whatever became of a run that was killed, and after the next. */
export interface Scenario<Result> {
  work(deps: Deps): Promise<Result>;
  /** After a run that was killed. */
  expectNothingLost(): Promise<void>;
  /** After a run that came to its end. */
  expectDone(result: Result): Promise<void>;
}

export type Deps = ReturnType<typeof depsOf>;
// biome-ignore lint/suspicious/noExplicitAny: each scenario looks at what its own function comes to.
export type Prepare = (vault: MemoryVault) => Promise<Scenario<any>>;
type Refs = Readonly<Record<string, string>>;

const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;
const STARS = { status: 'redacted', value: '★★★★★' };
const CALLER = { app: 'shop', integration: 'bot', credential: 'token/0123456789ab', requestId: 'a-request' };
export const VALUES = { email: 'maya@example.org', age: 41 };
/** Two of them are more than a bundle takes. */
const LARGE = { one: 'x'.repeat(200_000), other: 'y'.repeat(200_000) };

/** What a process has: ports reached by way of its run, and a memory with nothing in it. */
export function depsOf(vault: MemoryVault, run: Run) {
  const { canary, signer } = vault.rotateDeps;
  const { appKek, audit, bundles, blobs } = vault.ports;
  const { keyRing, kms, ledger } = vault;
  const keyMakers = { keyMaker: kms.keyMaker('rotate'), retirement: kms.keyMaker('retire') };
  const ports = run.wired({ appKek, audit, bundles, blobs, keyRing, ledger, canary, signer, ...keyMakers });
  return {
    ...ports,
    reaper: ports.bundles,
    eraser: ports.bundles,
    rings: cachedRings(ports.keyRing, vault.clock),
    clock: vault.clock,
    telemetry: vault.telemetry,
    stack: 'Vault',
    maxStoredBytes: 4_000_000,
  };
}

export const SCENARIOS: Record<string, Prepare> = {
  async encrypt(vault) {
    const jsons = new Map(Object.entries(LARGE).map(([name, value]) => [name, JSON.stringify(value)]));
    return {
      work: async (deps) =>
        encrypt(deps, await ringOf(deps.rings, 'shop'), { jsons, ttlSeconds: 600, subject: 'maya' }),
      expectNothingLost: async () => undefined,
      async expectDone({ refs }: { refs: Map<string, string> }) {
        await expectOpen(vault, Object.fromEntries(refs), LARGE);
        await expectSweptClean(vault, 600);
      },
    };
  },

  async incoming(vault) {
    const entry = { type: 'text.say', data: { text: VALUES.email } };
    const context = { thread: { mode: 'agent' as const } };
    const request = { entry, context, toJson: (value: unknown) => JSON.stringify(value), ttlSeconds: 600 };
    return {
      work: async (deps) => incoming(deps, await callerIn(vault, deps.rings), request),
      expectNothingLost: async () => undefined,
      async expectDone({ entry: sealed }: { entry: unknown }) {
        expect((await vault.call('desk', 'outgoing', { entry: sealed })).body).toMatchObject({ entry });
        await expectSweptClean(vault, 600);
      },
    };
  },

  async decrypt(vault) {
    const refs = await sealed(vault);
    return {
      work: async (deps) => decrypt(deps, await callerIn(vault, deps.rings), new Map(Object.entries(refs))),
      expectNothingLost: () => expectOpen(vault, refs, VALUES),
      async expectDone(opened: Map<string, unknown>) {
        for (const [name, value] of Object.entries(VALUES)) {
          expect(opened.get(name)).toMatchObject({ status: 'ok', json: JSON.stringify(value) });
        }
        expect(await audited(vault)).toContain(CALLER.requestId);
      },
    };
  },

  async outgoing(vault) {
    const refs = await sealed(vault);
    const entry = { email: { $sensitive: refs.email } };
    return {
      work: async (deps) => outgoing(deps, await callerIn(vault, deps.rings, 'desk'), entry),
      expectNothingLost: () => expectOpen(vault, refs, VALUES),
      async expectDone(opened: { entry: unknown }) {
        expect(opened.entry).toEqual({ email: VALUES.email });
        expect(await audited(vault)).toContain(CALLER.requestId);
      },
    };
  },

  async 'erase a subject'(vault) {
    const theirs = [await sealed(vault, 'maya'), await sealed(vault, 'maya')];
    const others = await sealed(vault, 'someone else');
    vault.advance(1);
    return {
      work: (deps) => eraseSubject(deps, 'shop', 'maya'),
      async expectNothingLost() {
        for (const refs of theirs) await expectOpenOrGone(vault, refs);
        await expectOpen(vault, others, VALUES);
      },
      async expectDone() {
        for (const refs of theirs) await expectGone(vault, refs);
        await expectOpen(vault, others, VALUES);
      },
    };
  },

  async 'erase refs'(vault) {
    const [refs, others] = [await sealed(vault), await sealed(vault)];
    const { email = '' } = others;
    return {
      work: (deps) => eraseRefs(deps, 'shop', [...Object.values(refs), email]),
      async expectNothingLost() {
        await expectOpenOrGone(vault, refs);
        await expectOpenOrGone(vault, others);
        await expectOpen(vault, { age: present(others.age) }, { age: VALUES.age });
      },
      async expectDone() {
        await expectGone(vault, { ...refs, another: email });
        await expectOpen(vault, { age: present(others.age) }, { age: VALUES.age });
      },
    };
  },

  async sweep(vault) {
    const over = await sealed(vault, undefined, 60);
    const alive = await sealed(vault);
    const erased = await sealed(vault, 'maya');
    vault.advance(1);
    // What is left of an erasure that was killed right after its note.
    const salt = present((await vault.ring()).slots[0]?.salt);
    await vault.ports.bundles.noteErasure('shop', subjectTag(salt, 'maya').toString('base64url'), vault.nowS());
    vault.advance(60);
    return {
      work: (deps) => sweep(deps),
      expectNothingLost: () => expectOpen(vault, alive, VALUES),
      async expectDone() {
        await expectGone(vault, { ...over, ...erased });
        await expectOpen(vault, alive, VALUES);
        expect(await dueAt(vault.ports.bundles, vault.nowS())).toEqual([]);
      },
    };
  },

  async rotate(vault) {
    const [first] = (await vault.ring()).slots;
    vault.advance(20 * HOUR_S);
    await vault.rotate();
    vault.advance(20 * HOUR_S);
    const refs = await sealed(vault, undefined, DAY_S);
    // T2 of the first key has come, and the third key is missing.
    vault.advance(present(first).decryptUntilS - vault.nowS());
    return {
      work: (deps) => rotate(deps),
      async expectNothingLost() {
        await expectOpen(vault, refs, VALUES);
        // A rotator that is gone may hold a slot for as long as it could have lived.
        vault.advance(LEASE_S + 1);
      },
      async expectDone() {
        const ring = await vault.ring();
        expect(isCovered(ownRing(ring), vault.nowS())).toBe(true);
        expect(vault.kms.stateOf(present(first?.keyArn))).toBe('PendingDeletion');
        expect(ring.slots.find(({ slot }) => slot === first?.slot)).toMatchObject({ state: 'destroyed' });
        expect(await vault.ledger.receipts({ app: 'shop' })).toHaveLength(1);
        await expectOpen(vault, refs, VALUES);
        await expectOpen(vault, await sealed(vault), VALUES);
        await expectNoOrphanIn(vault);
      },
    };
  },

  async 'configure an app'(vault) {
    const settings = { ...vault.settings, app: 'clinic' };
    const wait = async (ms: number) => vault.advance(ms / 1000);
    return {
      work: (deps) => setUpApp({ ...deps, rotate: (app) => rotateOne(deps, app), wait }, settings),
      expectNothingLost: async () => undefined,
      async expectDone() {
        expect(isCovered(ownRing(present(await vault.keyRing.read('clinic'))), vault.nowS())).toBe(true);
        const deps = depsOf(vault, runUntil());
        const ring = await ringOf(deps.rings, 'clinic');
        const { refs } = await encrypt(deps, ring, { jsons: new Map([['a', '1']]) });
        expect((await decrypt(deps, { ...CALLER, app: 'clinic', ring }, refs)).get('a')).toMatchObject({ json: '1' });
        await expectNoOrphanIn(vault);
      },
    };
  },

  async 'retire an app'(vault) {
    vault.advance(20 * HOUR_S);
    await vault.rotate();
    const { slots } = await vault.ring();
    expect(slots).toHaveLength(2);
    return {
      work: (deps) =>
        endAppAtOnce({ ...deps, keyMaker: deps.retirement, removeContent: async () => undefined }, 'shop'),
      expectNothingLost: async () => undefined,
      async expectDone() {
        for (const { keyArn } of slots) expect(vault.kms.stateOf(present(keyArn))).toBe('PendingDeletion');
        expect((await vault.ring()).slots.map(({ state }) => state)).toEqual(['destroyed', 'destroyed']);
        expect(await vault.ledger.receipts({ app: 'shop' })).toHaveLength(2);
      },
    };
  },

  async 'tidy up'(vault) {
    const dates = slotDates(vault.nowS(), vault.nowS() + HOUR_S, vault.settings.life);
    const orphans = [1, 2].map(() => vault.kms.keyMaker('rotate').create({ app: 'shop' }, dates));
    const arns = (await Promise.all(orphans)).map(({ arn }) => arn);
    vault.advance(dates.decryptUntilS - vault.nowS());
    return {
      work: (deps) => tidyUp(deps),
      expectNothingLost: () => expectOwnKeyEnabled(vault),
      async expectDone() {
        for (const arn of arns) expect(vault.kms.stateOf(arn)).toBe('PendingDeletion');
        await expectOwnKeyEnabled(vault);
      },
    };
  },
};

export async function sealed(vault: MemoryVault, subject?: string, ttlSeconds = 600): Promise<Refs> {
  return (await vault.encrypt('web', VALUES, { subject, ttlSeconds })).refs;
}

async function callerIn({ app, settings }: MemoryVault, rings: Rings, integration: 'bot' | 'desk' = 'bot') {
  const trust = present(settings.integrations[integration]);
  return { ...CALLER, integration, trust, ring: await ringOf(rings, app) };
}

export async function expectOpen(
  vault: MemoryVault,
  refs: Refs,
  values: Readonly<Record<string, unknown>>,
): Promise<void> {
  const fields = Object.entries(await vault.decrypt('desk', refs));
  expect(Object.fromEntries(fields.map(([name, { value }]) => [name, value]))).toEqual(values);
}

export async function expectGone(vault: MemoryVault, refs: Refs): Promise<void> {
  for (const field of Object.values(await vault.decrypt('desk', refs))) expect(field).toEqual(STARS);
}

async function expectOpenOrGone(vault: MemoryVault, refs: Refs): Promise<void> {
  for (const [name, { value }] of Object.entries(await vault.decrypt('desk', refs))) {
    expect([VALUES[name as keyof typeof VALUES], STARS.value]).toContain(value);
  }
}

async function audited({ auditTrail, clock }: MemoryVault): Promise<string[]> {
  const intents = await collected(auditTrail.intents('shop', 0, clock() + 1));
  return intents.map(({ requestId }) => requestId);
}

/** What a run has left that was killed has no ref, and goes with the rest. */
async function expectSweptClean(vault: MemoryVault, ttlSeconds: number): Promise<void> {
  vault.advance(ttlSeconds);
  await sweep(depsOf(vault, runUntil()));
  expect(await dueAt(vault.ports.bundles, Number.MAX_SAFE_INTEGER)).toEqual([]);
}

/** An orphaned key, made by a killed run, is destroyed from its T2 on. */
async function expectNoOrphanIn(vault: MemoryVault): Promise<void> {
  vault.advance(5 * DAY_S);
  const deps = depsOf(vault, runUntil());
  await rotate(deps);
  await tidyUp(deps);
  const rows = (await collected(vault.keyRing.rows())).flat();
  const known = new Set(rows.flatMap((row) => (row.kind === 'slot' && row.keyArn) || []));
  expect(await collected(vault.kms.keyMaker('retire').list(known))).toEqual([]);
}

async function expectOwnKeyEnabled(vault: MemoryVault): Promise<void> {
  const [slot] = (await vault.ring()).slots;
  expect(vault.kms.stateOf(present(slot?.keyArn))).toBe('Enabled');
}
