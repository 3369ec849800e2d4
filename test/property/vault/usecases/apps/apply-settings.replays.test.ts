// Events of CloudFormation that come twice, late or interleaved: no revoked trust returns, no live app ends, and no key is
// destroyed of an app that was not retired by name.
//
// What may happen: an event comes again at any time; a function is cut off at any call, or still runs, or has not even begun,
// when CloudFormation gives up and sends the reverse. Lambda drops an event that was never delivered after a minute.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { memoryParts, type Parts } from '../../../../../client/testing/parts.ts';
import { documentDigest, RETIRED } from '../../../../../vault/domain/app-record.ts';
import { LONGEST_RUN_S } from '../../../../../vault/domain/app-state.ts';
import { isDaykeyError } from '../../../../../vault/domain/errors.ts';
import { DEFAULT_LIFE } from '../../../../../vault/domain/kek-life/life.ts';
import { SettingsError } from '../../../../../vault/domain/settings/parse.ts';
import type { AppSettings, Integration } from '../../../../../vault/domain/settings.ts';
import type { Target } from '../../../../../vault/domain/target.ts';
import type { AppRegister } from '../../../../../vault/ports/app-register.ts';
import type { KeyRingWriter } from '../../../../../vault/ports/key-ring.ts';
import { type ApplyOutcome, applySettings } from '../../../../../vault/usecases/apps/apply-settings.ts';
import { endRetired } from '../../../../../vault/usecases/apps/end-app.ts';
import { endVault } from '../../../../../vault/usecases/apps/end-vault.ts';
import { SLOT_S, someSettings } from '../../../../support/virtual-vault.ts';

const web: Integration = { kind: 'messaging', processSensitive: false, roles: ['111122223333/web'] };
const lab: Integration = { kind: 'other', processSensitive: false, roles: [] };

const MAX_EVENT_AGE_MS = 60_000;
const HOUR_S = 3600;

function aTarget(apps: readonly AppSettings[], retire: readonly string[] = []): Target {
  const vault = { life: DEFAULT_LIFE, keyPools: 4, deletionWindowDays: 7, allowShortCycles: false, hasConsole: false };
  return { apps: new Map(apps.map((settings) => [settings.app, settings])), retire: new Set(retire), vault };
}

const bank = someSettings({ app: 'bank', integrations: { web } });

/** What may be deployed: apps, or no stack. */
const DEPLOYMENTS = {
  web: aTarget([someSettings({ integrations: { web } })]),
  both: aTarget([someSettings({ integrations: { web, lab } }), bank]),
  'lab trusted': aTarget([someSettings({ integrations: { lab: { ...lab, kind: 'customer-support' } } }), bank]),
  'without shop': aTarget([bank]),
  'shop retired': aTarget([bank], ['shop']),
  none: undefined,
} satisfies Record<string, Target | undefined>;

type Deployed = keyof typeof DEPLOYMENTS;

/** One event, and what CloudFormation believes is there when it is done. */
interface CloudFormationEvent {
  readonly requestId: string;
  readonly sentMs: number;
  readonly from: Deployed;
  readonly to: Deployed;
}

interface Step {
  readonly deploy: Deployed;
  /** How long after the step before it, in seconds. */
  readonly pauseS: number;
  /** The call at which the function is cut off. Beyond the last one it is not. */
  readonly cutOffAt: number;
  /** Whether CloudFormation gives up while the function still runs. */
  readonly isSlow: boolean;
  /** Which of the events so far come again meanwhile. */
  readonly again: readonly number[];
}

const aStep = fc.record({
  deploy: fc.constantFrom(...(Object.keys(DEPLOYMENTS) as Deployed[])),
  pauseS: fc.constantFrom(0, 30, 200, 2 * HOUR_S),
  cutOffAt: fc.oneof({ weight: 2, arbitrary: fc.constant(1000) }, fc.nat({ max: 20 })),
  isSlow: fc.boolean(),
  again: fc.array(fc.nat({ max: 20 }), { maxLength: 3 }),
}) satisfies fc.Arbitrary<Step>;

const UNDISTURBED = { cutOffAt: 1000, isSlow: false, again: [] };

test('replayed, late and interrupted events bring back no trust that ended, and end no app that is live', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(aStep, { minLength: 1, maxLength: 8 }), fc.scheduler(), async (steps, scheduler) => {
      const world = aWorld(scheduler);
      for (const step of steps) await world.deploy(step);
      await scheduler.waitIdle();
      await world.expectDeployed();
    }),
    { numRuns: 150 },
  );
});

function aWorld(scheduler: fc.Scheduler) {
  const parts = memoryParts({ startsAtMs: SLOT_S * 1000 });
  const sent: CloudFormationEvent[] = [];
  /** What CloudFormation has heard, by request. */
  const answers = new Map<string, 'done' | 'failed'>();
  let believed: Deployed = 'none';
  /** What each app followed last. */
  const followed = new Map<string, string>();
  /** Generations that ended, and the change of their app that ended each. Only its exact reverse may bring them back. */
  const revoked = new Map<string, { readonly from: string; readonly to: string }>();
  /** Apps whose keys may be destroyed: retired by name, or of a stack that was deleted. */
  const mayEnd = new Set<string>();

  /** A function at work: each of its calls waits for its turn, and after `cutOffAt` of them there is no more turn. */
  async function handle(event: CloudFormationEvent, cutOffAt = 1000): Promise<ApplyOutcome> {
    let calls = 0;
    const inTurn = async <Value>(what: string, call: () => Promise<Value>): Promise<Value> => {
      calls += 1;
      if (calls > cutOffAt) return await never();
      return await scheduler.schedule(Promise.resolve(), `${event.requestId}: ${what}`).then(call);
    };
    const { from, to, requestId } = event;
    await inTurn('begin', async () => undefined);
    const { requests } = await parts.register.readVault();
    const wasDelivered = requests.some((claim) => claim.startsWith(`${requestId}#`));
    if (!wasDelivered && parts.clock() - event.sentMs > MAX_EVENT_AGE_MS) return await never();
    const deps = depsOf(parts, inTurn);
    const target = DEPLOYMENTS[to];
    const request = { id: requestId };
    if (target === undefined) return await endVault(deps, { resource: 'apps', digest: documentDigest(from) }, request);
    const replaces = from === 'none' ? undefined : documentDigest(from);
    const change = { target, text: to, digest: documentDigest(to), replaces, resource: 'apps' };
    return await applySettings(deps, change, request);
  }

  function deliver(event: CloudFormationEvent, cutOffAt?: number): void {
    handle(event, cutOffAt).then(
      (outcome) => {
        if (outcome === 'done') answers.set(event.requestId, 'done');
      },
      (error: unknown) => {
        // An app is set up again only a while after its end.
        if (!isDaykeyError(error, 'conflict') && !(error instanceof SettingsError)) throw error;
        answers.set(event.requestId, 'failed');
      },
    );
  }

  /** Sends an event, and others again. Returns what CloudFormation has heard when it has an answer or gives up. */
  async function send(from: Deployed, to: Deployed, step: Omit<Step, 'deploy' | 'pauseS'> = UNDISTURBED) {
    const event = { requestId: `request-${sent.length}`, sentMs: parts.clock(), from, to };
    sent.push(event);
    for (const index of step.again) {
      const again = sent[index];
      if (again) deliver(again);
    }
    deliver(event, step.cutOffAt);
    if (step.isSlow) for (let turns = 0; turns < 4 && scheduler.count() > 0; turns += 1) await scheduler.waitOne();
    else await scheduler.waitIdle();
    return answers.get(event.requestId);
  }

  /** Sends an event until it is done, as operators do who continue a rollback that failed. */
  async function sendUntilDone(from: Deployed, to: Deployed): Promise<void> {
    for (let tries = 0; tries < 10; tries += 1) if ((await send(from, to)) === 'done') return;
    throw new Error('the event is never done');
  }

  /** What an app follows once settings are deployed; `undefined` for one that they leave as it is. */
  function followedIn(deployed: Deployed, app: string): string | undefined {
    const target = DEPLOYMENTS[deployed];
    if (target === undefined) return 'the end';
    const settings = target.apps.get(app);
    if (settings) return documentDigest(JSON.stringify(settings));
    return target.retire.has(app) ? RETIRED : undefined;
  }

  return {
    async deploy({ deploy: to, pauseS, ...step }: Step): Promise<void> {
      parts.setTime(parts.clock() + pauseS * 1000);
      if (pauseS >= HOUR_S) {
        await scheduler.waitIdle();
        await endRetired(depsOf(parts, (_, call) => call()));
        parts.setTime(parts.clock() + LONGEST_RUN_S * 1000);
      }
      const before = believed;
      if (to === before) return;
      const target = DEPLOYMENTS[to];
      // The rollback of a first deployment deletes the stack.
      const mayDelete = target === undefined || before === 'none';
      for (const app of mayDelete ? ['shop', 'bank'] : target.retire) mayEnd.add(app);
      const generationsBefore = await currentGenerations(parts);
      if ((await send(before, to, step)) === 'done') believed = to;
      // A deletion is not rolled back, but tried again.
      else if (to === 'none') await sendUntilDone(before, to);
      else await sendUntilDone(to, before);
      if (to === 'none') believed = 'none';
      if (believed !== to) return;
      const now = await currentGenerations(parts);
      for (const app of ['shop', 'bank']) {
        const [old, next] = [followed.get(app) ?? 'none', followedIn(to, app) ?? followed.get(app) ?? 'none'];
        const [had, has] = [generationsBefore.get(app) ?? new Set<string>(), now.get(app) ?? new Set<string>()];
        for (const generation of has) {
          const end = revoked.get(generation);
          if (end?.from === next && end.to === old) revoked.delete(generation);
        }
        for (const generation of had) if (!has.has(generation)) revoked.set(generation, { from: old, to: next });
        followed.set(app, next);
      }
    },

    async expectDeployed(): Promise<void> {
      const target = DEPLOYMENTS[believed];
      for (const app of ['shop', 'bank']) {
        const ring = await parts.keyRing.read(app);
        const settings = target?.apps.get(app);
        for (const generation of (await currentGenerations(parts)).get(app) ?? []) {
          expect([...revoked.keys()]).not.toContain(generation);
        }
        if (!mayEnd.has(app)) {
          for (const { keyArn } of ring?.slots ?? []) if (keyArn) expect(parts.kms.stateOf(keyArn)).toBe('Enabled');
        }
        if (settings === undefined) {
          const states: unknown[] =
            target === undefined ? ['gone', undefined] : ['detached', 'retired', 'gone', undefined];
          expect(states).toContain(ring?.settings.state);
          if (target?.retire.has(app)) expect(ring?.generations ?? {}).toEqual({});
          continue;
        }
        expect(ring?.settings).toEqual(settings);
        expect(Object.keys(ring?.generations ?? {}).toSorted()).toEqual(Object.keys(settings.integrations).toSorted());
        const live = ring?.slots.filter(({ state }) => state === 'ready') ?? [];
        expect(live.length).toBeGreaterThan(0);
        for (const { keyArn } of live) expect(parts.kms.stateOf(keyArn ?? '')).toBe('Enabled');
      }
    },
  };
}

type InTurn = <Value>(what: string, call: () => Promise<Value>) => Promise<Value>;

/** What the function works with, each call to a store in its turn. */
function depsOf(parts: Parts, inTurn: InTurn) {
  const { keyRing: ring, register: everyApp } = parts;
  const keyRing: KeyRingWriter = {
    ...ring,
    readRecord: (app) => inTurn('read record', () => ring.readRecord(app)),
    storeRecord: (record, read) => inTurn('store record', () => ring.storeRecord(record, read)),
    plan: (change) => inTurn('plan keys', () => ring.plan(change)),
    slotsOf: (holder) => inTurn('read slots', () => ring.slotsOf(holder)),
  };
  const register: AppRegister = {
    ...everyApp,
    readVault: () => inTurn('read vault', () => everyApp.readVault()),
    storeVault: (record, read) => inTurn('store vault', () => everyApp.storeVault(record, read)),
    keepDocument: (digest, text) => inTurn('keep document', () => everyApp.keepDocument(digest, text)),
  };
  return {
    ...parts.endDeps,
    keyRing,
    register,
    rotate: parts.rotate,
    readTarget: (text: string) => DEPLOYMENTS[text as Deployed] as Target,
    remainingMs: () => Number.POSITIVE_INFINITY,
  };
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

async function currentGenerations({ keyRing }: Parts): Promise<Map<string, Set<string>>> {
  const generations = ['shop', 'bank'].map(async (app) => {
    return [app, new Set(Object.values((await keyRing.readRecord(app))?.generations ?? {}))] as const;
  });
  return new Map(await Promise.all(generations));
}
