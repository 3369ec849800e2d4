// Which integrations an AWS role may act as, in memory, for tests and the testing kit.

import { type AppRecord, withAddedRoles } from '../domain/app-record.ts';
import type { TrustedRoles } from '../ports/trusted-roles.ts';

/** A {@link TrustedRoles} over the records of all apps. The map may change at any time. */
export function memoryTrustedRoles(records: ReadonlyMap<string, AppRecord>): TrustedRoles {
  return {
    async find(role) {
      return [...records.values()].flatMap(({ app, settings, generations, addedRoles }) =>
        Object.entries(
          settings === undefined || settings.state !== 'live' ? {} : withAddedRoles(settings, addedRoles).integrations,
        )
          .filter(([, { roles }]) => roles.includes(role))
          .map(([integration]) => ({ app, integration, generation: generations[integration] ?? '' })),
      );
    },
  };
}
