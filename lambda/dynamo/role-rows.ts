// Writes the rows by which the roles of an app are found, beside its record.

import { DeleteCommand, type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { type AppRecord, withAddedRoles } from '../../vault/domain/app-record.ts';
import { conditionHolds, translating } from '../aws/errors.ts';
import { rolePartition, roleSortKey } from './trusted-roles.ts';

/** The row of a role that an integration trusts. Its key names app and integration, so no other row takes its place. */
export interface RoleRow {
  readonly pk: string;
  readonly sk: string;
  readonly app: string;
  readonly integration: string;
  readonly generation: string;
}

/**
 * Writes the rows of an app's roles. Each row carries the version of the record that it was written for, so that a writer who
 * comes late changes no newer row. Needs `PutItem` and `DeleteItem`.
 */
export function dynamoRoleRows(documents: DynamoDBDocumentClient, table: string) {
  const unlessNewer = (version: number) => ({
    TableName: table,
    ConditionExpression: 'attribute_not_exists(pk) OR version <= :version',
    ExpressionAttributeValues: { ':version': version },
  });
  const write = async (what: string, send: () => Promise<unknown>): Promise<void> => {
    await translating(what, {}, () => conditionHolds(send));
  };
  return {
    /** Puts the rows of a record that is about to be stored. */
    async put(rows: readonly RoleRow[], version: number): Promise<void> {
      const commands = rows.map((row) => new PutCommand({ ...unlessNewer(version), Item: { ...row, version } }));
      await Promise.all(commands.map((command) => write('store a role of an app', () => documents.send(command))));
    },
    /** Removes the rows that a record no longer has, once it is stored. */
    async remove(rows: readonly RoleRow[], version: number): Promise<void> {
      const commands = rows.map(({ pk, sk }) => new DeleteCommand({ ...unlessNewer(version), Key: { pk, sk } }));
      await Promise.all(commands.map((command) => write('remove a role of an app', () => documents.send(command))));
    },
  };
}

/** The rows of every role that an app trusts. A retired app trusts none. */
export function roleRows({ app, settings, generations, addedRoles }: AppRecord): RoleRow[] {
  if (settings === undefined || settings.state !== 'live') return [];
  return Object.entries(withAddedRoles(settings, addedRoles).integrations).flatMap(([integration, { roles }]) =>
    roles.map((role) => ({
      pk: rolePartition(role),
      sk: roleSortKey(app, integration),
      app,
      integration,
      generation: generations[integration] ?? '',
    })),
  );
}
