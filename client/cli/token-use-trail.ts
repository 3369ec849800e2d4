// Reads the days on which API tokens were used, which `lambda/dynamo/token-uses.ts` notes.

import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { translating } from '../../lambda/aws/errors.ts';
import { usePartition } from '../../lambda/dynamo/token-uses.ts';
import type { TokenUseTrail } from '../../vault/ports/api-tokens.ts';

/** A {@link TokenUseTrail} on the audit table. Needs `Query`. */
export function dynamoTokenUseTrail(documents: DynamoDBDocumentClient, table: string): TokenUseTrail {
  return {
    async lastDay(id) {
      const query = new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': usePartition(id) },
        ScanIndexForward: false,
        Limit: 1,
      });
      const { Items: [last] = [] } = await translating('read the uses of a token', {}, () => documents.send(query));
      return typeof last?.sk === 'string' ? last.sk : undefined;
    },
  };
}
