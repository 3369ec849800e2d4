// Who is calling: verifies the `Authorization` header of a request.

/** One integration of one app that a verified header may act as. The app's settings decide whether it does. */
export interface Grant {
  readonly app: string;
  readonly integration: string;
  /** The generation of the integration that the grant is bound to. */
  readonly generation: string;
  /** The caller's AWS role, `accountId/roleName`. The settings of the integration must name it. */
  readonly role?: string;
  /**
   * What tells the credentials of one integration apart: `token/` and the token's ID, or `role/` and
   * `accountId/roleName/sessionName`. It grants nothing.
   */
  readonly credential: string;
}

export interface CallerIdentity {
  /**
   * The grants of a header: one for an API token; for an AWS role, one of each app that may trust it, or none.
   * `undefined` when the header is not valid.
   *
   * @throws DaykeyError `unavailable` when this cannot be decided now.
   */
  verify(authorization: string): Promise<readonly Grant[] | undefined>;
}
