// Signing in, staying signed in and signing out.

import { createHash, randomBytes } from 'node:crypto';
import { LOGIN_S, sessionEndS, TOUCH_S } from '../../domain/console/session.ts';
import { claimValues } from '../../domain/console/viewers.ts';
import { type Clock, secondsOf } from '../../ports/clock.ts';
import type { ConsoleSessions, Session } from '../../ports/console-sessions.ts';
import type { Claims, SignIn } from '../../ports/sign-in.ts';

export interface SessionDeps {
  clock: Clock;
  sessions: ConsoleSessions;
  signIn: SignIn;
  /** The claim whose values show apps. */
  claim: string;
}

const COOKIE_BYTES = 32;
const MAX_NAME_CHARACTERS = 200;
/** What a `sub` may have (OpenID Connect Core 1.0, 2). A longer one is refused: cut, it could be the subject of another person. */
const MAX_SUBJECT_CHARACTERS = 255;

/** Begins a sign-in: where to send the browser, and the cookie that it must bring back. */
export async function beginSignIn(deps: SessionDeps): Promise<{ readonly url: string; readonly cookie: string }> {
  const { url, login } = await deps.signIn.begin();
  const cookie = newSecret();
  await deps.sessions.keepLogin(hashed(cookie), login, secondsOf(deps.clock()) + LOGIN_S);
  return { url, cookie };
}

/** Ends a sign-in: the cookie of a new session; `undefined` when the answer is not that of this browser's sign-in. */
export async function endSignIn(
  deps: SessionDeps,
  cookie: string | undefined,
  parameters: URLSearchParams,
): Promise<string | undefined> {
  const login = cookie === undefined ? undefined : await deps.sessions.takeLogin(hashed(cookie));
  const nowS = secondsOf(deps.clock());
  if (login === undefined || nowS >= login.endsAtS) return undefined;
  const claims = await deps.signIn.finish(parameters, login);
  if (claims === undefined || claims.sub.length > MAX_SUBJECT_CHARACTERS) return undefined;
  // A new cookie for each session: one that was planted in the browser before is worth nothing.
  const fresh = newSecret();
  const session: Session = {
    person: { subject: claims.sub, name: nameIn(claims).slice(0, MAX_NAME_CHARACTERS).toWellFormed() },
    values: claimValues(claims[deps.claim]),
    csrf: newSecret(),
    startedAtS: nowS,
    seenAtS: nowS,
  };
  await deps.sessions.keep(hashed(fresh), session, sessionEndS(session));
  return fresh;
}

/**
 * The session of a cookie; `undefined` when there is none, or it has ended.
 *
 * @param isUse makes it last.
 */
export async function currentSession(
  deps: SessionDeps,
  cookie: string | undefined,
  isUse: boolean,
): Promise<Session | undefined> {
  const session = cookie === undefined ? undefined : await deps.sessions.find(hashed(cookie));
  const nowS = secondsOf(deps.clock());
  if (cookie === undefined || session === undefined || nowS >= sessionEndS(session)) return undefined;
  if (!isUse || nowS - session.seenAtS < TOUCH_S) return session;
  const seen = { ...session, seenAtS: nowS };
  await deps.sessions.touch(hashed(cookie), seen, sessionEndS(seen));
  return seen;
}

/** Ends a session. */
export async function signOut(deps: SessionDeps, cookie: string): Promise<void> {
  await deps.sessions.remove(hashed(cookie));
}

function nameIn({ email, preferred_username, name, sub }: Claims): string {
  return (
    [email, preferred_username, name].filter((each) => typeof each === 'string' && each !== '').map(String)[0] ?? sub
  );
}

function newSecret(): string {
  return randomBytes(COOKIE_BYTES).toString('base64url');
}

function hashed(cookie: string): string {
  return createHash('sha256').update(cookie).digest('base64url');
}
