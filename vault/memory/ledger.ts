// The ledger in memory, for tests and local runs.

import type { ReceiptLedger, Tally, TallyLedger } from '../ports/ledger.ts';

/** Tallies and receipts of one process. */
export function memoryLedger(): TallyLedger & ReceiptLedger {
  const tallies = new Map<string, Tally>();
  const filed = new Map<string, { app: string; slot: number; receipt: string }>();
  const nameOf = (app: string, slot: number) => `${app}#${slot}`;
  const tallyOf = (app: string, slot: number) => tallies.get(nameOf(app, slot)) ?? { swept: 0, erased: 0 };
  return {
    async add(app, slot, { swept = 0, erased = 0 }) {
      const so = tallyOf(app, slot);
      tallies.set(nameOf(app, slot), { swept: so.swept + swept, erased: so.erased + erased });
    },
    async tally(app, slot) {
      return tallyOf(app, slot);
    },
    async file(app, slot, receipt) {
      if (!filed.has(nameOf(app, slot))) filed.set(nameOf(app, slot), { app, slot, receipt });
    },
    async receipts(app) {
      return [...filed.values()]
        .filter((entry) => entry.app === app)
        .sort((a, b) => a.slot - b.slot)
        .map(({ receipt }) => receipt);
    },
  };
}
