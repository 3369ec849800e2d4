// Those who use the simulated vault: writers and readers, each a function instance that takes one request at a time.

import { isDaykeyError } from '../../vault/domain/errors.ts';
import { CHECK_EVERY_S } from '../../vault/domain/kek-life/due.ts';
import { memoryAuditLog } from '../../vault/memory/audit-log.ts';
import { secondsOf } from '../../vault/ports/clock.ts';
import { MAX_CACHE_AGE_MS } from '../../vault/usecases/cache.ts';
import { decrypt } from '../../vault/usecases/decrypt.ts';
import { encrypt } from '../../vault/usecases/encrypt.ts';
import { eraseSubject } from '../../vault/usecases/erase.ts';
import { cachedRings, type Rings } from '../../vault/usecases/rings.ts';
import { MIN_TTL_SECONDS } from '../../wire/limits.ts';
import { ringOf } from './ring-of.ts';
import type { Cover } from './simulation-keepers.ts';
import type { Run } from './simulation-network.ts';
import { type Answered, checkOpened, checkReadFailure, type Ending, type Erasure } from './simulation-rules.ts';
import type { Vault } from './simulation-vault.ts';

/** What the callers' rules need to know of the others. */
export interface Surroundings {
  readonly covers: readonly Cover[];
  /** Refs that writers were given. */
  readonly answered: Answered[];
  readonly erasures: Erasure[];
  /** The longest times to live that were set, each from an instant on. */
  readonly maxTtls: { fromMs: number; maxTtlS: number }[];
  /** When an operator last disabled a key. */
  lastTamperedMs: number;
  readonly sweeperSkewMs: number;
}

const READER = { integration: 'reader', credential: 'token/0123456789ab', requestId: 'a-request' };
const MAX_STORED_BYTES = 4_000_000;
const MOST_REFS = 3;
const SUBJECTS = ['maya', 'noor', 'lena'];
// While nothing serves, an instance looks again once a second (usecases/rings.ts).
const LOOKS_AGAIN_AFTER_MS = 1000;

/** A writer on a clock that is so far ahead; each call is one request, none while one is under way. */
export function writer(vault: Vault, surroundings: Surroundings, skewMs: number): () => Promise<void> {
  const { app, draw, kms, store, tally } = vault;
  return instance(vault, surroundings, skewMs, async (run, rings, ending) => {
    const { maxTtlS } = vault.scenario.life;
    const asked = {
      ttlSeconds: draw.chance(0.3) ? undefined : draw.between(MIN_TTL_SECONDS, Math.ceil(maxTtlS * 1.1)),
      notAfterS: draw.chance(0.1) ? secondsOf(run.clock()) + draw.between(1, maxTtlS) : undefined,
    };
    const subject = draw.chance(0.5) ? draw.of(SUBJECTS) : undefined;
    const json = JSON.stringify({ nr: surroundings.answered.length });
    const deps = {
      clock: run.clock,
      rings,
      telemetry: vault.telemetry,
      appKek: run.wired('kms', kms.appKek()),
      bundles: run.wired('store', store),
    };
    try {
      const request = { jsons: new Map([['field', json]]), subject, ...asked };
      const { refs, expiresAtS } = await encrypt(deps, await ringOf(rings, app), request);
      tally.sealed += 1;
      const answeredMs = vault.time.nowMs();
      surroundings.answered.push({ ref: refs.get('field') ?? '', json, expiresAtS, subject, answeredMs });
      checkTtl(vault, surroundings, expiresAtS, ending());
    } catch (error) {
      tally.refusedToSeal += 1;
      checkWriteFailure(vault, surroundings, error, asked, ending());
    }
  });
}

/** A reader on a clock that is so far ahead; each call asks for a few refs, some of them about to expire or expired. */
export function reader(
  vault: Vault,
  surroundings: Surroundings,
  skewMs: number,
): (chosen?: readonly Answered[]) => Promise<void> {
  const { app, draw, kms, rules, store, tally, time } = vault;
  const { answered } = surroundings;
  let wanted: readonly Answered[] = [];
  const request = instance(vault, surroundings, skewMs, async (run, rings, ending) => {
    const deps = {
      clock: run.clock,
      rings,
      telemetry: vault.telemetry,
      maxStoredBytes: MAX_STORED_BYTES,
      appKek: run.wired('kms', kms.appKek()),
      bundles: run.wired('store', store),
      audit: run.wired('audit', memoryAuditLog()),
    };
    const refs = wanted;
    try {
      const opened = await decrypt(
        deps,
        { app, ring: await ringOf(rings, app), ...READER },
        new Map(refs.map(({ ref }, index) => [String(index), ref])),
      );
      refs.forEach((ref, index) => {
        const field = opened.get(String(index));
        tally[field?.status === 'ok' ? 'opened' : 'redacted'] += 1;
        const erasures = surroundings.erasures.filter(({ subject }) => subject === ref.subject);
        if (field?.status === 'redacted' && erasures.length > 0) tally.erasedRefs += 1;
        checkOpened(rules, ref, field, ending(), surroundings.sweeperSkewMs, erasures);
      });
    } catch (error) {
      tally.failedReads += 1;
      checkReadFailure(rules, error, ending());
    }
  });
  return async (chosen) => {
    const near = answered.filter(({ expiresAtS }) => Math.abs(expiresAtS * 1000 - time.nowMs()) < 5000);
    const pool = near.length > 0 && draw.chance(0.5) ? near : answered;
    const drawn = Array.from({ length: draw.between(1, MOST_REFS) }, () => draw.of(pool));
    wanted = chosen ?? drawn.filter((ref) => ref !== undefined);
    if (wanted.length > 0) await request();
  };
}

/** Erases subjects on a clock that is so far ahead. */
export function eraser(vault: Vault, surroundings: Surroundings, skewMs: number): () => Promise<void> {
  const { app, draw, store, tally, time } = vault;
  return instance(vault, surroundings, skewMs, async (run, _, ending) => {
    const erasure: Erasure = {
      subject: draw.of(SUBJECTS) ?? '',
      askedMs: time.nowMs(),
      answeredMs: Number.POSITIVE_INFINITY,
    };
    surroundings.erasures.push(erasure);
    const deps = {
      clock: run.clock,
      telemetry: vault.telemetry,
      rings: cachedRings(run.wired('ring', vault.ring), run.clock),
      eraser: run.wired('store', store),
      // Its entries have no blobs.
      blobs: { remove: async () => {} },
      ledger: run.wired('ledger', vault.ledger),
    };
    try {
      await eraseSubject(deps, app, erasure.subject);
      erasure.answeredMs = time.nowMs();
      tally.erasures += 1;
    } catch (error) {
      vault.rules.check(ending().isFaulty, 'an erasure fails only while a dependency does', { error: String(error) });
    }
  });
}

/** A function instance: what it remembers outlives a request, and is gone when one is cut off. */
function instance(
  vault: Vault,
  surroundings: Surroundings,
  skewMs: number,
  request: (run: Run, rings: Rings, ending: () => Ending) => Promise<void>,
): () => Promise<void> {
  let current: Run | undefined;
  let rings: Rings | undefined;
  return async () => {
    if (current) return;
    const run = vault.start(skewMs, () => {
      current = undefined;
      rings = undefined;
    });
    current = run;
    rings ??= cachedRings(
      { read: async (app) => await (current ?? run).wired('ring', vault.ring).read(app) },
      run.clock,
    );
    await request(run, rings, () => ({
      startedMs: run.startedMs,
      endedMs: vault.time.nowMs(),
      skewMs,
      isFaulty: run.faults() > 0,
      isTampered: surroundings.lastTamperedMs > Number.NEGATIVE_INFINITY,
    }));
    current = undefined;
  };
}

/** A lower maximum holds for every request that begins once caches have turned over. */
function checkTtl({ rules, time }: Vault, { maxTtls }: Surroundings, expiresAtS: number, ending: Ending): void {
  const sinceMs = ending.startedMs - MAX_CACHE_AGE_MS;
  const before = maxTtls.filter(({ fromMs }) => fromMs < sinceMs).at(-1);
  const held = [...(before ? [before] : []), ...maxTtls.filter(({ fromMs }) => fromMs >= sinceMs)];
  const maxTtlS = Math.max(...held.map((each) => each.maxTtlS));
  const latestS = secondsOf(time.nowMs() + ending.skewMs) + maxTtlS;
  rules.check(expiresAtS <= latestS, 'nothing is sealed for longer than the settings allow', { expiresAtS, latestS });
}

/** A write that failed was asked for too long a life, met a broken dependency, or got a time to come back. */
function checkWriteFailure(
  { rules, scenario }: Vault,
  { covers, lastTamperedMs, maxTtls }: Surroundings,
  error: unknown,
  asked: { readonly ttlSeconds: number | undefined; readonly notAfterS: number | undefined },
  ending: Ending,
): void {
  const details = { error: String(error), ...ending };
  // Frozen for so long that its slot had gone: no function may run for half a minute in production.
  if (ending.endedMs - ending.startedMs > (scenario.life.graceS * 1000) / 4) return;
  if (isDaykeyError(error, 'ttl-out-of-range')) {
    const least = Math.min(...maxTtls.map(({ maxTtlS }) => maxTtlS));
    const isOver = secondsOf(ending.endedMs + ending.skewMs) >= (asked.notAfterS ?? Number.POSITIVE_INFINITY);
    const isTooLong = (asked.ttlSeconds ?? 0) > least;
    rules.check(isTooLong || isOver, 'a time to live is refused only if it is too long or over', { ...asked, least });
    return;
  }
  const { isFaulty, isTampered, startedMs, endedMs, skewMs } = ending;
  if (isFaulty) {
    rules.check(
      isDaykeyError(error, 'unavailable', 'app-kek-refused'),
      'a broken dependency is `unavailable`',
      details,
    );
    return;
  }
  const isToldWhen = isDaykeyError(error, 'unavailable') && error.retryAfterSeconds !== undefined;
  // By a clock that is behind it is not T1 yet; handlers answer that as `unavailable` too.
  const isRefused = isDaykeyError(error, 'app-kek-refused') && (isTampered || skewMs < 0);
  rules.check(isToldWhen || isRefused, 'a write that fails says when to come back', details);
  const cover = covers.find(
    ({ beganMs, endedMs: knownMs, fromMs, untilMs }) =>
      // Until then a rotator may still be shown the state from before, or not be due to look at the key, by its own clock.
      beganMs > lastTamperedMs + scenario.keyVisibleAfterMs + (CHECK_EVERY_S + 2 * scenario.life.graceS) * 1000 &&
      knownMs + LOOKS_AGAIN_AFTER_MS <= startedMs &&
      fromMs <= startedMs + skewMs &&
      endedMs + skewMs <= untilMs,
  );
  rules.check(cover === undefined, 'encryption goes on for a lead after a rotation', { ...details, cover });
}
