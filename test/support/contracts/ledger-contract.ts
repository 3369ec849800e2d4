// What every ledger does, whatever is behind it.

import { beforeAll, describe, expect, test } from 'vitest';
import type { ReceiptLedger, ReceiptTrail, TallyLedger } from '../../../vault/ports/ledger.ts';

/** Registers the contract's tests. `make` is called once; every test uses its own app. */
export function ledgerContract(name: string, make: () => Promise<TallyLedger & ReceiptLedger & ReceiptTrail>): void {
  describe(`${name} as a ledger`, () => {
    let ledger: TallyLedger & ReceiptLedger & ReceiptTrail;
    let apps = 0;
    const anApp = () => {
      apps += 1;
      return `app-${apps}`;
    };
    beforeAll(async () => {
      ledger = await make();
    });

    test('has a tally of zeros for a slot that nothing left', async () => {
      expect(await ledger.tally({ app: anApp() }, 100)).toEqual({ swept: 0, erased: 0 });
    });

    test('adds up what left each slot, by how it left, with many adding at once', async () => {
      const app = anApp();
      await Promise.all([
        ...Array.from({ length: 10 }, () => ledger.add({ app }, 100, { swept: 2 })),
        ...Array.from({ length: 10 }, () => ledger.add({ app }, 100, { erased: 1 })),
        ledger.add({ app }, 200, { swept: 5, erased: 7 }),
      ]);
      expect(await ledger.tally({ app }, 100)).toEqual({ swept: 20, erased: 10 });
      expect(await ledger.tally({ app }, 200)).toEqual({ swept: 5, erased: 7 });
    });

    test('keeps the first receipt of a slot, and its tally beside it', async () => {
      const app = anApp();
      await ledger.add({ app }, 100, { swept: 1 });
      await ledger.file({ app }, 100, 'first');
      await ledger.file({ app }, 100, 'second');
      expect(await ledger.receipts({ app })).toEqual(['first']);
      expect(await ledger.tally({ app }, 100)).toEqual({ swept: 1, erased: 0 });
    });

    test('keeps one of many receipts of a slot that are filed at once', async () => {
      const app = anApp();
      const texts = Array.from({ length: 12 }, (_, number) => `receipt ${number}`);
      await Promise.all(
        texts.flatMap((text) => [ledger.file({ app }, 100, text), ledger.fileKeyGone({ app }, 100, text)]),
      );
      const [first, gone, ...others] = await ledger.receipts({ app });
      expect([texts.includes(first ?? ''), texts.includes(gone ?? ''), others]).toEqual([true, true, []]);
      for (const text of texts) await ledger.file({ app }, 100, text);
      expect(await ledger.receipts({ app })).toEqual([first, gone]);
    });

    test('keeps the second receipt of a slot beside the first one, and the first of each', async () => {
      const app = anApp();
      await ledger.fileKeyGone({ app }, 200, 'gone without a first');
      await ledger.file({ app }, 100, 'destroyed');
      await ledger.fileKeyGone({ app }, 100, 'gone');
      await ledger.fileKeyGone({ app }, 100, 'gone again');
      expect(await ledger.receipts({ app })).toEqual(['destroyed', 'gone', 'gone without a first']);
      expect(await ledger.receipt({ app }, 100)).toBe('destroyed');
      expect(await ledger.receipt({ app }, 200)).toBeUndefined();
      expect(await ledger.receipt({ app }, 300)).toBeUndefined();
    });

    test('gives the newest slots that have a receipt, each with its tally', async () => {
      const app = anApp();
      for (const slot of [100, 200, 300]) await ledger.file({ app }, slot, `of ${slot}`);
      await ledger.fileKeyGone({ app }, 200, 'gone');
      await ledger.add({ app }, 200, { swept: 3 });
      await ledger.file({ app: anApp() }, 400, 'of another app');
      expect(await ledger.recentReceipts({ app }, 2)).toEqual([
        { slot: 300, swept: 0, erased: 0, receipt: 'of 300' },
        { slot: 200, swept: 3, erased: 0, receipt: 'of 200', keyGoneReceipt: 'gone' },
      ]);
    });

    test('lists the receipts of one app, oldest slot first', async () => {
      const app = anApp();
      await ledger.file({ app }, 2000, 'late');
      await ledger.file({ app }, 300, 'early');
      await ledger.add({ app }, 100, { swept: 1 });
      await ledger.file({ app: anApp() }, 100, 'of another app');
      expect(await ledger.receipts({ app })).toEqual(['early', 'late']);
    });
  });
}
