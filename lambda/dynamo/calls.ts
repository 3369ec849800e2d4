// The calls that adapters make to DynamoDB, with their errors translated and the names of their attributes filled in.

import {
  DeleteCommand,
  type DeleteCommandInput,
  type DynamoDBDocumentClient,
  GetCommand,
  type GetCommandInput,
  PutCommand,
  type PutCommandInput,
  paginateQuery,
  paginateScan,
  type QueryCommandInput,
  type ScanCommandInput,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { isDaykeyError } from '../../vault/domain/errors.ts';
import { translating } from '../aws/errors.ts';

export type Item = Readonly<Record<string, unknown>>;

/** Partition and sort key of an item. */
export type ItemKey = Readonly<Record<'pk' | 'sk', string>>;

type Documents = DynamoDBDocumentClient;
const CONFLICT = { ConditionalCheckFailedException: 'conflict' } as const;

/** The item by a strongly consistent read. @param what names the call in messages, as everywhere here: "store a bundle". */
export async function getItem(documents: Documents, what: string, input: GetCommandInput): Promise<Item | undefined> {
  const get = new GetCommand({ ConsistentRead: true, ...input });
  return (await translating(what, {}, () => documents.send(get))).Item;
}

/** @throws DaykeyError `conflict` when the condition does not hold. */
export async function putItem(documents: Documents, what: string, input: PutCommandInput): Promise<void> {
  await translating(what, CONFLICT, () => documents.send(new PutCommand(named(input))));
}

/** The attributes that `ReturnValues` asks for. @throws DaykeyError `conflict` when the condition does not hold. */
export async function updateItem(
  documents: Documents,
  what: string,
  input: UpdateCommandInput,
): Promise<Item | undefined> {
  const update = new UpdateCommand(named(input));
  return (await translating(what, CONFLICT, () => documents.send(update))).Attributes;
}

/** The attributes that `ReturnValues` asks for. @throws DaykeyError `conflict` when the condition does not hold. */
export async function deleteItem(
  documents: Documents,
  what: string,
  input: DeleteCommandInput,
): Promise<Item | undefined> {
  const remove = new DeleteCommand(named(input));
  return (await translating(what, CONFLICT, () => documents.send(remove))).Attributes;
}

/**
 * Deletes one item and returns what it held, to one request at most; `undefined` when it was gone already, the condition did not
 * hold, or the answer to its deletion got lost.
 */
export async function takeItem(
  documents: Documents,
  what: string,
  input: DeleteCommandInput,
): Promise<Item | undefined> {
  // DynamoDB Local answers two deletes at once with the item unless they have a condition.
  const take = { ConditionExpression: 'attribute_exists(pk)', ...input, ReturnValues: 'ALL_OLD' as const };
  return await deleteItem(documents, what, take).catch(ifConflict(undefined));
}

/** Whether the condition of a write held. */
export async function conditionHeld(write: Promise<unknown>): Promise<boolean> {
  return await write.then(() => true).catch(ifConflict(false));
}

/** The pages of a query: strongly consistent, unless it says otherwise or reads an index, which cannot be. */
export function queryPages(
  documents: Documents,
  what: string,
  query: QueryCommandInput,
  pageSize?: number,
): AsyncGenerator<Item[]> {
  const consistent = { ConsistentRead: query.IndexName === undefined, ...named(query) };
  return pagesOf(what, paginateQuery({ client: documents, ...(pageSize !== undefined && { pageSize }) }, consistent));
}

/** The pages of a scan, strongly consistent. @param after the key to begin after. */
export function scanPages(
  documents: Documents,
  what: string,
  scan: ScanCommandInput,
  after?: ItemKey,
): AsyncGenerator<Item[]> {
  const consistent = { ConsistentRead: true, ...named(scan) };
  return pagesOf(what, paginateScan({ client: documents, ...(after && { startingToken: after }) }, consistent));
}

/** What is read of the first items, at most `limit`. Another page makes up for items that are malformed. */
export async function readFirst<Read>(
  limit: number,
  pages: AsyncIterable<Item[]>,
  read: (item: Item) => Read | undefined,
): Promise<Read[]> {
  const found: Read[] = [];
  for await (const page of pages) {
    found.push(...page.flatMap((item) => read(item) ?? []));
    if (found.length >= limit) break;
  }
  return found.slice(0, limit);
}

/** The query of all items of a partition. */
export function inPartition(TableName: string, pk: string): QueryCommandInput {
  return { TableName, KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': pk } };
}

/** Every item that a query finds. */
export async function everyItem(documents: Documents, what: string, query: QueryCommandInput): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of queryPages(documents, what, query)) items.push(...page);
  return items;
}

/** Only the reading is translated: what is thrown while a page is worked on stays as it is. */
async function* pagesOf(what: string, pages: AsyncIterable<{ Items?: Item[] | undefined }>): AsyncGenerator<Item[]> {
  const iterator = pages[Symbol.asyncIterator]();
  for (;;) {
    const { value, done } = await translating(what, {}, () => iterator.next());
    if (done) return;
    yield value.Items ?? [];
  }
}

/** The expression that sets attributes to these values, and the values. */
export function setting(attributes: Item): { UpdateExpression: string; ExpressionAttributeValues: Item } {
  const names = Object.keys(attributes);
  return {
    UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
    ExpressionAttributeValues: Object.fromEntries(names.map((name) => [`:${name}`, attributes[name]])),
  };
}

/**
 * The condition that a row has the version that was read, 0 for none.
 *
 * @param writer a random name of this write, which the row gets: it accepts a request that the SDK repeats because the first
 * answer got lost.
 */
export function ifVersionIs(version: number, writer: string) {
  const isUnchanged = version === 0 ? 'attribute_not_exists(version)' : 'version = :before';
  return {
    ConditionExpression: `${isUnchanged} OR writer = :writer`,
    ExpressionAttributeValues: { ':writer': writer, ...(version === 0 ? {} : { ':before': version }) },
  };
}

/** In every expression `#name` stands for the attribute `name`: it may be a word that DynamoDB reserves. */
function named<Input extends Partial<Record<Expression, string | undefined>>>(input: Input): Input {
  const names = EXPRESSIONS.flatMap((expression) => input[expression]?.match(/#\w+/g) ?? []);
  if (names.length === 0) return input;
  return { ...input, ExpressionAttributeNames: Object.fromEntries(names.map((name) => [name, name.slice(1)])) };
}

const EXPRESSIONS = [
  'ConditionExpression',
  'FilterExpression',
  'KeyConditionExpression',
  'ProjectionExpression',
  'UpdateExpression',
] as const;
type Expression = (typeof EXPRESSIONS)[number];

function ifConflict<Answer>(answer: Answer): (error: unknown) => Answer {
  return (error) => {
    if (isDaykeyError(error, 'conflict')) return answer;
    throw error;
  };
}
