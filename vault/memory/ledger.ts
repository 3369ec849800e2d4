// The ledger in memory, for tests and the testing kit.

import type { ReceiptLedger, ReceiptTrail, Tally, TallyLedger } from '../ports/ledger.ts';

/** Tallies and receipts of one process. */
export function memoryLedger(): TallyLedger & ReceiptLedger & ReceiptTrail {
  const tallies = new Map<string, Tally>();
  const filed = new Map<string, { app: string; slot: number; receipt?: string; keyGone?: string }>();
  const nameFor = (app: string, slot: number) => `${app}#${slot}`;
  const current = (app: string, slot: number) => tallies.get(nameFor(app, slot)) ?? { swept: 0, erased: 0 };
  return {
    async add(app, slot, { swept = 0, erased = 0 }) {
      const tally = current(app, slot);
      tallies.set(nameFor(app, slot), { swept: tally.swept + swept, erased: tally.erased + erased });
    },
    async tally(app, slot) {
      return current(app, slot);
    },
    async file(app, slot, receipt) {
      filed.set(nameFor(app, slot), { app, slot, receipt, ...filed.get(nameFor(app, slot)) });
    },
    async receipt(app, slot) {
      return filed.get(nameFor(app, slot))?.receipt;
    },
    async fileKeyGone(app, slot, keyGone) {
      filed.set(nameFor(app, slot), { app, slot, keyGone, ...filed.get(nameFor(app, slot)) });
    },
    async recentReceipts(app, limit) {
      return [...filed.values()]
        .filter((entry) => entry.app === app)
        .sort((a, b) => b.slot - a.slot)
        .slice(0, limit)
        .flatMap(({ slot, receipt, keyGone: keyGoneReceipt }) =>
          receipt === undefined
            ? []
            : [{ slot, receipt, ...current(app, slot), ...(keyGoneReceipt === undefined ? {} : { keyGoneReceipt }) }],
        );
    },
    async receipts(app) {
      return [...filed.values()]
        .filter((entry) => entry.app === app)
        .sort((a, b) => a.slot - b.slot)
        .flatMap(({ receipt, keyGone }) => [receipt, keyGone].filter((text) => text !== undefined));
    },
  };
}
