// The Console: from a browser's request to its answer. Serves the page, signs people in, and lets the page's requests pass.

import { timingSafeEqual } from 'node:crypto';
import { PROBLEM_TYPE } from '../../../wire/headers.ts';
import { PROBLEMS } from '../../../wire/problem.ts';
import { LOGIN_S, SESSION_S, sessionEndS } from '../../domain/console/session.ts';
import { causesOf, DaykeyError, isDaykeyError } from '../../domain/errors.ts';
import { rfc3339 } from '../../domain/instant.ts';
import type { Session } from '../../ports/console-sessions.ts';
import type { Telemetry } from '../../ports/telemetry.ts';
import { beginSignIn, currentSession, endSignIn, type SessionDeps, signOut } from '../../usecases/console/sessions.ts';
import { failure } from '../answer.ts';
import { parseBody } from '../call.ts';
import { API, type ConsoleApiDeps } from './console-api.ts';
import {
  answer,
  type ConsoleAnswer,
  type ConsoleCall,
  cookieIn,
  json,
  LOGIN_COOKIE,
  pageAnswer,
  SESSION_COOKIE,
  seeOther,
  setCookie,
} from './http.ts';

export interface ConsoleDeps extends ConsoleApiDeps, SessionDeps {
  telemetry: Telemetry;
  /** Address of the page, which ends in `/console`. */
  pageUrl: string;
  page: ConsolePage;
  /** Origin of the URLs of blobs. */
  blobOrigin: string;
}

/** The files of the page. */
export interface ConsolePage {
  readonly html: string;
  readonly script: string;
  readonly style: string;
}

/** The header that carries the session's CSRF token: a form of another site cannot send it. */
const CSRF_HEADER = 'x-daykey-csrf';

/** Marks a request that the page makes by itself, to follow the log. */
const POLL_HEADER = 'x-daykey-poll';

/** Answers one request. Never rejects. */
export async function answerBrowser(deps: ConsoleDeps, call: ConsoleCall): Promise<ConsoleAnswer> {
  const startedMs = deps.clock();
  const route = `${call.method} ${call.path}`;
  let given: ConsoleAnswer;
  let error: unknown;
  try {
    given = await answerRoute(deps, route, call);
  } catch (caught) {
    error = caught;
    const { status, headers, text } = failure(caught);
    const retryAfter = headers['Retry-After'];
    given = answer(status, PROBLEM_TYPE, text, retryAfter === undefined ? [] : [['Retry-After', retryAfter]]);
    if (status === 503) deps.telemetry.count('Unavailable', 1);
  }
  deps.telemetry.request({
    operation: isKnown(route) ? `console ${route}` : 'console',
    status: given.status,
    requestId: call.requestId,
    durationMs: deps.clock() - startedMs,
    ...(isDaykeyError(error) ? { code: error.code } : {}),
    ...(given.status === 503 ? { cause: causesOf(error) } : {}),
  });
  return given;
}

type Route = (deps: ConsoleDeps, call: ConsoleCall) => ConsoleAnswer | Promise<ConsoleAnswer>;

const ROUTES: Readonly<Record<string, Route>> = {
  'GET ': ({ page, blobOrigin }) => pageAnswer(page.html, blobOrigin),
  'GET /page.js': ({ page }) => answer(200, 'text/javascript; charset=utf-8', page.script),
  'GET /page.css': ({ page }) => answer(200, 'text/css; charset=utf-8', page.style),
  'GET /sign-in': begin,
  'GET /callback': end,
  'GET /api/session': describeSession,
  'POST /sign-out': leave,
};

function isKnown(route: string): boolean {
  return Object.hasOwn(ROUTES, route) || Object.hasOwn(API, route);
}

async function answerRoute(deps: ConsoleDeps, route: string, call: ConsoleCall): Promise<ConsoleAnswer> {
  const own = Object.hasOwn(ROUTES, route) ? ROUTES[route] : undefined;
  if (own) return await own(deps, call);
  const api = Object.hasOwn(API, route) ? API[route] : undefined;
  if (!api) throw new DaykeyError('not-found', PROBLEMS['not-found'].detail);
  const session = await sessionOf(deps, call);
  if (call.method === 'GET') return json(200, await api(deps, session, Object.fromEntries(call.query)));
  requireOwnPage(deps, call, session);
  return json(200, await api(deps, session, parseBody(call).value));
}

async function begin(deps: ConsoleDeps): Promise<ConsoleAnswer> {
  const { url, cookie } = await beginSignIn(deps);
  return seeOther(url, [setCookie(LOGIN_COOKIE, cookie, 'Lax', LOGIN_S)]);
}

async function end(deps: ConsoleDeps, call: ConsoleCall): Promise<ConsoleAnswer> {
  const session = await endSignIn(deps, cookieIn(call, LOGIN_COOKIE), call.query);
  const used = setCookie(LOGIN_COOKIE, '', 'Lax', 0);
  if (session === undefined) return seeOther(`${deps.pageUrl}#sign-in-failed`, [used]);
  return seeOther(deps.pageUrl, [used, setCookie(SESSION_COOKIE, session, 'Strict', SESSION_S)]);
}

async function leave(deps: ConsoleDeps, call: ConsoleCall): Promise<ConsoleAnswer> {
  requireOwnPage(deps, call, await sessionOf(deps, call));
  const cookie = cookieIn(call, SESSION_COOKIE);
  if (cookie !== undefined) await signOut(deps, cookie);
  return json(200, {}, [setCookie(SESSION_COOKIE, '', 'Strict', 0)]);
}

async function describeSession(deps: ConsoleDeps, call: ConsoleCall): Promise<ConsoleAnswer> {
  const session = await sessionOf(deps, call);
  const { person, values, csrf } = session;
  const { apps, hasMore } = await deps.vault.appsOf(values, '');
  const endsAt = rfc3339(sessionEndS(session));
  return json(200, { name: person.name, apps, hasMoreApps: hasMore, csrf, endsAt, requireTicket: deps.requireTicket });
}

/** @throws DaykeyError `unauthenticated` */
async function sessionOf(deps: ConsoleDeps, call: ConsoleCall): Promise<Session> {
  // What the page asks by itself must not keep a session alive that its person has left.
  const isUse = call.header(POLL_HEADER) === undefined;
  const session = await currentSession(deps, cookieIn(call, SESSION_COOKIE), isUse);
  if (session === undefined) throw new DaykeyError('unauthenticated', 'no session: sign in');
  return session;
}

/** @throws DaykeyError `forbidden` for a change that another site's page asks for. */
function requireOwnPage({ pageUrl }: ConsoleDeps, { header }: ConsoleCall, { csrf }: Session): void {
  const sent = Buffer.from(header(CSRF_HEADER) ?? '');
  const expected = Buffer.from(csrf);
  const isSame = sent.length === expected.length && timingSafeEqual(sent, expected);
  const site = header('sec-fetch-site');
  const origin = header('origin');
  const isElsewhere =
    (site !== undefined && site !== 'same-origin') || (origin !== undefined && origin !== new URL(pageUrl).origin);
  if (!isSame || isElsewhere) throw new DaykeyError('forbidden', PROBLEMS.forbidden.detail);
}
