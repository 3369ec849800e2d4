// The key ring in memory, with the conditions of the one in DynamoDB. For tests, benches and the testing kit.

import { type AppRecord, withAddedRoles } from '../domain/app-record.ts';
import { DaykeyError } from '../domain/errors.ts';
import type { AppRing, RingSlot } from '../domain/kek-life/ring.ts';
import type { KeyRingWriter } from '../ports/key-ring.ts';

/**
 * A {@link KeyRingWriter}, which copies what it takes and returns.
 *
 * @param records by app. Other adapters in memory may read the same map.
 */
export function memoryKeyRing(records = new Map<string, AppRecord>()): KeyRingWriter {
  const slots = new Map<string, RingSlot>();

  const ringFor = (app: string): AppRing | undefined => {
    const { settings, generations, addedRoles = [] } = structuredClone(records.get(app)) ?? {};
    const slotsOfApp = [...slots.values()].filter((slot) => slot.app === app).sort((a, b) => b.slot - a.slot);
    return (
      settings &&
      generations && { settings: withAddedRoles(settings, addedRoles), generations, slots: slotsOfApp.map(copy) }
    );
  };

  /** Replaces the slot with what `next` returns. `undefined` means that the condition does not hold. */
  const change = (app: string, slot: number, next: (row: RingSlot) => RingSlot | undefined): void => {
    const row = slots.get(nameFor(app, slot));
    const changed = row && next(row);
    if (changed === undefined) throw new DaykeyError('conflict', 'another writer changed the slot first');
    slots.set(nameFor(app, slot), copy(changed));
  };

  return {
    read: async (app) => ringFor(app),

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

    async claim(app, dates, lease, nowS) {
      const name = nameFor(app, dates.slot);
      if (!slots.has(name)) slots.set(name, { ...dates, app, state: 'claimed', lease });
      else {
        change(app, dates.slot, (row) => {
          const isProven = row.state !== 'claimed' && row.state !== 'created';
          const isHeld = row.lease === undefined || (row.lease.untilS > nowS && row.lease.owner !== lease.owner);
          return isProven || isHeld ? undefined : { ...row, lease };
        });
      }
      return copy(slots.get(name) as RingSlot);
    },

    async recordKey(app, slot, owner, { arn: keyArn, ignoresContext }, tagSalt) {
      change(app, slot, (row) => {
        const isAgain = row.state === 'created' && row.keyArn === keyArn;
        if (row.lease?.owner !== owner || (row.state !== 'claimed' && !isAgain)) return undefined;
        return { ...row, state: 'created', keyArn, tagSalt, ...(ignoresContext && { ignoresContext }) };
      });
    },

    async markReady(app, slot, owner) {
      change(app, slot, ({ lease, ...row }) =>
        lease?.owner === owner && row.state === 'created' ? { ...row, state: 'ready' } : undefined,
      );
    },

    async markLost(app, slot) {
      change(app, slot, (row) => (row.state === 'ready' ? { ...row, state: 'lost' } : undefined));
    },

    async markDestroyed(app, slot, goneAtS) {
      change(app, slot, ({ tagSalt, lease, ...row }) =>
        row.keyArn === undefined
          ? undefined
          : { ...row, state: 'destroyed', ...(goneAtS === undefined ? {} : { goneAtS }) },
      );
    },

    async forget(app, slot, nowS) {
      if (!slots.has(nameFor(app, slot))) return;
      change(app, slot, (row) => {
        const isAbandoned = row.state === 'claimed' && row.lease !== undefined && row.lease.untilS <= nowS;
        return row.state === 'destroyed' || isAbandoned ? row : undefined;
      });
      slots.delete(nameFor(app, slot));
    },
  };
}

function nameFor(app: string, slot: number): string {
  return `${app}#${slot}`;
}

function copy(slot: RingSlot): RingSlot {
  const { tagSalt, lease } = slot;
  return { ...slot, ...(tagSalt && { tagSalt: Buffer.from(tagSalt) }), ...(lease && { lease: { ...lease } }) };
}
