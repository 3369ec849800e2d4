// Review marks in memory, for tests and the testing kit.

import type { RevealReviews, ReviewMark } from '../ports/reveal-reviews.ts';

/** The marks of one process. */
export function memoryRevealReviews(): RevealReviews {
  const marks: ReviewMark[] = [];
  return {
    async add(mark) {
      marks.push(mark);
    },
    async marks(app, fromMs, untilMs) {
      return marks
        .filter((mark) => mark.app === app && mark.revealAtMs >= fromMs && mark.revealAtMs < untilMs)
        .sort((one, other) => one.revealAtMs - other.revealAtMs || one.markedAtMs - other.markedAtMs);
    },
  };
}
