// API tokens in DynamoDB: rows of the ring table, by hash.

import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import type { ApiTokenGrant, ApiTokens } from '../../vault/ports/api-tokens.ts';
import { translating } from '../aws/errors.ts';

/** Sort key of every token row; its partition key is {@link tokenPartitionOf} the hash. */
export const TOKEN_ROW = 'token';

/** An {@link ApiTokens} on the ring table. Needs `GetItem`, nothing more. */
export function dynamoApiTokens(documents: DynamoDBDocumentClient, table: string): ApiTokens {
  return {
    async find(hash) {
      const get = new GetCommand({
        TableName: table,
        Key: { pk: tokenPartitionOf(hash), sk: TOKEN_ROW },
        // A token that was revoked a moment ago is revoked.
        ConsistentRead: true,
      });
      const { Item } = await translating('look up an API token', {}, () => documents.send(get));
      return Item && grantOf(Item);
    },
  };
}

/** Partition key of a token's row. An app is never called that: names hold no `#`. */
export function tokenPartitionOf(hash: string): string {
  return `token#${hash}`;
}

/** The row that grants a token, for whoever issues one. */
export function tokenItemOf(hash: string, grant: ApiTokenGrant, createdAtS?: number): Record<string, unknown> {
  const { app, integration, expiresAtS } = grant;
  return {
    ...{ pk: tokenPartitionOf(hash), sk: TOKEN_ROW, app, integration, expiresAt: expiresAtS },
    ...(createdAtS !== undefined && { createdAt: createdAtS }),
  };
}

function grantOf({ app, integration, expiresAt }: Record<string, unknown>): ApiTokenGrant | undefined {
  if (typeof app !== 'string' || typeof integration !== 'string' || !Number.isSafeInteger(expiresAt)) return undefined;
  return { app, integration, expiresAtS: Number(expiresAt) };
}
