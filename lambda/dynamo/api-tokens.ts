// Looks API tokens up in DynamoDB: rows of the ring table, by the hash of the token.

import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { ApiTokenGrant, ApiTokens } from '../../vault/ports/api-tokens.ts';
import { getItem } from './calls.ts';

/** Sort key of every token row; its partition key is {@link tokenPartition} of the hash. */
export const TOKEN_ROW = 'token';

/** An {@link ApiTokens} on the ring table. Needs only `GetItem`. */
export function dynamoApiTokens(documents: DynamoDBDocumentClient, table: string): ApiTokens {
  return {
    async find(hash) {
      const Key = { pk: tokenPartition(hash), sk: TOKEN_ROW };
      const row = await getItem(documents, 'look up an API token', { TableName: table, Key });
      return row && readGrant(row);
    },
  };
}

/** Partition key of a token's row. No app has this name: app names contain no `#`. */
export function tokenPartition(hash: string): string {
  return `token#${hash}`;
}

/** The row that grants a token. */
export function tokenRow(hash: string, grant: ApiTokenGrant, createdAtS?: number): Record<string, unknown> {
  return {
    pk: tokenPartition(hash),
    sk: TOKEN_ROW,
    app: grant.app,
    integration: grant.integration,
    generation: grant.generation,
    expiresAt: grant.expiresAtS,
    ...(createdAtS !== undefined && { createdAt: createdAtS }),
  };
}

/** The grant in a row; `undefined` when the row is malformed. */
function readGrant({ app, integration, generation, expiresAt }: Record<string, unknown>): ApiTokenGrant | undefined {
  if (typeof app !== 'string' || typeof integration !== 'string' || typeof generation !== 'string') return undefined;
  return Number.isSafeInteger(expiresAt) ? { app, integration, generation, expiresAtS: Number(expiresAt) } : undefined;
}
