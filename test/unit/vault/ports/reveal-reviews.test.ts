// Marks on reveals: which of them are on one.

import { expect, test } from 'vitest';
import { marksOfReveal, type ReviewMark } from '../../../../vault/ports/reveal-reviews.ts';

const mark = (revealAtMs: number, requestId: string): ReviewMark => ({
  app: 'shop',
  revealAtMs,
  requestId,
  verdict: 'fine',
  reviewer: { subject: 'person-1', name: 'Ada' },
  markedAtMs: 9,
});

test('the marks on a reveal have its instant and its request, and keep their order', () => {
  const [first, second] = [mark(1, 'a'), { ...mark(1, 'a'), verdict: 'flagged' as const }];
  const marks = [mark(1, 'b'), first, mark(2, 'a'), second];
  expect(marksOfReveal(marks, { atMs: 1, requestId: 'a' })).toEqual([first, second]);
});
