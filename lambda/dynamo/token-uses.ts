// Days of use of API tokens in DynamoDB: rows of the audit table, where the decrypt function may only put.

import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { dayOf } from '../../vault/domain/instant.ts';
import type { TokenUses } from '../../vault/ports/api-tokens.ts';
import { keptUntilS } from './audit-log.ts';
import { putItem } from './calls.ts';

/** A {@link TokenUses} on the audit table. DynamoDB deletes its rows after `retentionDays`. Needs only `PutItem`. */
export function dynamoTokenUses(documents: DynamoDBDocumentClient, table: string, retentionDays: number): TokenUses {
  return {
    async note(id, atMs) {
      const Item = {
        pk: usePartition(id),
        sk: dayOf(new Date(atMs).toISOString()),
        expiresAt: keptUntilS(atMs, retentionDays),
      };
      await putItem(documents, 'note the use of a token', { TableName: table, Item });
    },
  };
}

/** The partition of the uses of one token. Never that of an intent, which has a date after its first `#`. */
export function usePartition(id: string): string {
  return `used#${id}`;
}
