// Which apps list a viewer, in DynamoDB: rows of the ring table, one partition for each viewer.

import { type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { AppViewers } from '../../vault/ports/app-viewers.ts';
import { translating } from '../aws/errors.ts';

/** An {@link AppViewers} on the ring table. Needs only `Query`. */
export function dynamoAppViewers(documents: DynamoDBDocumentClient, table: string): AppViewers {
  return {
    async appsOf(viewer, beginning, limit) {
      const query = new QueryCommand({
        TableName: table,
        // DynamoDB takes no empty text as the beginning of a key.
        KeyConditionExpression: beginning === '' ? 'pk = :viewer' : 'pk = :viewer AND begins_with(sk, :beginning)',
        ExpressionAttributeValues: {
          ':viewer': viewerPartition(viewer),
          ...(beginning === '' ? {} : { ':beginning': beginning }),
        },
        ProjectionExpression: 'sk',
        Limit: limit,
      });
      // Rows are some hundred bytes, so that a page of 1 MB holds more of them than any limit.
      const { Items = [] } = await translating('look up a viewer', {}, () => documents.send(query));
      return Items.map(({ sk }) => String(sk));
    },
  };
}

/** Partition key of a viewer's rows; their sort key is the app. No app has this name: app names contain no `#`. */
export function viewerPartition(viewer: string): string {
  return `viewer#${viewer}`;
}
