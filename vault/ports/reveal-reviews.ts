// Review of reveals: whether another person found each one fine, or flagged it. Marks are added and never changed.

import type { Person } from './console-sessions.ts';

/** What a reviewer thinks of a reveal. */
export type Verdict = 'fine' | 'flagged';

/** A mark on a reveal, which its instant and its request name. */
export interface ReviewMark {
  readonly app: string;
  /** Milliseconds since 1970. */
  readonly revealAtMs: number;
  readonly requestId: string;
  readonly verdict: Verdict;
  readonly reviewer: Person;
  readonly markedAtMs: number;
  readonly note?: string | undefined;
}

/** @throws DaykeyError `unavailable` when the store cannot answer. */
export interface RevealReviews {
  /** Adds a mark. Earlier ones of the reveal stay. */
  add(mark: ReviewMark): Promise<void>;
  /** The marks on the reveals of an app in one UTC day, `YYYY-MM-DD`, oldest reveal first, and of each the oldest mark first. */
  marks(app: string, day: string): Promise<ReviewMark[]>;
}
