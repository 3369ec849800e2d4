// Reads all pages of a query.

import { type DynamoDBDocumentClient, paginateQuery, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import { translating } from '../aws/errors.ts';

/** Every item that a query finds. @param what names the query in messages. @throws DaykeyError `unavailable` */
export async function everyItem(
  client: DynamoDBDocumentClient,
  what: string,
  query: QueryCommandInput,
): Promise<Readonly<Record<string, unknown>>[]> {
  return translating(what, {}, async () => {
    const items: Record<string, unknown>[] = [];
    for await (const { Items = [] } of paginateQuery({ client }, query)) items.push(...Items);
    return items;
  });
}
