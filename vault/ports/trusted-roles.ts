// Which integrations an AWS role may act as: an index over the settings of all apps.

/** An integration that may trust a role. */
export interface RoleGrant {
  readonly app: string;
  readonly integration: string;
  /** The generation of the integration when it named the role. */
  readonly generation: string;
}

/** @throws DaykeyError `unavailable` when the store cannot answer. */
export interface TrustedRoles {
  /**
   * The integrations that name the role `accountId/roleName`, in one strongly consistent read.
   * These are hints: the index may be behind the settings, which decide whether a role is trusted.
   */
  find(role: string): Promise<RoleGrant[]>;
}
