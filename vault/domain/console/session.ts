// How long sign-ins and sessions of the Console last, and who sees which apps.

/** How long a person may take to sign in, in seconds. */
export const LOGIN_S = 600;
/** How long a session lasts without a request, in seconds. */
export const IDLE_S = 15 * 60;
/** How long a session lasts, whatever happens in it, in seconds: a person who leaves a group sees its apps no longer. */
export const SESSION_S = 8 * 3600;
/** How often a session in use is written again, in seconds. */
export const TOUCH_S = 60;

interface SessionTimes {
  /** Seconds since 1970. */
  readonly startedAtS: number;
  readonly seenAtS: number;
}

/** When a session ends if no request comes, in seconds since 1970. */
export function sessionEndS({ startedAtS, seenAtS }: SessionTimes): number {
  return Math.min(startedAtS + SESSION_S, seenAtS + IDLE_S);
}

/** Viewers by app: the values of a claim that show it. */
export type Viewers = Readonly<Record<string, readonly string[]>>;

/** The apps that a claim shows, sorted. The claim is a text or a list of texts; anything else shows none. */
export function appsShownBy(claim: unknown, viewers: Viewers): string[] {
  const values = new Set(Array.isArray(claim) ? claim : [claim]);
  const apps = Object.entries(viewers).filter(([, allowed]) => allowed.some((value) => values.has(value)));
  return apps.map(([app]) => app).sort();
}
