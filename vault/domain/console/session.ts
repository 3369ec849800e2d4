// How long sign-ins and sessions of the Console last.

/** How long a person may take to sign in, in seconds. */
export const LOGIN_S = 600;
/** How long a session lasts without a request, in seconds. */
export const IDLE_S = 15 * 60;
/** How long a session lasts, whatever happens in it, in seconds: the groups of its person are those of the sign-in. */
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
