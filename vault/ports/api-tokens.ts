// API tokens: bearer credentials of integrations outside AWS. The vault knows only their hashes.

/** What a token stands for. */
export interface ApiTokenGrant {
  readonly app: string;
  readonly integration: string;
  /** The generation of the integration when the token was issued. The token is valid only while it is the current one. */
  readonly generation: string;
  /** Seconds since 1970. */
  readonly expiresAtS: number;
}

/** Looking tokens up, for the functions. @throws DaykeyError `unavailable` when the store cannot answer. */
export interface ApiTokens {
  /** The grant of a token by its SHA-256 in hex, expired or not; `undefined` for an unknown or revoked token. */
  find(hash: string): Promise<ApiTokenGrant | undefined>;
}

/** A token as operators see it. The token itself is shown only once, when it is issued. */
export interface IssuedToken extends ApiTokenGrant {
  /** The first 12 hex digits of the hash. */
  readonly id: string;
  /** Seconds since 1970; `undefined` for a token that was not issued through the register. */
  readonly createdAtS: number | undefined;
}

/** Issuing and revoking, for operators. @throws DaykeyError `unavailable` when the store cannot answer. */
export interface TokenRegister {
  /** Stores the hash of a fresh token. */
  issue(hash: string, grant: ApiTokenGrant, createdAtS: number): Promise<void>;
  /** Every token of an app, expired ones included, oldest first. */
  list(app: string): Promise<IssuedToken[]>;
  /** Revokes every token of the app with this ID and returns how many there were. Functions cache grants for up to 60 s. */
  revoke(app: string, id: string): Promise<number>;
}

/** Noting that a token is in use, so that operators see which tokens they can revoke. A hint: one note a day, best effort. */
export interface TokenUses {
  /** Notes a use on the UTC day of this instant. */
  note(id: string, atMs: number): Promise<void>;
}

/** Reading the notes, for operators. */
export interface TokenUseTrail {
  /** The last UTC day with a noted use, as `YYYY-MM-DD`. */
  lastDay(id: string): Promise<string | undefined>;
}
