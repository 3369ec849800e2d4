// Who is calling: verifies the `Authorization` header, wherever it comes from.

/** One integration of one app that a verified header may stand for; whether it does, the app's settings say. */
export interface Grant {
  readonly app: string;
  readonly integration: string;
  /** The AWS role behind it, `accountId/roleName`, which the integration's settings have to name. */
  readonly role?: string;
}

export interface CallerIdentity {
  /**
   * The grants behind a header: one for an API token, one of each app that may trust a role, none for a role that
   * none does. `undefined` when the header is not valid.
   *
   * @throws DaykeyError `unavailable` when that cannot be found out.
   */
  verify(authorization: string): Promise<readonly Grant[] | undefined>;
}
