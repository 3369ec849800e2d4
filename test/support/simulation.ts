// Plays a vault in virtual time: rotators, janitor, sweeper, writers and readers on the real use cases and a strict KMS,
// with clocks that differ, calls that fail and runs that are cut off. Only the scenario decides what happens.

import { GONE_AT_LATEST_S } from '../../vault/domain/kek-life/plan.ts';
import { slotForEncryption } from '../../vault/domain/kek-life/ring.ts';
import { type AppSettings, DELETION_WINDOW_DAYS } from '../../vault/domain/settings.ts';
import { secondsOf } from '../../vault/ports/clock.ts';
import { dueAt } from './contracts/bundles.ts';
import { eraser, reader, type Surroundings, writer } from './simulation-callers.ts';
import { janitorRun, rotators, sweeperRun } from './simulation-keepers.ts';
import { collected } from './simulation-network.ts';
import { checkOver } from './simulation-rules.ts';
import { type Scenario, simulatedVault, type Tally, type Vault } from './simulation-vault.ts';
import { storeSettings } from './store-settings.ts';

const WRITERS = 2;
const READERS = 2;
const REQUESTS_PER_CYCLE = 16;
const SWEEPS_PER_CYCLE = 4;
const ERASURES_PER_CYCLE = 4;

/** Plays a scenario. Gives what rules were broken, each with its instant, and what happened. */
export async function simulate(scenario: Scenario): Promise<{ broken: readonly string[]; tally: Tally }> {
  const vault = simulatedVault(scenario);
  const { life } = scenario;
  const { app, ring, rules, startMs, tally, time } = vault;
  const skews = scenario.skews.map((share) => Math.round(share * life.graceS * 1000));
  const skewOf = (nr: number) => skews[nr % skews.length] ?? 0;
  const settings: AppSettings = { app, life, defaultTtlS: life.maxTtlS, integrations: {}, state: 'live' };
  await storeSettings(ring, settings);

  const keepers = rotators(vault);
  const surroundings: Surroundings = {
    covers: keepers.covers,
    answered: [],
    erasures: [],
    lastTamperedMs: Number.NEGATIVE_INFINITY,
    maxTtls: [{ fromMs: startMs, maxTtlS: life.maxTtlS }],
    sweeperSkewMs: skewOf(scenario.rotators),
  };

  const rotationMs = (life.leadS * 1000) / scenario.rotationsPerLead;
  for (let nr = 0; nr < scenario.rotators; nr += 1) {
    often(vault, rotationMs, async () => {
      if (!scenario.rotatorsDown.some(vault.isIn)) await keepers.run(skewOf(nr));
    });
  }
  const cycleMs = life.cycleS * 1000;
  often(vault, cycleMs, () => janitorRun(vault, skewOf(1)));
  often(vault, cycleMs / SWEEPS_PER_CYCLE, () => sweeperRun(vault, surroundings.sweeperSkewMs));
  for (let nr = 0; nr < WRITERS; nr += 1)
    often(vault, cycleMs / REQUESTS_PER_CYCLE, writer(vault, surroundings, skewOf(nr)));
  for (let nr = 0; nr < READERS; nr += 1) {
    const read = reader(vault, surroundings, nr === 0 ? 0 : skewOf(nr));
    often(vault, cycleMs / REQUESTS_PER_CYCLE, () => read());
  }
  readAtEveryExpiry(vault, surroundings);
  often(vault, cycleMs / ERASURES_PER_CYCLE, eraser(vault, surroundings, skewOf(2)));

  for (const { atShare, maxTtlS } of scenario.changes) {
    time.at(vault.momentOf(atShare), () => {
      surroundings.maxTtls.push({ fromMs: time.nowMs(), maxTtlS });
      heard(vault, storeSettings(ring, { ...settings, life: { ...life, maxTtlS } }));
    });
  }
  for (const atShare of scenario.disabled)
    time.at(vault.momentOf(atShare), () => heard(vault, disableKey(vault, surroundings)));

  await time.runUntil(vault.endMs);
  await end(vault, settings, keepers.run);
  return { broken: rules.broken, tally };
}

/** Has something done again and again, at uneven times, until the vault is no longer in use. */
function often(vault: Vault, periodMs: number, work: () => Promise<void>): void {
  const { draw, endMs, startMs, time } = vault;
  for (let atMs = startMs; atMs < endMs; atMs += periodMs) {
    const nextMs = atMs + draw.share() * periodMs;
    time.at(nextMs, () => heard(vault, work()));
  }
}

/** A fresh reader with the right clock asks for each ref just as it expires. */
function readAtEveryExpiry(vault: Vault, surroundings: Surroundings): void {
  const { draw, time, scenario } = vault;
  let seen = 0;
  often(vault, (scenario.life.cycleS * 1000) / REQUESTS_PER_CYCLE, async () => {
    for (const ref of surroundings.answered.slice(seen)) {
      const atMs = ref.expiresAtS * 1000 - draw.between(0, 150);
      if (atMs < vault.endMs) time.at(atMs, () => heard(vault, reader(vault, surroundings, 0)([ref])));
    }
    seen = surroundings.answered.length;
  });
}

async function disableKey(vault: Vault, surroundings: Surroundings): Promise<void> {
  const now = await vault.ring.read(vault.app);
  const slot = now && slotForEncryption(now, secondsOf(vault.time.nowMs()));
  if (!slot) return;
  await vault.kms.operate('DisableKey', slot.keyArn);
  surroundings.lastTamperedMs = vault.time.nowMs();
}

/** The app leaves; everything that was ever made has to be gone in the end. */
async function end(vault: Vault, settings: AppSettings, rotation: (skewMs: number) => Promise<void>): Promise<void> {
  const { kms, ring, rules, store, time } = vault;
  const HOUR_MS = 3_600_000;
  vault.calm();
  // What is under way ends first.
  await time.runUntil(time.nowMs() + HOUR_MS);
  await storeSettings(ring, { ...settings, state: 'retired' });
  const clearUp = async () => {
    // Twice: the first of them may find a lease that has yet to run out.
    for (let round = 0; round < 2; round += 1) {
      for (const work of [() => rotation(0), () => janitorRun(vault, 0), () => sweeperRun(vault, 0)]) {
        heard(vault, work());
        await time.runUntil(time.nowMs() + HOUR_MS);
      }
    }
  };
  const keys = await collected(kms.keyMaker('retire').list(new Set()));
  const ends = [...keys, ...(await vault.slots())].map(({ decryptUntilS }) => decryptUntilS);
  const lastT2S = Math.max(secondsOf(time.nowMs()), ...ends);
  await time.runUntil(lastT2S * 1000);
  await clearUp();
  await checkOver(rules, kms, await vault.slots());
  const receipts = await vault.ledger.receipts({ app: vault.app });
  rules.check(receipts.length >= (await vault.slots()).length, 'every destroyed key has its receipt');
  const left = await dueAt(store, Number.MAX_SAFE_INTEGER);
  rules.check(left.length === 0, 'past every expiry the sweeper leaves no bundle and no note', { left: left.length });
  await time.runUntil(time.nowMs() + (DELETION_WINDOW_DAYS.least * 24 * 3600 + GONE_AT_LATEST_S) * 1000);
  await clearUp();
  rules.check((await vault.slots()).length === 0, 'in the end no row is left', { slots: await vault.slots() });
}

function heard({ rules }: Vault, work: Promise<void>): void {
  work.catch((error: unknown) => rules.check(false, 'no caller fails in an unexpected way', { error: String(error) }));
}
