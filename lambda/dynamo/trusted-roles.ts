// Which integrations an AWS role may act as, in DynamoDB: rows of the ring table, one partition for each role.

import { type DynamoDBDocumentClient, paginateQuery } from '@aws-sdk/lib-dynamodb';
import type { AppSettings } from '../../vault/domain/settings.ts';
import type { RoleGrant, TrustedRoles } from '../../vault/ports/trusted-roles.ts';
import { translating } from '../aws/errors.ts';

/** A {@link TrustedRoles} on the ring table. Needs only `Query`. */
export function dynamoTrustedRoles(documents: DynamoDBDocumentClient, table: string): TrustedRoles {
  return {
    async find(role) {
      const pages = paginateQuery(
        { client: documents },
        {
          TableName: table,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :role',
          ExpressionAttributeValues: { ':role': rolePartition(role) },
        },
      );
      const grants: RoleGrant[] = [];
      await translating('look up a role', {}, async () => {
        for await (const { Items = [] } of pages) {
          for (const { sk: app, integration } of Items) {
            if (typeof app === 'string' && typeof integration === 'string') grants.push({ app, integration });
          }
        }
      });
      return grants;
    },
  };
}

/** Partition key of a role's rows. No app has this name: app names contain no `#`. */
export function rolePartition(role: string): string {
  return `role#${role}`;
}

/** The rows of every role that an app trusts. A retired app trusts none. */
export function roleRows({ app, integrations, retired }: AppSettings): { pk: string; sk: string }[] {
  if (retired) return [];
  return Object.entries(integrations).flatMap(([integration, { roles }]) =>
    roles.map((role) => ({ pk: rolePartition(role), sk: app, integration })),
  );
}
