// What the Console's page asks for, each with a session: the log, one entry, a reveal, who revealed what, the keys.

import * as z from 'zod/mini';
import { MAX_NAME_LENGTH, MAX_SUBJECT_LENGTH } from '../../../wire/limits.ts';
import { PROBLEMS } from '../../../wire/problem.ts';
import { REDACTED } from '../../../wire/refs.ts';
import { parsePosition, positionOf } from '../../domain/console/log-row.ts';
import { DaykeyError } from '../../domain/errors.ts';
import { rfc3339 } from '../../domain/instant.ts';
import type { AuditIntent, RevealTrail } from '../../ports/audit-log.ts';
import type { Session } from '../../ports/console-sessions.ts';
import type { ListedRow } from '../../ports/entry-log.ts';
import { browse, findLive } from '../../usecases/console/browse.ts';
import { type RevealFieldDeps, revealField } from '../../usecases/console/reveal-field.ts';
import { checked } from '../checked.ts';
import { reason, ticket } from './reveal-form.ts';

export interface ConsoleApiDeps extends RevealFieldDeps {
  reveals: RevealTrail;
  requireTicket: boolean;
}

/** Answers one request of the page. @throws DaykeyError `forbidden` for an app that the person does not see. */
export type ApiHandler = (deps: ConsoleApiDeps, session: Session, input: unknown) => Promise<unknown>;

const MAX_REVEALS = 200;
const name = z.string().check(z.minLength(1), z.maxLength(MAX_NAME_LENGTH));
const position = z.pipe(
  z.string().check(z.refine((text) => parsePosition(text) !== undefined, 'a position of the log is expected')),
  z.transform((text) => ({ text, ...(parsePosition(text) ?? { atMs: 0, id: '' }) })),
);
const instantMs = z.pipe(
  z.string().check(z.regex(/^\d{1,13}$/, 'milliseconds since 1970 are expected')),
  z.transform(Number),
);

const logQuery = z.strictObject({
  app: name,
  before: z.exactOptional(position),
  from: z.exactOptional(instantMs),
  until: z.exactOptional(instantMs),
  direction: z.exactOptional(z.enum(['incoming', 'outgoing'])),
  type: z.exactOptional(name),
  integration: z.exactOptional(name),
  /** Tags of one thread, with commas between them. */
  thread: z.exactOptional(
    z.string().check(z.regex(/^[A-Za-z0-9_-]{22}(,[A-Za-z0-9_-]{22}){0,9}$/, 'tags are expected')),
  ),
});

async function log(deps: ConsoleApiDeps, session: Session, input: unknown): Promise<unknown> {
  const { app, before, from, until, direction, type, integration, thread } = checked(logQuery, input);
  requireApp(session, app);
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
  requireApp(session, app);
  const row = await findLive(deps, { app, atMs: at.atMs, id: at.id });
  return row === undefined ? {} : { row: shownRow(row) };
}

const threadForm = z.strictObject({
  app: name,
  thread: z.string().check(z.minLength(1), z.maxLength(MAX_SUBJECT_LENGTH)),
});

async function thread(deps: ConsoleApiDeps, session: Session, input: unknown): Promise<unknown> {
  const form = checked(threadForm, input);
  requireApp(session, form.app);
  return { tags: await deps.vault.threadTags(form.app, form.thread) };
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
  requireApp(session, form.app);
  if (deps.requireTicket && form.ticket === undefined) {
    throw new DaykeyError('invalid-request', 'ticket: this vault asks for the ticket of each reveal', {
      paths: ['ticket'],
    });
  }
  const place = { app: form.app, atMs: form.position.atMs, id: form.position.id, field: form.field };
  const asked = { person: session.person, reason: form.reason, ticket: form.ticket };
  const { revealed, entryId, threadId } = await revealField(deps, place, asked);
  const shown = revealed.status === 'ok' ? revealed : { status: revealed.status, value: REDACTED };
  return { revealed: shown, entryId, threadId };
}

const revealsQuery = z.strictObject({
  app: name,
  day: z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}$/, 'a day is expected: YYYY-MM-DD')),
});

async function reveals(deps: ConsoleApiDeps, session: Session, input: unknown): Promise<unknown> {
  const { app, day } = checked(revealsQuery, input);
  requireApp(session, app);
  const intents = await deps.reveals.reveals(app, day, MAX_REVEALS);
  return { reveals: intents.map(shownReveal).filter((each) => each !== undefined) };
}

const keysQuery = z.strictObject({ app: name });

async function keys(deps: ConsoleApiDeps, session: Session, input: unknown): Promise<unknown> {
  const { app } = checked(keysQuery, input);
  requireApp(session, app);
  return { keys: await deps.vault.keys(app) };
}

/** The page's requests, by method and path. */
export const API: Readonly<Record<string, ApiHandler>> = {
  'GET /api/log': log,
  'GET /api/entry': entry,
  'GET /api/reveals': reveals,
  'GET /api/keys': keys,
  'POST /api/thread': thread,
  'POST /api/reveal': reveal,
};

function requireApp({ apps }: Session, app: string): void {
  if (!apps.includes(app)) throw new DaykeyError('forbidden', PROBLEMS.forbidden.detail);
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

function shownReveal({ atMs, refs, reveal: by }: AuditIntent): object | undefined {
  if (by === undefined) return undefined;
  return {
    at: new Date(atMs).toISOString(),
    person: by.person.name,
    reason: by.reason,
    ticket: by.ticket,
    field: refs[0],
  };
}
