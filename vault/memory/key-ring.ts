// The key ring in memory, with the conditions of the one in DynamoDB. For tests, benches and the testing kit.

import { type AppRecord, needsSecret, withAddedRoles } from '../domain/app-record.ts';
import { DaykeyError } from '../domain/errors.ts';
import { dueShard } from '../domain/kek-life/due.ts';
import { holderName, isSameHolder, type KeyHolder } from '../domain/kek-life/holder.ts';
import type { AppRing, RingSlot } from '../domain/kek-life/ring.ts';
import { type UpkeepChange, upkeepChanges } from '../domain/kek-life/upkeep.ts';
import type { AppSecretKeeper } from '../ports/app-secrets.ts';
import { AT_ONCE_S, type DueHolder, type KeyRingWriter, type PlannedRing, type RingRow } from '../ports/key-ring.ts';
import { memoryAppSecrets } from './app-secrets.ts';

/**
 * A {@link KeyRingWriter}, which copies what it takes and returns.
 *
 * @param records by app. Other adapters in memory may read the same map.
 * @param secrets of the apps with pooled keys.
 */
export function memoryKeyRing(
  records = new Map<string, AppRecord>(),
  secrets: AppSecretKeeper = memoryAppSecrets(),
): KeyRingWriter {
  const slots = new Map<string, RingSlot>();
  /** By the holder's name. */
  const plans = new Map<string, Omit<PlannedRing, 'slots'>>();
  let revisions = 0;

  const plan = ({ holder, life, retired }: UpkeepChange): void => {
    revisions += 1;
    const stored = { holder, life: { ...life }, retired, dueAtS: AT_ONCE_S, revision: String(revisions) };
    plans.set(holderName(holder), stored);
  };

  const slotsOf = (holder: KeyHolder): RingSlot[] =>
    [...slots.values()]
      .filter((slot) => isSameHolder(slot.holder, holder))
      .sort((a, b) => b.slot - a.slot)
      .map(copy);

  const ringFor = (app: string): AppRing | undefined => {
    const { settings, generations, addedRoles = [], formerPools = [] } = structuredClone(records.get(app)) ?? {};
    return (
      settings &&
      generations && {
        settings: withAddedRoles(settings, addedRoles),
        generations,
        formerPools,
        slots: slotsOf({ app }),
      }
    );
  };

  /** Replaces the slot with what `next` returns. `undefined` means that the condition does not hold. */
  const change = (holder: KeyHolder, slot: number, next: (row: RingSlot) => RingSlot | undefined): void => {
    const row = slots.get(nameFor(holder, slot));
    const changed = row && next(row);
    if (changed === undefined) throw new DaykeyError('conflict', 'another writer changed the slot first');
    slots.set(nameFor(holder, slot), copy(changed));
  };

  return {
    read: async (app) => ringFor(app),
    slotsOf: async (holder) => slotsOf(holder),

    async *rows() {
      const page: RingRow[] = [];
      for (const [app, { settings }] of records) {
        if (settings)
          page.push(...upkeepChanges(settings, undefined).map((change) => ({ kind: 'app', app, ...change }) as const));
      }
      for (const { holder, life, retired, dueAtS } of plans.values())
        page.push({ kind: 'plan', holder, upkeep: { life, retired }, dueAtS });
      for (const { holder, slot, state, keyArn } of slots.values()) {
        page.push({ kind: 'slot', holder, slot, state, ...(keyArn !== undefined && { keyArn }) });
      }
      yield page;
    },

    async *due(shard, nowS) {
      const due: DueHolder[] = [];
      for (const { holder, dueAtS } of plans.values()) {
        if (dueShard(holder) === shard && dueAtS !== undefined && dueAtS <= nowS) due.push({ holder, dueAtS });
      }
      if (due.length > 0) yield due.sort((one, other) => one.dueAtS - other.dueAtS);
    },

    async planned(holder) {
      const stored = plans.get(holderName(holder));
      return stored && { ...stored, slots: slotsOf(holder) };
    },

    plan: async (change) => plan(change),

    async planNext({ holder, revision }, dueAtS) {
      const stored = plans.get(holderName(holder));
      if (stored?.revision !== revision) throw new DaykeyError('conflict', 'the plan was changed first');
      plans.set(holderName(holder), { ...stored, dueAtS });
    },

    readRecord: async (app) => structuredClone(records.get(app)),

    async storeRecord(record, before) {
      if (needsSecret(record)) await secrets.makeSecret(record.app);
      const { app, version } = before;
      if ((records.get(app)?.version ?? 0) !== version) {
        throw new DaykeyError('conflict', 'another record of the app was stored first');
      }
      const stored = { ...structuredClone(record), version: version + 1 };
      records.set(app, stored);
      return structuredClone(stored);
    },

    async claim(holder, dates, lease, nowS) {
      const name = nameFor(holder, dates.slot);
      if (!slots.has(name)) slots.set(name, { ...dates, holder, state: 'claimed', lease });
      else {
        change(holder, dates.slot, (row) => {
          const isProven = row.state !== 'claimed' && row.state !== 'created';
          const isHeld = row.lease === undefined || (row.lease.untilS > nowS && row.lease.owner !== lease.owner);
          return isProven || isHeld ? undefined : { ...row, lease };
        });
      }
      return copy(slots.get(name) as RingSlot);
    },

    async recordKey(holder, slot, owner, { arn: keyArn, ignoresContext }, salt) {
      change(holder, slot, (row) => {
        const isAgain = row.state === 'created' && row.keyArn === keyArn;
        if (row.lease?.owner !== owner || (row.state !== 'claimed' && !isAgain)) return undefined;
        return { ...row, state: 'created', keyArn, salt, ...(ignoresContext && { ignoresContext }) };
      });
    },

    async markReady(holder, slot, owner) {
      change(holder, slot, ({ lease, ...row }) =>
        row.state === 'ready' || (lease?.owner === owner && row.state === 'created')
          ? { ...row, state: 'ready' }
          : undefined,
      );
    },

    async markLost(holder, slot) {
      change(holder, slot, (row) =>
        row.state === 'ready' || row.state === 'lost' ? { ...row, state: 'lost' } : undefined,
      );
    },

    async markDestroyed(holder, slot, goneAtS) {
      change(holder, slot, ({ salt, lease, ...row }) =>
        row.keyArn === undefined
          ? undefined
          : { ...row, state: 'destroyed', ...(goneAtS === undefined ? {} : { goneAtS }) },
      );
    },

    async forget(holder, slot, nowS) {
      if (!slots.has(nameFor(holder, slot))) return;
      change(holder, slot, (row) => {
        const isAbandoned = row.state === 'claimed' && row.lease !== undefined && row.lease.untilS <= nowS;
        return row.state === 'destroyed' || isAbandoned ? row : undefined;
      });
      slots.delete(nameFor(holder, slot));
    },
  };
}

function nameFor(holder: KeyHolder, slot: number): string {
  return `${holderName(holder)}#${slot}`;
}

function copy(slot: RingSlot): RingSlot {
  const { salt, lease } = slot;
  return { ...slot, ...(salt && { salt: Buffer.from(salt) }), ...(lease && { lease: { ...lease } }) };
}
