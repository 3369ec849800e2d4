// The key ring in memory, with the conditions of the DynamoDB one. For tests, benches and the testing kit.

import { DaykeyError } from '../domain/errors.ts';
import type { AppRing, RingSlot } from '../domain/kek-life/ring.ts';
import type { AppSettings } from '../domain/settings.ts';
import type { KeyRingWriter } from '../ports/key-ring.ts';

/**
 * A {@link KeyRingWriter}. Copies go in and copies come out.
 *
 * @param settings of every app by its name, for whoever reads them in another way.
 */
export function memoryKeyRing(settings = new Map<string, AppSettings>()): KeyRingWriter {
  const slots = new Map<string, RingSlot>();

  const ringOf = (app: string): AppRing | undefined => {
    const found = settings.get(app);
    const ofApp = [...slots.values()].filter((slot) => slot.app === app).sort((a, b) => b.slot - a.slot);
    return found && { settings: structuredClone(found), slots: ofApp.map(copyOf) };
  };

  /** Replaces the slot by what `next` makes of it; `undefined` from there is a condition that does not hold. */
  const change = (app: string, slot: number, next: (row: RingSlot) => RingSlot | undefined): void => {
    const row = slots.get(nameOf(app, slot));
    const changed = row && next(row);
    if (changed === undefined) throw new DaykeyError('conflict', 'another writer changed the slot first');
    slots.set(nameOf(app, slot), copyOf(changed));
  };

  return {
    read: async (app) => ringOf(app),

    async *all() {
      for (const app of [...settings.keys()]) {
        const ring = ringOf(app);
        if (ring) yield ring;
      }
    },

    async configure(changed) {
      settings.set(changed.app, structuredClone(changed));
    },

    async claim(app, dates, lease, nowS) {
      const name = nameOf(app, dates.slot);
      if (!slots.has(name)) slots.set(name, { ...dates, app, state: 'claimed', lease });
      else {
        change(app, dates.slot, (row) => {
          const isProven = row.state !== 'claimed' && row.state !== 'created';
          const isHeld = row.lease === undefined || (row.lease.untilS > nowS && row.lease.owner !== lease.owner);
          return isProven || isHeld ? undefined : { ...row, lease };
        });
      }
      return copyOf(slots.get(name) as RingSlot);
    },

    async recordKey(app, slot, owner, keyArn, tagSalt) {
      change(app, slot, (row) => {
        const isAgain = row.state === 'created' && row.keyArn === keyArn;
        if (row.lease?.owner !== owner || (row.state !== 'claimed' && !isAgain)) return undefined;
        return { ...row, state: 'created', keyArn, tagSalt };
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

    async markDestroyed(app, slot) {
      change(app, slot, ({ tagSalt, lease, ...row }) =>
        row.keyArn === undefined ? undefined : { ...row, state: 'destroyed' },
      );
    },

    async forget(app, slot, nowS) {
      if (!slots.has(nameOf(app, slot))) return;
      change(app, slot, (row) => {
        const isAbandoned = row.state === 'claimed' && row.lease !== undefined && row.lease.untilS <= nowS;
        return row.state === 'destroyed' || isAbandoned ? row : undefined;
      });
      slots.delete(nameOf(app, slot));
    },
  };
}

function nameOf(app: string, slot: number): string {
  return `${app}#${slot}`;
}

function copyOf(slot: RingSlot): RingSlot {
  const { tagSalt, lease } = slot;
  return { ...slot, ...(tagSalt && { tagSalt: Buffer.from(tagSalt) }), ...(lease && { lease: { ...lease } }) };
}
