// The key ring in memory, with the conditions of the one in DynamoDB. For tests, benches and the testing kit.

import { type AppRecord, withAddedRoles } from '../domain/app-record.ts';
import { DaykeyError } from '../domain/errors.ts';
import { holderName, isSameHolder, type KeyHolder } from '../domain/kek-life/holder.ts';
import type { AppRing, RingSlot } from '../domain/kek-life/ring.ts';
import type { KeyRingWriter } from '../ports/key-ring.ts';

/**
 * A {@link KeyRingWriter}, which copies what it takes and returns.
 *
 * @param records by app. Other adapters in memory may read the same map.
 */
export function memoryKeyRing(records = new Map<string, AppRecord>()): KeyRingWriter {
  const slots = new Map<string, RingSlot>();

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

    async *all() {
      for (const app of [...records.keys()]) {
        const ring = ringFor(app);
        if (ring) yield ring;
      }
    },

    readRecord: async (app) => structuredClone(records.get(app)),

    async storeRecord(record, { app, version }) {
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
        lease?.owner === owner && row.state === 'created' ? { ...row, state: 'ready' } : undefined,
      );
    },

    async markLost(holder, slot) {
      change(holder, slot, (row) => (row.state === 'ready' ? { ...row, state: 'lost' } : undefined));
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
