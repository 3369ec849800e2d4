// Review of reveals: whether another person found each one fine, or flagged it. Marks are added and never changed.

import type { AuditIntent } from './audit-log.ts';
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

/** The marks on one reveal, in their order. */
export function marksOfReveal(
  marks: readonly ReviewMark[],
  { atMs, requestId }: Pick<AuditIntent, 'atMs' | 'requestId'>,
): ReviewMark[] {
  return marks.filter((mark) => mark.revealAtMs === atMs && mark.requestId === requestId);
}

/** Reading the marks. */
export interface ReviewTrail {
  /**
   * The marks on the reveals of an app from `fromMs` up to, not including, `untilMs`, oldest reveal first, and of each the oldest
   * mark first.
   *
   * @throws DaykeyError `unavailable` when the store cannot answer.
   */
  marks(app: string, fromMs: number, untilMs: number): Promise<ReviewMark[]>;
}

export interface RevealReviews extends ReviewTrail {
  /** Adds a mark. Earlier ones of the reveal stay. @throws DaykeyError `unavailable` when the store cannot answer. */
  add(mark: ReviewMark): Promise<void>;
}
