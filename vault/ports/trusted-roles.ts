// Which integrations an AWS role may speak for: an index over the settings of every app.

import type { Grant } from './caller-identity.ts';

/** @throws DaykeyError `unavailable` when the store cannot answer. */
export interface TrustedRoles {
  /**
   * The integrations, at most one of each app, that name the role `accountId/roleName`, in one strongly consistent
   * read. Hints, no more: a role is trusted while the app's settings say so, and these rows may outlive them.
   */
  find(role: string): Promise<Grant[]>;
}
