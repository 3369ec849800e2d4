// Who is calling: verifies the `Authorization` header, wherever it comes from.

/** What a verified header stands for; what it may do is in the app's settings. */
export interface Grant {
  readonly app: string;
  readonly integration: string;
}

export interface CallerIdentity {
  /** The grant behind a header, or `undefined` when it is not valid. @throws DaykeyError `unavailable` when that cannot be found out. */
  verify(authorization: string): Promise<Grant | undefined>;
}
