// The simulated vault: real use cases' dependencies in memory, watched where effects happen, reached through bad wires.

import { wrapContext } from '../../vault/domain/envelope/context.ts';
import { BUCKET_DELAY_S, bucketAt } from '../../vault/domain/kek-life/bucket.ts';
import type { KekLife } from '../../vault/domain/kek-life/life.ts';
import { isUsable, type RingSlot, type UsableSlot } from '../../vault/domain/kek-life/ring.ts';
import { memoryBundleStore } from '../../vault/memory/bundle-store.ts';
import { memoryKeyRing } from '../../vault/memory/key-ring.ts';
import { type MemoryKms, memoryKms } from '../../vault/memory/kms.ts';
import { memoryLedger } from '../../vault/memory/ledger.ts';
import { memoryReceiptSigner } from '../../vault/memory/receipt-signer.ts';
import { memoryTelemetry } from '../../vault/memory/telemetry.ts';
import type { BundleEraser, BundleReaper, BundleStore, Due, StoredBundle } from '../../vault/ports/bundle-store.ts';
import type { KeyMaker } from '../../vault/ports/key-maker.ts';
import type { KeyRingWriter } from '../../vault/ports/key-ring.ts';
import type { ReceiptLedger, ReceiptSigner, TallyLedger } from '../../vault/ports/ledger.ts';
import type { Telemetry } from '../../vault/ports/telemetry.ts';
import { dueAt } from './contracts/bundles.ts';
import { type Dependency, type Run, startRun } from './simulation-network.ts';
import { checkStored, type Rules, readyKeysChecker, rules } from './simulation-rules.ts';
import { type Draw, drawFrom, type VirtualTime, virtualTime } from './virtual-time.ts';

/** A time in the simulation, as a share of its length, and how long something lasts from then on. */
export interface Spell {
  readonly atShare: number;
  readonly lengthS: number;
}

export interface Scenario {
  readonly seed: number;
  readonly life: KekLife;
  /** How long the vault is in use, in cycles. */
  readonly cycles: number;
  readonly rotators: number;
  readonly rotationsPerLead: number;
  /** Clocks, as shares of the grace from -1 to 1, dealt to the functions in turn. */
  readonly skews: readonly number[];
  readonly keyVisibleAfterMs: number;
  /** How likely a run is cut off. */
  readonly crashRate: number;
  /** How likely any call fails. */
  readonly faultRate: number;
  readonly outages: readonly (Spell & { readonly dependency: Dependency })[];
  readonly rotatorsDown: readonly Spell[];
  /** Settings that change: another longest time to live. */
  readonly changes: readonly { readonly atShare: number; readonly maxTtlS: number }[];
  /** When an operator disables the key that encrypts. */
  readonly disabled: readonly number[];
}

/** What happened: shows that the rules were put to the test. */
export interface Tally {
  sealed: number;
  refusedToSeal: number;
  opened: number;
  redacted: number;
  failedReads: number;
  cutOff: number;
  cleanRotations: number;
  keysMade: number;
  refusedThieves: number;
  erasures: number;
  erasedRefs: number;
}

export interface Vault {
  readonly app: string;
  readonly scenario: Scenario;
  readonly time: VirtualTime;
  readonly draw: Draw;
  readonly rules: Rules;
  readonly tally: Tally;
  readonly kms: MemoryKms;
  readonly ring: KeyRingWriter;
  readonly store: BundleStore & BundleReaper & BundleEraser;
  readonly ledger: TallyLedger & ReceiptLedger;
  readonly signer: ReceiptSigner;
  readonly telemetry: Telemetry;
  readonly startMs: number;
  readonly endMs: number;
  keyMaker(): KeyMaker;
  slots(): Promise<readonly RingSlot[]>;
  momentOf(atShare: number): number;
  isIn(spell: Spell): boolean;
  /** A run of a function that starts now. */
  start(skewMs: number, onCutOff?: () => void): Run;
  /** From now on nothing fails and no caller is cut off. */
  calm(): void;
}

/** Few, so that each holds several rows. */
const DEALT_SHARDS = 8;
const IN_USE_FROM_MS = Date.UTC(2026, 10, 23);

/** An empty vault. */
export function simulatedVault(scenario: Scenario): Vault {
  const { life, seed } = scenario;
  const draw = drawFrom(seed);
  const time = virtualTime(IN_USE_FROM_MS + draw.between(0, life.cycleS * 1000));
  const startMs = time.nowMs();
  const lengthMs = scenario.cycles * life.cycleS * 1000;
  const momentOf = (atShare: number) => startMs + atShare * lengthMs;
  const isIn = ({ atShare, lengthS }: Spell) =>
    momentOf(atShare) <= time.nowMs() && time.nowMs() < momentOf(atShare) + lengthS * 1000;
  const tally: Tally = {
    sealed: 0,
    refusedToSeal: 0,
    opened: 0,
    redacted: 0,
    failedReads: 0,
    cutOff: 0,
    cleanRotations: 0,
    keysMade: 0,
    refusedThieves: 0,
    erasures: 0,
    erasedRefs: 0,
  };
  const broken = rules(time.nowMs);
  const kms = memoryKms({
    clock: time.nowMs,
    visibleAfterMs: scenario.keyVisibleAfterMs,
    stateVisibleAfterMs: scenario.keyVisibleAfterMs,
  });
  const ring = memoryKeyRing();
  const store = memoryBundleStore();
  const app = `app-${seed % 97}`;
  const slots = async () => (await ring.read(app))?.slots ?? [];
  const checkReadyKeys = readyKeysChecker(broken);
  const arrivals = new Map<string, number>();
  let isCalm = false;
  const weather = {
    longestFreezeMs: () => (isCalm ? 40 : 240_000),
    faultRate(dependency: Dependency) {
      if (isCalm) return 0;
      return scenario.outages.some((spell) => spell.dependency === dependency && isIn(spell))
        ? 0.7
        : scenario.faultRate;
    },
  };

  /** A thief with the decrypt role and a copy of the bundle asks KMS around the bundle's end, by KMS's own clock. */
  function stealLater(slot: UsableSlot, bundle: StoredBundle): void {
    const { id, slot: slotId, expiresAtS, wrapped } = bundle;
    const bucket = bucketAt(slot, expiresAtS);
    broken.check(bucket !== undefined, 'every bundle has a bucket', { slot, expiresAtS });
    const ask = () => kms.appKek('decrypt').unwrap(slot, wrapContext(app, slot, id, bucket ?? 0), wrapped);
    const endS = Math.min(expiresAtS + slot.bucketWidthS + BUCKET_DELAY_S, slot.decryptUntilS);
    time.at(endS * 1000, () => {
      tally.refusedThieves += 1;
      ask().then(
        () => broken.check(false, 'KMS itself refuses a bundle one bucket and a minute after its expiry', { slotId }),
        () => undefined,
      );
    });
    if (time.nowMs() >= expiresAtS * 1000) return;
    time.at(expiresAtS * 1000 - 1, () => {
      ask().catch((error: unknown) => {
        const state = kms.stateOf(slot.keyArn);
        broken.check(state !== 'Enabled', 'KMS opens every bundle up to its expiry', { slotId, error: String(error) });
      });
    });
  }

  return {
    app,
    scenario,
    time,
    draw,
    rules: broken,
    tally,
    kms,
    startMs,
    endMs: startMs + lengthMs,
    slots,
    momentOf,
    isIn,
    ledger: memoryLedger(),
    signer: memoryReceiptSigner(),
    telemetry: memoryTelemetry(),
    ring: {
      ...ring,
      async markReady(...args) {
        await ring.markReady(...args);
        checkReadyKeys(await slots());
      },
    },
    store: {
      ...store,
      async insert(bundle: StoredBundle) {
        await store.insert(bundle);
        if (!arrivals.has(bundle.id)) arrivals.set(bundle.id, arrivals.size);
        const slot = (await slots()).find((row) => row.slot === bundle.slot);
        checkStored(broken, bundle, slot);
        if (slot && isUsable(slot)) stealLater(slot, bundle);
      },
      async noteErasure(app, subjectTag, requestedAtS) {
        await store.noteErasure(app, subjectTag, requestedAtS);
        if (!arrivals.has(subjectTag)) arrivals.set(subjectTag, arrivals.size);
      },
      // Dealt by arrival: the IDs that decide the shard are random, and a simulation must not be.
      async *due(shard, nowS) {
        if (shard >= DEALT_SHARDS) return;
        const arrival = ({ row }: Due) => arrivals.get(row.split('#').at(-1) ?? '') ?? 0;
        const rows = (await dueAt(store, nowS)).filter((due) => arrival(due) % DEALT_SHARDS === shard);
        yield rows.sort((one, other) => arrival(one) - arrival(other) || (one.dueAtS ?? 0) - (other.dueAtS ?? 0));
      },
    },
    keyMaker() {
      const maker = kms.keyMaker('rotate');
      return {
        ...maker,
        async create(...args) {
          tally.keysMade += 1;
          return await maker.create(...args);
        },
        async destroy(arn) {
          const destroyed = await maker.destroy(arn);
          const row = (await slots()).find(({ keyArn }) => keyArn === arn);
          const isDue = row === undefined || time.nowMs() >= row.decryptUntilS * 1000;
          broken.check(isDue, 'nothing destroys a key before its T2', { row });
          return destroyed;
        },
      };
    },
    start: (skewMs, onCutOff) =>
      startRun({
        time,
        weather,
        skewMs,
        draw: drawFrom(draw.between(0, 2 ** 32 - 1)),
        waitsBeforeCutOff: !isCalm && draw.chance(scenario.crashRate) ? draw.between(1, 14) : undefined,
        onCutOff() {
          tally.cutOff += 1;
          onCutOff?.();
        },
      }),
    calm() {
      isCalm = true;
    },
  };
}
