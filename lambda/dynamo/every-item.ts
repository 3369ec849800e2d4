// Reads all pages of a query.

import { type DynamoDBDocumentClient, paginateQuery, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import { DaykeyError } from '../../vault/domain/errors.ts';
import { translating } from '../aws/errors.ts';

/**
 * Every item that a query finds.
 *
 * @param what names the query in messages.
 * @param mostPages pages of up to 1 MB. @default as many as there are
 * @throws DaykeyError `unavailable`, also when there are more pages.
 */
export async function everyItem(
  client: DynamoDBDocumentClient,
  what: string,
  query: QueryCommandInput,
  mostPages = Number.POSITIVE_INFINITY,
): Promise<Readonly<Record<string, unknown>>[]> {
  const { items, isWhole } = await translating(what, {}, async () => {
    const items: Record<string, unknown>[] = [];
    let pages = 0;
    for await (const { Items = [] } of paginateQuery({ client }, query)) {
      pages += 1;
      if (pages > mostPages) return { items, isWhole: false };
      items.push(...Items);
    }
    return { items, isWhole: true };
  });
  if (isWhole) return items;
  const message = `failed to ${what}: there are more than ${mostPages} MB of rows, so someone else may write to the table`;
  throw new DaykeyError('unavailable', message);
}
