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
