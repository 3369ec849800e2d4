// Which integrations an AWS role may act as, in DynamoDB: rows of the ring table, one partition for each role.

import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { RoleGrant, TrustedRoles } from '../../vault/ports/trusted-roles.ts';
import { everyItem, inPartition } from './calls.ts';

/** A {@link TrustedRoles} on the ring table. Needs only `Query`. */
export function dynamoTrustedRoles(documents: DynamoDBDocumentClient, table: string): TrustedRoles {
  return {
    async find(role) {
      const items = await everyItem(documents, 'look up a role', inPartition(table, rolePartition(role)));
      return items.flatMap(({ app, integration, generation }): RoleGrant[] =>
        typeof app === 'string' && typeof integration === 'string' && typeof generation === 'string'
          ? [{ app, integration, generation }]
          : [],
      );
    },
  };
}

/** Partition key of a role's rows. No app has this name: app names contain no `#`. */
export function rolePartition(role: string): string {
  return `role#${role}`;
}

/** Sort key of a role's row. */
export function roleSortKey(app: string, integration: string): string {
  return `${app}#${integration}`;
}
