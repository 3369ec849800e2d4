// API tokens: bearer credentials of integrations outside AWS, known here by their hash alone.

/** What a token stands for. */
export interface ApiTokenGrant {
  readonly app: string;
  readonly integration: string;
  /** Seconds since 1970. */
  readonly expiresAtS: number;
}

/** @throws DaykeyError `unavailable` when the store cannot answer. */
export interface ApiTokens {
  /** The grant of a token by its SHA-256 in hex; `undefined` for an unknown or revoked one. */
  find(hash: string): Promise<ApiTokenGrant | undefined>;
}

/** A token as operators see it: never the token, which nobody has but whom it was issued to. */
export interface IssuedToken extends ApiTokenGrant {
  /** The first 12 hex digits of its hash. */
  readonly id: string;
  /** Seconds since 1970; unknown of a token that was not issued by the register. */
  readonly createdAtS: number | undefined;
}

/** Issuing and revoking: for operators, never for the functions. */
export interface TokenRegister {
  /** Stores the hash of a fresh token. */
  issue(hash: string, grant: ApiTokenGrant, createdAtS: number): Promise<void>;
  /** Every token of an app, expired ones included, the oldest first. */
  list(app: string): Promise<IssuedToken[]>;
  /** Takes back every token of an app with this ID; how many there were. Functions believe their caches for up to 60 s more. */
  revoke(app: string, id: string): Promise<number>;
}

/** Noting that a token is in use: coarse, best effort, for operators who wonder which ones to revoke. */
export interface TokenUses {
  /** Notes a use on the day of this instant. */
  note(id: string, atMs: number): Promise<void>;
}

/** Reading it. */
export interface TokenUseTrail {
  /** The last day, as `YYYY-MM-DD` in UTC, on which a use was noted. */
  lastDay(id: string): Promise<string | undefined>;
}
