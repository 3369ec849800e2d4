// Those who keep the simulated vault going: rotators, the janitor, the sweeper.

import { isDaykeyError } from '../../vault/domain/errors.ts';
import type { Canary, KeyMaker } from '../../vault/ports/key-maker.ts';
import { canaryUnwrap, canaryWrap } from '../../vault/usecases/keys/canary.ts';
import { tidyUp } from '../../vault/usecases/keys/janitor.ts';
import { LEASE_S, rotate } from '../../vault/usecases/keys/rotate.ts';
import { sweep } from '../../vault/usecases/sweep.ts';
import type { Run } from './simulation-network.ts';
import type { Vault } from './simulation-vault.ts';

/** What one rotation that nothing hindered has promised: from then until then, on any clock, someone can encrypt. */
export interface Cover {
  /** When the rotation began and ended, by the right clock. */
  readonly beganMs: number;
  readonly endedMs: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface Rotators {
  readonly covers: readonly Cover[];
  /** One run, on a clock that is so far ahead. */
  run(skewMs: number): Promise<void>;
}

/** The rotators of a vault. */
export function rotators(vault: Vault): Rotators {
  const { scenario, time, tally } = vault;
  const { graceS, leadS } = scenario.life;
  const covers: Cover[] = [];
  const running = new Set<object>();
  // When a rotator last went and may have left a lease behind.
  let lastLeftMs = Number.NEGATIVE_INFINITY;
  let lastMeetingMs = Number.NEGATIVE_INFINITY;

  return {
    covers,
    async run(skewMs) {
      const self = {};
      running.add(self);
      if (running.size > 1) lastMeetingMs = time.nowMs();
      const run = vault.start(skewMs, () => {
        running.delete(self);
        lastLeftMs = time.nowMs();
      });
      const canary = canaryOf(vault, run);
      const keys = destroyingLate(run.wired('kms', vault.keyMaker()));
      const deps = { clock: run.clock, telemetry: vault.telemetry, canary: canary.port, keyMaker: keys.port };
      const receipts = {
        stack: 'Daykey',
        signer: run.wired('kms', vault.signer),
        ledger: run.wired('ledger', vault.ledger),
        reaper: run.wired('store', vault.store),
      };
      const isDone = await succeeds(rotate({ ...deps, ...receipts, keyRing: run.wired('ring', vault.ring) }));
      if (running.size > 1) lastMeetingMs = time.nowMs();
      running.delete(self);
      const isHindered = run.faults() > 0 || canary.hasFailed() || keys.wereLate();
      // A rotator ahead of its time asks for destruction too early, and KMS says no.
      vault.rules.check(isDone || isHindered || skewMs > 0, 'a rotation fails only when something hinders it');
      // A lease left behind, another rotator, or one that did not finish and planned the next try by a clock that is ahead, may
      // have kept this run from its work.
      const wasAlone = run.startedMs > Math.max(lastMeetingMs, lastLeftMs + (LEASE_S + 2 * graceS) * 1000);
      if (isHindered) lastLeftMs = time.nowMs();
      if (isHindered || !wasAlone) return;
      tally.cleanRotations += 1;
      const fromMs = run.startedMs + skewMs;
      covers.push({ beganMs: run.startedMs, endedMs: time.nowMs(), fromMs, untilMs: fromMs + leadS * 1000 });
    },
  };
}

/** One run of the janitor. */
export async function janitorRun(vault: Vault, skewMs: number): Promise<void> {
  const run = vault.start(skewMs);
  const keys = destroyingLate(run.wired('kms', vault.keyMaker()));
  const deps = {
    clock: run.clock,
    telemetry: vault.telemetry,
    keyMaker: keys.port,
    keyRing: run.wired('ring', vault.ring),
  };
  const isDone = await succeeds(tidyUp(deps));
  const isHindered = run.faults() > 0 || keys.wereLate();
  vault.rules.check(isDone || isHindered || skewMs > 0, 'the janitor fails only when something hinders it');
}

/** A key maker, and whether KMS was late to show that a key which an earlier run destroyed is pending deletion. */
function destroyingLate(keyMaker: KeyMaker): { readonly port: KeyMaker; wereLate(): boolean } {
  let late = false;
  const destroy = async (arn: string) => {
    try {
      return await keyMaker.destroy(arn);
    } catch (error) {
      late ||= isDaykeyError(error, 'unavailable');
      throw error;
    }
  };
  return { port: { ...keyMaker, destroy }, wereLate: () => late };
}

/** One run of the sweeper. */
export async function sweeperRun(vault: Vault, skewMs: number): Promise<void> {
  const run = vault.start(skewMs);
  const store = run.wired('store', vault.store);
  const ledger = run.wired('ledger', vault.ledger);
  // Its entries have no blobs.
  const blobs = { remove: async () => {} };
  const deps = { clock: run.clock, telemetry: vault.telemetry, reaper: store, ledger, blobs };
  const isDone = await succeeds(sweep(deps));
  vault.rules.check(isDone || run.faults() > 0, 'the sweeper fails only when something hinders it');
}

/** The canary by way of the functions' own halves of it, as deployed. */
function canaryOf({ kms, ring }: Vault, run: Run): { port: Canary; hasFailed(): boolean } {
  let failures = 0;
  const deps = { appKek: run.wired('kms', kms.appKek()), keyRing: run.wired('ring', ring) };
  const port: Canary = {
    async passes(holder, slot) {
      try {
        const sealed = await canaryWrap(deps, { holder, slot });
        const opened = await canaryUnwrap(deps, { holder, slot, wrapped: sealed.wrapped ?? '' });
        return opened.digest === sealed.digest;
      } catch {
        failures += 1;
        return false;
      }
    },
  };
  return { port: run.wired('lambda', port), hasFailed: () => failures > 0 };
}

async function succeeds(work: Promise<void>): Promise<boolean> {
  return await work.then(
    () => true,
    () => false,
  );
}
