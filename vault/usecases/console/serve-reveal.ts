// What the decrypt function does for the Console: it opens one value, with the person in the audit log before.

import { approvalId } from '../../domain/console/approval.ts';
import { MAX_THREAD_TAGS } from '../../domain/console/log-row.ts';
import { CONSOLE_INTEGRATION, MAX_SHOWN_BLOB_BYTES, REVEALS_PER_MINUTE } from '../../domain/console/reveal-rules.ts';
import type { Sight } from '../../domain/console/viewers.ts';
import { subjectTag } from '../../domain/envelope/bundle.ts';
import { fieldName, parseRef } from '../../domain/envelope/ref.ts';
import { DaykeyError } from '../../domain/errors.ts';
import { isUsable, tagSalt } from '../../domain/kek-life/ring.ts';
import type { ApprovalTaker } from '../../ports/approvals.ts';
import type { Reveal } from '../../ports/audit-log.ts';
import { secondsOf } from '../../ports/clock.ts';
import type { RevealLimit } from '../../ports/console-sessions.ts';
import type { RevealRequest } from '../../ports/revealing-vault.ts';
import { decrypt } from '../decrypt.ts';
import { type LocatedBlob, locateBlob, type OpenBlobDeps } from '../open-blob.ts';
import { ringForConsole } from './sight.ts';

export interface RevealDeps extends OpenBlobDeps {
  revealLimit: RevealLimit;
  approvals: ApprovalTaker;
}

/**
 * What came of a reveal. `unapproved`: a second person has to approve it first. `too-large`: a blob that the Console does not
 * show, whose key stays here.
 */
export type ServedReveal =
  | LocatedBlob
  | { readonly status: 'unapproved' }
  | { readonly status: 'too-large'; readonly bytes: number };

const MINUTE_MS = 60_000;
const NAME = 'value';

/**
 * Opens one value for a person. Where the app asks for a second person, it uses up their approval, and the audit log gets the
 * reason that was approved.
 *
 * @throws DaykeyError `forbidden` for an app that the person does not see; `unavailable` beyond 60 reveals a minute,
 * and when the audit log or another dependency is broken: then nothing is opened.
 */
export async function serveReveal(
  deps: RevealDeps,
  { app, values, ref, person, reason, ticket }: RevealRequest,
  requestId: string,
): Promise<ServedReveal> {
  const ring = await ringForConsole(deps, { app, values });
  await takeOneOfThisMinute(deps);
  const parsed = parseRef(ref);
  if (parsed === undefined) return { status: 'redacted', reason: 'malformed' };
  parsed.refKek.fill(0);
  const field = fieldName(parsed);
  let reveal: Reveal = { person, reason, ticket };
  if (ring.settings.console?.requireApproval) {
    const approval = await deps.approvals.take(app, approvalId(field, person.subject), person, secondsOf(deps.clock()));
    if (approval === undefined || approval.approver.subject === person.subject) return { status: 'unapproved' };
    reveal = { person, ...approval };
  }
  const credential = `person/${person.subject}`;
  await deps.audit.record({
    app,
    integration: CONSOLE_INTEGRATION,
    credential,
    operation: 'reveal',
    requestId,
    atMs: deps.clock(),
    refs: [field],
    count: 1,
    reveal,
  });
  const caller = { app, integration: CONSOLE_INTEGRATION, credential, requestId, ring };
  const opened = await decrypt({ ...deps, audit: RECORDED_BEFORE }, caller, new Map([[NAME, ref]]));
  const value = opened.get(NAME) ?? { status: 'redacted', reason: 'unknown' };
  if (value.status === 'blob' && value.blob.bytes > MAX_SHOWN_BLOB_BYTES) {
    value.blob.key.fill(0);
    return { status: 'too-large', bytes: value.blob.bytes };
  }
  return await locateBlob(deps, value);
}

/** The tags that rows of a thread have: one for each of the newest slots that are in use, at most {@link MAX_THREAD_TAGS}. */
export async function threadTags(deps: Pick<RevealDeps, 'rings'>, sight: Sight, threadId: string): Promise<string[]> {
  const { slots } = await ringForConsole(deps, sight);
  const newest = slots.filter(isUsable).slice(0, MAX_THREAD_TAGS);
  return newest.map((slot) => subjectTag(tagSalt(slot), threadId).toString('base64url'));
}

async function takeOneOfThisMinute({ clock, revealLimit }: RevealDeps): Promise<void> {
  const nowMs = clock();
  if (await revealLimit.take(Math.floor(nowMs / MINUTE_MS), REVEALS_PER_MINUTE)) return;
  const retryAfterSeconds = Math.ceil((MINUTE_MS - (nowMs % MINUTE_MS)) / 1000);
  const message = `people reveal at most ${REVEALS_PER_MINUTE} values a minute: try again in the next one`;
  throw new DaykeyError('unavailable', message, { retryAfterSeconds });
}

/** The row with the person is written before anything is read. */
const RECORDED_BEFORE = { record: () => Promise.resolve() };
