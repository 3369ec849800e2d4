// What the Console's page asks for, each with a session: the log, one entry, a reveal, requests for approval, reviews, keys.

import * as z from 'zod/mini';
import { MAX_NAME_LENGTH, MAX_SUBJECT_LENGTH } from '../../../wire/limits.ts';
import { PROBLEMS } from '../../../wire/problem.ts';
import { REDACTED } from '../../../wire/refs.ts';
import { MAX_THREAD_TAGS, parsePosition, positionOf } from '../../domain/console/log-row.ts';
import { DaykeyError } from '../../domain/errors.ts';
import { rfc3339, secondsOfRfc3339 } from '../../domain/instant.ts';
import { type KeyPool, keyHolder } from '../../domain/kek-life/holder.ts';
import { unverifiedClaims } from '../../domain/receipt.ts';
import type { AskedReveal } from '../../ports/approvals.ts';
import type { AuditIntent } from '../../ports/audit-log.ts';
import { secondsOf } from '../../ports/clock.ts';
import type { Session } from '../../ports/console-sessions.ts';
import type { ListedRow } from '../../ports/entry-log.ts';
import type { ReceiptTrail, SlotReceipts } from '../../ports/ledger.ts';
import { marksOfReveal, type ReviewMark } from '../../ports/reveal-reviews.ts';
import { browse, findLive } from '../../usecases/console/browse.ts';
import { type RevealFieldDeps, revealField } from '../../usecases/console/reveal-field.ts';
import { approve, review, type SecondPersonDeps } from '../../usecases/console/second-person.ts';
import { checked } from '../checked.ts';
import { reason, ticket } from './reveal-form.ts';

export interface ConsoleApiDeps extends RevealFieldDeps, SecondPersonDeps {
  receipts: ReceiptTrail;
  requireTicket: boolean;
}

/** Answers one request of the page. @throws DaykeyError `forbidden` for an app that the person does not see. */
export type ApiHandler = (deps: ConsoleApiDeps, session: Session, input: unknown) => Promise<unknown>;

/** Reveals of one page. */
const PAGE_REVEALS = 100;
const MAX_RECEIPTS = 30;
/** The field as the audit log names it, and a hash of the person who asks. */
const ASKED_ID = /^[A-Za-z0-9_-]{20}:\d{1,2}#[A-Za-z0-9_-]{43}$/;
const THREAD_TAGS = new RegExp(`^[A-Za-z0-9_-]{22}(,[A-Za-z0-9_-]{22}){0,${MAX_THREAD_TAGS - 1}}$`);
const name = z.string().check(z.minLength(1), z.maxLength(MAX_NAME_LENGTH));
const position = z.pipe(
  z.string().check(z.refine((text) => parsePosition(text) !== undefined, 'a position of the log is expected')),
  z.transform((text) => ({ text, ...(parsePosition(text) ?? { atMs: 0, id: '' }) })),
);
const revealInstant = z.iso.datetime({ precision: 3, error: 'the instant of a reveal is expected' });
/** Instant and request of a reveal, with `#` between them. */
const revealPosition = z.pipe(
  z.pipe(
    z.string(),
    z.transform((text) => ({ at: text.split('#', 1)[0] ?? '', requestId: text.slice(text.indexOf('#') + 1) })),
  ),
  z.pipe(
    z.strictObject({ at: revealInstant, requestId: name }),
    z.transform(({ at, requestId }) => ({ atMs: Date.parse(at), requestId })),
  ),
);
const instantMs = z.pipe(
  z.string().check(z.regex(/^\d{1,13}$/, 'milliseconds since 1970 are expected')),
  z.transform(Number),
);

const appsQuery = z.strictObject({ beginning: z.string().check(z.maxLength(MAX_NAME_LENGTH)) });

async function apps(deps: ConsoleApiDeps, session: Session, input: unknown): Promise<unknown> {
  return await deps.vault.appsOf(session.values, checked(appsQuery, input).beginning);
}

const logQuery = z.strictObject({
  app: name,
  before: z.exactOptional(position),
  from: z.exactOptional(instantMs),
  until: z.exactOptional(instantMs),
  direction: z.exactOptional(z.enum(['incoming', 'outgoing'])),
  type: z.exactOptional(name),
  integration: z.exactOptional(name),
  /** Tags of one thread, with commas between them. */
  thread: z.exactOptional(z.string().check(z.regex(THREAD_TAGS, 'tags are expected'))),
});

async function log(deps: ConsoleApiDeps, session: Session, input: unknown): Promise<unknown> {
  const { app, before, from, until, direction, type, integration, thread } = checked(logQuery, input);
  await requireApp(deps, session, app);
  const page = await browse(deps, {
    app,
    before: before?.text,
    fromMs: from,
    untilMs: until,
    direction,
    type,
    integration,
    threadTags: thread?.split(','),
  });
  return { rows: page.rows.map(shownRow), ...(page.next === undefined ? {} : { next: page.next }) };
}

const entryQuery = z.strictObject({ app: name, position });

async function entry(deps: ConsoleApiDeps, session: Session, input: unknown): Promise<unknown> {
  const { app, position: at } = checked(entryQuery, input);
  await requireApp(deps, session, app);
  const row = await findLive(deps, { app, atMs: at.atMs, id: at.id });
  if (row === undefined) return {};
  const asked = await deps.approvals.asked(app, secondsOf(deps.clock()));
  const own = asked.filter(({ position: of, person }) => of === at.text && person.subject === session.person.subject);
  return { row: shownRow(row), asked: own.map((each) => shownAsked(each, session)) };
}

const threadForm = z.strictObject({
  app: name,
  thread: z.string().check(z.minLength(1), z.maxLength(MAX_SUBJECT_LENGTH)),
});

async function thread(deps: ConsoleApiDeps, session: Session, input: unknown): Promise<unknown> {
  const form = checked(threadForm, input);
  await requireApp(deps, session, form.app);
  return { tags: await deps.vault.threadTags({ app: form.app, values: session.values }, form.thread) };
}

const revealForm = z.strictObject({
  app: name,
  position,
  field: z.int().check(z.nonnegative()),
  reason,
  ticket: z.exactOptional(ticket),
});

async function reveal(deps: ConsoleApiDeps, session: Session, input: unknown): Promise<unknown> {
  const form = checked(revealForm, input);
  await requireApp(deps, session, form.app);
  if (deps.requireTicket && form.ticket === undefined) {
    throw new DaykeyError('invalid-request', 'ticket: this vault asks for the ticket of each reveal', {
      paths: ['ticket'],
    });
  }
  const place = { app: form.app, atMs: form.position.atMs, id: form.position.id, field: form.field };
  const asked = { person: session.person, reason: form.reason, ticket: form.ticket };
  const { revealed, entryId, threadId } = await revealField(deps, place, asked, session.values);
  return { revealed: revealed.status === 'redacted' ? { ...revealed, value: REDACTED } : revealed, entryId, threadId };
}

const appQuery = z.strictObject({ app: name });

async function asked(deps: ConsoleApiDeps, session: Session, input: unknown): Promise<unknown> {
  const { app } = checked(appQuery, input);
  await requireApp(deps, session, app);
  const waiting = await deps.approvals.asked(app, secondsOf(deps.clock()));
  return { asked: waiting.map((each) => shownAsked(each, session)) };
}

const approveForm = z.strictObject({
  app: name,
  id: z.string().check(z.regex(ASKED_ID, 'an ID of this list is expected')),
  at: z.iso.datetime({ precision: 0, error: 'the instant of a request is expected' }),
});

async function approveAsked(deps: ConsoleApiDeps, session: Session, input: unknown): Promise<unknown> {
  const { app, id, at } = checked(approveForm, input);
  await requireApp(deps, session, app);
  return { approved: await approve(deps, { app, id, askedAtS: secondsOfRfc3339(at) }, session.person) };
}

const revealsQuery = z.strictObject({
  app: name,
  day: z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}$/, 'a day is expected: YYYY-MM-DD')),
  before: z.exactOptional(revealPosition),
});

async function reveals(deps: ConsoleApiDeps, session: Session, input: unknown): Promise<unknown> {
  const { app, day, before } = checked(revealsQuery, input);
  await requireApp(deps, session, app);
  const intents = await deps.reveals.reveals({ app, day, before, limit: PAGE_REVEALS });
  const marks = await marksOn(deps, app, intents);
  const shown = intents.map((intent) => shownReveal(intent, marks, session)).filter((each) => each !== undefined);
  const last = intents.length < PAGE_REVEALS ? undefined : intents.at(-1);
  return { reveals: shown, next: last && `${new Date(last.atMs).toISOString()}#${last.requestId}` };
}

const reviewForm = z.strictObject({
  app: name,
  at: revealInstant,
  requestId: name,
  verdict: z.enum(['fine', 'flagged']),
  note: z.exactOptional(reason),
});

async function reviewReveal(deps: ConsoleApiDeps, session: Session, input: unknown): Promise<unknown> {
  const { app, at, requestId, verdict, note } = checked(reviewForm, input);
  await requireApp(deps, session, app);
  const reviewer = session.person;
  await review(deps, { app, revealAtMs: Date.parse(at), requestId, verdict, note, reviewer });
  return {};
}

async function keys(deps: ConsoleApiDeps, session: Session, input: unknown): Promise<unknown> {
  const { app } = checked(appQuery, input);
  await requireApp(deps, session, app);
  const listed = await deps.vault.keys({ app, values: session.values });
  // An app that has changed to a pool, or back, has receipts of both.
  const pools = new Set<KeyPool>(['own', ...listed.map(({ pool }) => pool)]);
  const receipts = await Promise.all(
    Array.from(pools, (pool) => deps.receipts.recentReceipts(keyHolder(app, pool), MAX_RECEIPTS)),
  );
  const newest = receipts.flat().sort((one, other) => other.slot - one.slot);
  return { keys: listed, receipts: newest.slice(0, MAX_RECEIPTS).map(shownReceipt) };
}

/** The page's requests, by method and path. */
export const API: Readonly<Record<string, ApiHandler>> = {
  'GET /api/apps': apps,
  'GET /api/log': log,
  'GET /api/entry': entry,
  'GET /api/reveals': reveals,
  'GET /api/keys': keys,
  'GET /api/asked': asked,
  'POST /api/thread': thread,
  'POST /api/reveal': reveal,
  'POST /api/approve': approveAsked,
  'POST /api/review': reviewReveal,
};

async function requireApp({ vault }: ConsoleApiDeps, { values }: Session, app: string): Promise<void> {
  if (!(await vault.sees({ app, values }))) throw new DaykeyError('forbidden', PROBLEMS.forbidden.detail);
}

/** A row as the page gets it. The log key is not among what it needs. */
function shownRow({ app, atMs, id, expiresAtS, face }: ListedRow): object {
  const { direction, integration, requestId, type, userType, mode, decision, shown, fields, fieldsLeftOut, threadTag } =
    face;
  return {
    app,
    position: positionOf({ atMs, id }),
    at: new Date(atMs).toISOString(),
    expiresAt: rfc3339(expiresAtS),
    direction,
    integration,
    requestId,
    type,
    userType,
    mode,
    decision,
    data: shown === undefined ? undefined : JSON.parse(shown),
    fields,
    fieldsLeftOut,
    threadTag,
  };
}

/** What the receipts of a slot say. The page names the command that checks their signatures. */
function shownReceipt({ slot, receipt, keyGoneReceipt }: SlotReceipts): object {
  const { keyArn, pendingDeletionAt, materialGoneNotBefore, bundles } = unverifiedClaims(receipt);
  const keyNotFoundAt = keyGoneReceipt === undefined ? undefined : unverifiedClaims(keyGoneReceipt).keyNotFoundAt;
  return { from: rfc3339(slot), keyArn, pendingDeletionAt, materialGoneNotBefore, bundles, keyNotFoundAt };
}

function shownAsked(
  { id, position: at, field, pointer, person, reason: why, ticket: of, askedAtS, endsAtS, approver }: AskedReveal,
  session: Session,
): object {
  return {
    id,
    position: at,
    field,
    pointer,
    person: person.name,
    isOwn: person.subject === session.person.subject,
    reason: why,
    ticket: of,
    at: rfc3339(askedAtS),
    endsAt: rfc3339(endsAtS),
    approver: approver?.name,
  };
}

/** The marks on the reveals of one page, newest first, and not on the others of the day. */
async function marksOn(
  { reviews }: ConsoleApiDeps,
  app: string,
  intents: readonly AuditIntent[],
): Promise<readonly ReviewMark[]> {
  const [newest, oldest] = [intents[0], intents.at(-1)];
  if (newest === undefined || oldest === undefined) return [];
  return await reviews.marks(app, oldest.atMs, newest.atMs + 1);
}

/** A reveal with the last mark on it, and the last flag: a later mark that says fine does not hide it. */
function shownReveal(intent: AuditIntent, marks: readonly ReviewMark[], { person }: Session): object | undefined {
  const { atMs, requestId, refs, reveal: by } = intent;
  if (by === undefined) return undefined;
  const own = marksOfReveal(marks, intent);
  return {
    at: new Date(atMs).toISOString(),
    requestId,
    person: by.person.name,
    reason: by.reason,
    ticket: by.ticket,
    approver: by.approver?.name,
    field: refs[0],
    isOwn: [by.person.subject, by.approver?.subject].includes(person.subject),
    mark: shownMark(own.at(-1)),
    flag: shownMark(own.findLast(({ verdict }) => verdict === 'flagged')),
  };
}

function shownMark(mark: ReviewMark | undefined): object | undefined {
  if (mark === undefined) return undefined;
  const { verdict, reviewer, note, markedAtMs } = mark;
  return { verdict, reviewer: reviewer.name, note, at: new Date(markedAtMs).toISOString() };
}
