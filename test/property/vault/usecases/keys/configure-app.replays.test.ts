// Events of CloudFormation that come twice, late or interleaved: no revoked trust returns, no live app ends.
//
// What may happen: an event comes again at any time; a function is cut off at any call, or still runs, or has not even begun,
// when CloudFormation gives up and sends the reverse. Lambda drops an event that was never delivered after a minute.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { memoryParts, type Parts } from '../../../../../client/testing/parts.ts';
import { documentDigest } from '../../../../../vault/domain/app-record.ts';
import { isDaykeyError } from '../../../../../vault/domain/errors.ts';
import type { AppSettings, Integration } from '../../../../../vault/domain/settings.ts';
import type { KeyRingWriter } from '../../../../../vault/ports/key-ring.ts';
import type { Outcome } from '../../../../../vault/usecases/apps/trust-role.ts';
import { configureApp, retireApp } from '../../../../../vault/usecases/keys/configure-app.ts';
import { SLOT_S, someSettings } from '../../../../support/virtual-vault.ts';

const web: Integration = { kind: 'messaging', processSensitive: false, roles: ['111122223333/web'] };
const lab: Integration = { kind: 'other', processSensitive: false, roles: [] };

const MAX_EVENT_AGE_MS = 60_000;

/** What may be deployed: the integrations of one app, or no app. */
const DEPLOYMENTS = {
  web: someSettings({ integrations: { web } }),
  both: someSettings({ integrations: { web, lab } }),
  'lab trusted': someSettings({ integrations: { lab: { ...lab, kind: 'customer-support' } } }),
  none: undefined,
} satisfies Record<string, AppSettings | undefined>;

type Deployed = AppSettings | undefined;

/** One event, and what CloudFormation believes is there when it is done. */
interface CloudFormationEvent {
  readonly requestId: string;
  readonly sentMs: number;
  readonly from: Deployed;
  readonly to: Deployed;
}

interface Step {
  readonly deploy: keyof typeof DEPLOYMENTS;
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
  deploy: fc.constantFrom(...(Object.keys(DEPLOYMENTS) as (keyof typeof DEPLOYMENTS)[])),
  pauseS: fc.constantFrom(0, 30, 200),
  cutOffAt: fc.oneof({ weight: 2, arbitrary: fc.constant(1000) }, fc.nat({ max: 8 })),
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
    { numRuns: 300 },
  );
});

function aWorld(scheduler: fc.Scheduler) {
  const parts = memoryParts({ startsAtMs: SLOT_S * 1000 });
  const sent: CloudFormationEvent[] = [];
  /** What CloudFormation has heard, by request. */
  const answers = new Map<string, 'done' | 'failed'>();
  let believed: Deployed;
  /** Generations that ended, and the update that ended each. Only its exact reverse may bring them back. */
  const revoked = new Map<string, Pick<CloudFormationEvent, 'from' | 'to'>>();

  /** A function at work: each of its calls waits for its turn, and after `cutOffAt` of them there is no more turn. */
  async function handle(event: CloudFormationEvent, cutOffAt = 1000): Promise<Outcome> {
    let calls = 0;
    const inTurn = async <Value>(what: string, call: () => Promise<Value>): Promise<Value> => {
      calls += 1;
      if (calls > cutOffAt) return await never();
      return await scheduler.schedule(Promise.resolve(), `${event.requestId}: ${what}`).then(call);
    };
    const real = parts.keyRing;
    const keyRing: KeyRingWriter = {
      ...real,
      read: (app) => inTurn('read', () => real.read(app)),
      readRecord: (app) => inTurn('read record', () => real.readRecord(app)),
      storeRecord: (record, read) => inTurn('store record', () => real.storeRecord(record, read)),
    };
    const { to, from, requestId } = event;
    await inTurn('begin', async () => undefined);
    const wasDelivered = (await real.readRecord('shop'))?.requests.includes(requestId);
    if (!wasDelivered && parts.clock() - event.sentMs > MAX_EVENT_AGE_MS) return await never();
    if (to === undefined) {
      const request = { id: requestId, digest: from ? digestOf(from) : 'unknown' };
      return await retireApp(retirement(parts, keyRing), 'shop', request);
    }
    const replaces = from && digestOf(from);
    const deps = { keyRing, clock: parts.clock, rotate: parts.rotate, wait: () => Promise.resolve() };
    return await configureApp(deps, { settings: to, digest: digestOf(to), replaces }, requestId);
  }

  function deliver(event: CloudFormationEvent, cutOffAt?: number): void {
    handle(event, cutOffAt).then(
      (outcome) => {
        if (outcome === 'done') answers.set(event.requestId, 'done');
      },
      (error: unknown) => {
        if (!isDaykeyError(error, 'conflict')) throw error;
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
    if (step.isSlow) for (let turns = 0; turns < 2 && scheduler.count() > 0; turns += 1) await scheduler.waitOne();
    else await scheduler.waitIdle();
    return answers.get(event.requestId);
  }

  /** Sends an event until it is done, as operators do who continue a rollback that failed. */
  async function sendUntilDone(from: Deployed, to: Deployed): Promise<void> {
    for (let tries = 0; tries < 10; tries += 1) if ((await send(from, to)) === 'done') return;
    throw new Error('the event is never done');
  }

  return {
    async deploy({ deploy, pauseS, ...step }: Step): Promise<void> {
      parts.setTime(parts.clock() + pauseS * 1000);
      const before = believed;
      const to = DEPLOYMENTS[deploy];
      if (to === before) return;
      const ended = await currentGenerations(parts);
      if ((await send(before, to, step)) === 'done') believed = to;
      // A deletion is not rolled back, but tried again.
      else if (to === undefined) await sendUntilDone(before, to);
      else await sendUntilDone(to, before);
      if (to === undefined) believed = undefined;
      if (believed !== to) return;
      const now = await currentGenerations(parts);
      for (const generation of now) {
        const update = revoked.get(generation);
        if (update?.from === to && update?.to === before && to !== undefined) revoked.delete(generation);
      }
      for (const generation of ended) if (!now.has(generation)) revoked.set(generation, { from: before, to });
    },

    async expectDeployed(): Promise<void> {
      const ring = await parts.keyRing.read('shop');
      if (believed === undefined) {
        expect(ring?.settings.state ?? 'retired').toBe('retired');
        expect(ring?.generations ?? {}).toEqual({});
        return;
      }
      expect(ring?.settings).toEqual(believed);
      expect(Object.keys(ring?.generations ?? {}).toSorted()).toEqual(Object.keys(believed.integrations).toSorted());
      for (const generation of await currentGenerations(parts)) expect([...revoked.keys()]).not.toContain(generation);
      const live = ring?.slots.filter(({ state }) => state === 'ready') ?? [];
      expect(live.length).toBeGreaterThan(0);
      for (const { keyArn } of live) expect(parts.kms.stateOf(keyArn ?? '')).toBe('Enabled');
    },
  };
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}

function retirement({ rotateDeps, kms }: Parts, keyRing: KeyRingWriter) {
  return { ...rotateDeps, keyRing, keyMaker: kms.keyMaker('retire'), wait: () => Promise.resolve() };
}

async function currentGenerations({ keyRing }: Parts): Promise<Set<string>> {
  return new Set(Object.values((await keyRing.read('shop'))?.generations ?? {}));
}

function digestOf(settings: AppSettings): string {
  return documentDigest(JSON.stringify(settings));
}
