// What every store of marks on reveals does.

import { beforeAll, describe, expect, test } from 'vitest';
import type { RevealReviews, ReviewMark } from '../../../vault/ports/reveal-reviews.ts';

const BOB = { subject: 'person-18', name: 'bob@example.org' };
const CY = { subject: 'person-19', name: 'cy@example.org' };

/** Registers the contract's tests. `make` is called once. */
export function revealReviewsContract(name: string, make: () => Promise<RevealReviews>): void {
  describe(`${name} as a store of marks on reveals`, () => {
    let store: RevealReviews;
    const NOON_MS = Date.UTC(2027, 0, 15, 12);
    const DAY_MS = 24 * 3600 * 1000;
    const mark = (parts: Partial<ReviewMark> = {}): ReviewMark => ({
      app: 'shop',
      revealAtMs: NOON_MS,
      requestId: 'a-reveal',
      verdict: 'fine',
      reviewer: BOB,
      markedAtMs: NOON_MS + 1000,
      ...parts,
    });
    beforeAll(async () => {
      store = await make();
    });

    test('keeps every mark on the reveals of a period, by reveal and then in their order', async () => {
      const first = mark();
      const second = mark({ verdict: 'flagged', note: 'Which customer?', markedAtMs: NOON_MS + 2000 });
      const third = mark({ verdict: 'flagged', note: 'Which customer?', markedAtMs: NOON_MS + 2000, reviewer: CY });
      const other = mark({ revealAtMs: NOON_MS + 5, requestId: 'another', markedAtMs: NOON_MS + 500 });
      const elsewhere = [mark({ app: 'clinic' }), mark({ revealAtMs: NOON_MS + DAY_MS })];
      for (const each of [other, second, first, third, ...elsewhere]) await store.add(each);
      const marks = await store.marks('shop', NOON_MS, NOON_MS + 6);
      expect(marks).toHaveLength(4);
      expect(marks[0]).toEqual(first);
      expect(marks.slice(1, 3)).toEqual(expect.arrayContaining([second, third]));
      expect(marks[3]).toEqual(other);
    });

    test('finds the marks from an instant up to another one, across days, and no others', async () => {
      const app = 'bank';
      const [first, second, third] = [0, 1, DAY_MS].map((later) => mark({ app, revealAtMs: NOON_MS + later }));
      for (const each of [first, second, third]) if (each) await store.add(each);
      expect(await store.marks(app, NOON_MS, NOON_MS + DAY_MS + 1)).toEqual([first, second, third]);
      expect(await store.marks(app, NOON_MS, NOON_MS + DAY_MS)).toEqual([first, second]);
      expect(await store.marks(app, NOON_MS + 1, NOON_MS + 2)).toEqual([second]);
      expect(await store.marks(app, NOON_MS - DAY_MS, NOON_MS)).toEqual([]);
      expect(await store.marks(app, NOON_MS + 2, NOON_MS + DAY_MS)).toEqual([]);
    });
  });
}
