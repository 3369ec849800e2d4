// The ledger in memory, for tests and the testing kit.

import { holderName, isSameHolder, type KeyHolder } from '../domain/kek-life/holder.ts';
import type { ReceiptLedger, ReceiptTrail, Tally, TallyLedger } from '../ports/ledger.ts';

/** Tallies and receipts of one process. */
export function memoryLedger(): TallyLedger & ReceiptLedger & ReceiptTrail {
  const tallies = new Map<string, Tally>();
  const filed = new Map<string, { holder: KeyHolder; slot: number; receipt?: string; keyGone?: string }>();
  const nameFor = (holder: KeyHolder, slot: number) => `${holderName(holder)}#${slot}`;
  const current = (holder: KeyHolder, slot: number) => tallies.get(nameFor(holder, slot)) ?? { swept: 0, erased: 0 };
  return {
    async add(holder, slot, { swept = 0, erased = 0 }) {
      const tally = current(holder, slot);
      tallies.set(nameFor(holder, slot), { swept: tally.swept + swept, erased: tally.erased + erased });
    },
    async tally(holder, slot) {
      return current(holder, slot);
    },
    async file(holder, slot, receipt) {
      filed.set(nameFor(holder, slot), { holder, slot, receipt, ...filed.get(nameFor(holder, slot)) });
    },
    async receipt(holder, slot) {
      return filed.get(nameFor(holder, slot))?.receipt;
    },
    async fileKeyGone(holder, slot, keyGone) {
      filed.set(nameFor(holder, slot), { holder, slot, keyGone, ...filed.get(nameFor(holder, slot)) });
    },
    async recentReceipts(holder, limit) {
      return [...filed.values()]
        .filter((entry) => isSameHolder(entry.holder, holder))
        .sort((a, b) => b.slot - a.slot)
        .slice(0, limit)
        .flatMap(({ slot, receipt, keyGone: keyGoneReceipt }) =>
          receipt === undefined
            ? []
            : [
                {
                  slot,
                  receipt,
                  ...current(holder, slot),
                  ...(keyGoneReceipt === undefined ? {} : { keyGoneReceipt }),
                },
              ],
        );
    },
    async receipts(holder) {
      return [...filed.values()]
        .filter((entry) => isSameHolder(entry.holder, holder))
        .sort((a, b) => a.slot - b.slot)
        .flatMap(({ receipt, keyGone }) => [receipt, keyGone].filter((text) => text !== undefined));
    },
  };
}
