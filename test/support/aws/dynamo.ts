// DynamoDB as far as the vault, the benches and their peer use it: what it does, what it bills, and what it refuses.

import { expectOnly, type Input, invalid, Refusal } from './answer.ts';
import { holds, projected, updated } from './evaluate.ts';
import type { Condition } from './expression.ts';
import { type Item, itemBytes, type KeySchema, keyIn, readUnits, writeUnits } from './item.ts';
import { keyConditionIn, type Reading, readExpressions } from './reading.ts';
import { fakeTable, type Page, type Table } from './table.ts';

/** What an action answers, and the units that DynamoDB bills for it. */
export interface Done {
  readonly body: object;
  readonly readUnits?: number;
  readonly writeUnits?: number;
}

export interface FakeDynamo {
  readonly actions: Readonly<Record<string, (input: Input) => Done>>;
  /** @throws Refusal `ResourceNotFoundException`. */
  table(name: unknown): Table;
}

/** Limits of one batch (DynamoDB API reference, BatchGetItem and BatchWriteItem). */
const MAX_BATCH_GET = 100;
const MAX_BATCH_GET_BYTES = 16 * 1024 * 1024;
const MAX_BATCH_WRITE = 25;

const PLACEHOLDERS = ['ExpressionAttributeNames', 'ExpressionAttributeValues'];
const CONDITION = [
  'TableName',
  'ConditionExpression',
  'ReturnValues',
  'ReturnValuesOnConditionCheckFailure',
  ...PLACEHOLDERS,
];
const READ = ['TableName', 'ConsistentRead', 'ProjectionExpression', ...PLACEHOLDERS];
const PAGED = [...READ, 'FilterExpression', 'Limit', 'ExclusiveStartKey', 'Select'];

/** A Region without tables. */
export function fakeDynamo(): FakeDynamo {
  const tables = new Map<string, Table>();

  function table(name: unknown): Table {
    const found = tables.get(String(name));
    if (!found)
      throw new Refusal('ResourceNotFoundException', `Requested resource not found: Table: ${name} not found`);
    return found;
  }

  /** The item that a conditional write meets. @throws Refusal when the condition does not hold. */
  function met(input: Input, key: Item, condition: Condition | undefined): Item | undefined {
    const item = table(input.TableName).get(key);
    if (condition === undefined || holds(condition, item ?? {})) return item;
    const isAsked = input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' && item !== undefined;
    const units = { writeUnits: writeUnits(item ? itemBytes(item) : 0) };
    throw new Refusal(
      'ConditionalCheckFailedException',
      'The conditional request failed',
      isAsked ? { Item: item } : {},
      units,
    );
  }

  /** One page of rows, filtered and projected after it was read and billed. */
  function answerPage(input: Input, page: Page, reading: Reading): Done {
    const { condition, paths } = reading;
    const kept = page.rows.filter((row) => condition === undefined || holds(condition, row));
    const Items = input.Select === 'COUNT' ? undefined : kept.map((row) => (paths ? projected(row, paths) : row));
    const bytes = page.rows.reduce((sum, row) => sum + itemBytes(row), 0);
    return {
      body: {
        ...(Items && { Items }),
        Count: kept.length,
        ScannedCount: page.rows.length,
        ...(page.lastKey && { LastEvaluatedKey: page.lastKey }),
      },
      readUnits: readUnits(bytes, input.ConsistentRead === true),
    };
  }

  return {
    table,
    actions: {
      CreateTable(input) {
        const known = ['TableName', 'BillingMode', 'AttributeDefinitions', 'KeySchema', 'GlobalSecondaryIndexes'];
        expectOnly('CreateTable', input, known);
        const { TableName, KeySchema, GlobalSecondaryIndexes = [] } = input;
        if (tables.has(TableName)) throw new Refusal('ResourceInUseException', `Table already exists: ${TableName}`);
        tables.set(TableName, fakeTable(keySchemaOf(KeySchema), indexSchemas(GlobalSecondaryIndexes)));
        return { body: { TableDescription: { TableName, TableStatus: 'ACTIVE' } } };
      },

      GetItem(input) {
        expectOnly('GetItem', input, [...READ, 'Key']);
        const { paths } = readExpressions(input);
        const Item = table(input.TableName).get(input.Key);
        const units = readUnits(Item ? itemBytes(Item) : 0, input.ConsistentRead === true);
        return { body: Item ? { Item: paths ? projected(Item, paths) : Item } : {}, readUnits: units };
      },

      BatchGetItem(input) {
        expectOnly('BatchGetItem', input, ['RequestItems']);
        const requests = Object.entries<Input>(input.RequestItems);
        const keyCount = requests.reduce((sum, [, { Keys }]) => sum + Keys.length, 0);
        if (keyCount < 1 || keyCount > MAX_BATCH_GET)
          throw invalid('Too many items requested for the BatchGetItem call');
        const Responses: Record<string, Item[]> = {};
        const UnprocessedKeys: Record<string, Input> = {};
        let bytes = 0;
        let units = 0;
        for (const [name, request] of requests) {
          expectOnly('BatchGetItem', request, [
            'Keys',
            'ConsistentRead',
            'ProjectionExpression',
            'ExpressionAttributeNames',
          ]);
          const { paths } = readExpressions(request);
          const target = table(name);
          const names = request.Keys.map((key: Item) => JSON.stringify(keyIn(key, target.schema)));
          if (new Set(names).size < names.length) throw invalid('Provided list of item keys contains duplicates');
          const left: Item[] = [];
          const found: Item[] = [];
          for (const key of request.Keys as Item[]) {
            const item = target.get(key);
            const size = item ? itemBytes(item) : 0;
            if (bytes + size > MAX_BATCH_GET_BYTES) {
              left.push(key);
              continue;
            }
            bytes += size;
            // Each item is rounded up by itself, and one that is missing costs as much as the smallest.
            units += readUnits(size, request.ConsistentRead === true);
            if (item) found.push(paths ? projected(item, paths) : item);
          }
          Responses[name] = found;
          if (left.length > 0) UnprocessedKeys[name] = { ...request, Keys: left };
        }
        return { body: { Responses, UnprocessedKeys }, readUnits: units };
      },

      Query(input) {
        expectOnly('Query', input, [...PAGED, 'IndexName', 'KeyConditionExpression', 'ScanIndexForward']);
        const { TableName, IndexName, ConsistentRead } = input;
        const target = IndexName === undefined ? table(TableName) : table(TableName).index(IndexName);
        if (IndexName !== undefined && ConsistentRead) {
          throw invalid('Consistent reads are not supported on global secondary indexes');
        }
        const reading = readExpressions(input);
        const key = keyConditionIn(reading.key, target.schema);
        const { rows, order } = target.partition(key.partition);
        const inRange = key.range === undefined ? rows : rows.filter((row) => holds(key.range as Condition, row));
        const options = {
          after: input.ExclusiveStartKey,
          limit: input.Limit,
          isBackwards: input.ScanIndexForward === false,
        };
        return answerPage(input, target.page({ rows: inRange, order }, options), reading);
      },

      Scan(input) {
        expectOnly('Scan', input, PAGED);
        const target = table(input.TableName);
        const options = { after: input.ExclusiveStartKey, limit: input.Limit };
        return answerPage(input, target.page(target.everything(), options), readExpressions(input));
      },

      PutItem(input) {
        expectOnly('PutItem', input, [...CONDITION, 'Item']);
        const { condition } = readExpressions(input);
        const before = met(input, input.Item, condition);
        const units = table(input.TableName).put(input.Item);
        return { body: returned(input, { ALL_OLD: before }), writeUnits: units };
      },

      BatchWriteItem(input) {
        expectOnly('BatchWriteItem', input, ['RequestItems']);
        const writes = Object.entries<Input[]>(input.RequestItems).flatMap(([name, requests]) =>
          requests.map((request) => ({ name, request })),
        );
        if (writes.length < 1 || writes.length > MAX_BATCH_WRITE) {
          throw invalid('Too many items requested for the BatchWriteItem call');
        }
        const units = writes.map(({ name, request }) =>
          request.PutRequest ? table(name).put(request.PutRequest.Item) : table(name).remove(request.DeleteRequest.Key),
        );
        return { body: { UnprocessedItems: {} }, writeUnits: units.reduce((sum, each) => sum + each, 0) };
      },

      DeleteItem(input) {
        expectOnly('DeleteItem', input, [...CONDITION, 'Key']);
        const { condition } = readExpressions(input);
        const before = met(input, input.Key, condition);
        const units = table(input.TableName).remove(input.Key);
        return { body: returned(input, { ALL_OLD: before }), writeUnits: units };
      },

      UpdateItem(input) {
        expectOnly('UpdateItem', input, [...CONDITION, 'Key', 'UpdateExpression']);
        const target = table(input.TableName);
        const { condition, update } = readExpressions(input);
        const before = met(input, input.Key, condition);
        const after = updated(before ?? input.Key, update ?? { set: [], remove: [], add: [] });
        if (JSON.stringify(keyIn(after, target.schema)) !== JSON.stringify(keyIn(input.Key, target.schema))) {
          throw invalid('Cannot update attribute that is part of the key');
        }
        return { body: returned(input, { ALL_OLD: before, ALL_NEW: after }), writeUnits: target.put(after) };
      },
    },
  };
}

function returned(input: Input, choices: Readonly<Record<string, Item | undefined>>): object {
  const { ReturnValues = 'NONE' } = input;
  if (ReturnValues === 'NONE') return {};
  if (!Object.hasOwn(choices, ReturnValues)) throw invalid('Return values set to invalid value');
  const Attributes = choices[ReturnValues];
  return Attributes ? { Attributes } : {};
}

function keySchemaOf(schema: readonly { AttributeName: string; KeyType: string }[]): KeySchema {
  const named = (type: string) => schema.find(({ KeyType }) => KeyType === type)?.AttributeName;
  return { partition: named('HASH') ?? '', sort: named('RANGE') };
}

/** Indexes as far as the vault has any: with keys only. */
function indexSchemas(indexes: readonly Input[]): Record<string, KeySchema> {
  return Object.fromEntries(
    indexes.map((index) => {
      expectOnly('CreateTable', index, ['IndexName', 'KeySchema', 'Projection']);
      if (index.Projection?.ProjectionType !== 'KEYS_ONLY') throw invalid('the fake has indexes with keys only');
      return [index.IndexName, keySchemaOf(index.KeySchema)];
    }),
  );
}
