// What another person does about a reveal: approves it before, or reviews it afterwards. Never their own.

import { PROBLEMS } from '../../../wire/problem.ts';
import { isAskedBy } from '../../domain/console/approval.ts';
import { DaykeyError } from '../../domain/errors.ts';
import type { Approvals, AskedAt } from '../../ports/approvals.ts';
import type { RevealTrail } from '../../ports/audit-log.ts';
import { type Clock, secondsOf } from '../../ports/clock.ts';
import type { Person } from '../../ports/console-sessions.ts';
import type { RevealReviews, ReviewMark } from '../../ports/reveal-reviews.ts';
import type { Telemetry } from '../../ports/telemetry.ts';

export interface SecondPersonDeps {
  clock: Clock;
  approvals: Approvals;
  reveals: RevealTrail;
  reviews: RevealReviews;
  telemetry: Telemetry;
}

/**
 * Approves a reveal that someone else asked for. Returns whether this approval counts: not when the request has ended or someone
 * else approved it first.
 *
 * @throws DaykeyError `forbidden` for one's own request.
 */
export async function approve(deps: SecondPersonDeps, asked: AskedAt, approver: Person): Promise<boolean> {
  if (isAskedBy(asked.id, approver.subject)) throw ownReveal();
  return await deps.approvals.approve(asked, approver, secondsOf(deps.clock()));
}

/**
 * Marks a reveal as fine or flagged.
 *
 * @throws DaykeyError `not-found` when there is no such reveal, `forbidden` for one that the reviewer made or approved.
 */
export async function review(deps: SecondPersonDeps, mark: Omit<ReviewMark, 'markedAtMs'>): Promise<void> {
  const { app, revealAtMs, requestId, reviewer, verdict } = mark;
  const found = await deps.reveals.reveal(app, revealAtMs, requestId);
  if (found?.reveal === undefined) throw new DaykeyError('not-found', PROBLEMS['not-found'].detail);
  const { person, approver } = found.reveal;
  if ([person.subject, approver?.subject].includes(reviewer.subject)) throw ownReveal();
  await deps.reviews.add({ ...mark, markedAtMs: deps.clock() });
  if (verdict === 'flagged') deps.telemetry.count('RevealsFlagged', 1);
}

function ownReveal(): DaykeyError {
  return new DaykeyError('forbidden', 'another person has to do this: the reveal is your own');
}
