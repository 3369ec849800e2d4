// Sign-ins and sessions of the Console. A store knows the hashes of cookies, so a copy of it signs in no one.

/** A sign-in that has begun: what the issuer's answer is checked against (OpenID Connect Core 1.0, 3.1.2; RFC 7636). */
export interface PendingLogin {
  readonly state: string;
  readonly nonce: string;
  /** The PKCE code verifier. */
  readonly verifier: string;
}

/** A person who has signed in. */
export interface Session {
  readonly person: Person;
  /** What decides which apps the person sees: values of the claim, as the sign-in gave them. */
  readonly values: readonly string[];
  /** Must come back in a header with every change. */
  readonly csrf: string;
  /** Seconds since 1970. */
  readonly startedAtS: number;
  readonly seenAtS: number;
}

/** A person, by the issuer's `sub` and by what people know them by. */
export interface Person {
  readonly subject: string;
  readonly name: string;
}

/** @throws DaykeyError `unavailable` from every method when the store cannot answer. */
export interface ConsoleSessions {
  keepLogin(cookieHash: string, login: PendingLogin, endsAtS: number): Promise<void>;
  /** The login, this one time. It may have ended. */
  takeLogin(cookieHash: string): Promise<(PendingLogin & { readonly endsAtS: number }) | undefined>;
  /** Stores a new session. */
  keep(cookieHash: string, session: Session, endsAtS: number): Promise<void>;
  /** Replaces a session that is still there: one that was signed out does not come back. */
  touch(cookieHash: string, session: Session, endsAtS: number): Promise<void>;
  /** The session, ended or not. */
  find(cookieHash: string): Promise<Session | undefined>;
  remove(cookieHash: string): Promise<void>;
}

/** Counts the reveals of all people together. */
export interface RevealLimit {
  /** Takes one of this minute's `max` reveals; `false` when none is left. @throws DaykeyError `unavailable`. */
  take(minute: number, max: number): Promise<boolean>;
}
