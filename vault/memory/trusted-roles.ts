// Which integrations an AWS role may act as, in memory, for tests and the testing kit.

import type { AppSettings } from '../domain/settings.ts';
import type { TrustedRoles } from '../ports/trusted-roles.ts';

/** A {@link TrustedRoles} over settings by app. The map may change at any time. */
export function memoryTrustedRoles(settings: ReadonlyMap<string, AppSettings>): TrustedRoles {
  return {
    async find(role) {
      return [...settings.values()]
        .filter(({ retired }) => !retired)
        .flatMap(({ app, integrations }) =>
          Object.entries(integrations)
            .filter(([, { roles }]) => roles.includes(role))
            .map(([integration]) => ({ app, integration })),
        );
    },
  };
}
