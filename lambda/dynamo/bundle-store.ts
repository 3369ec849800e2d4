// Stores and reads bundles in DynamoDB: one item each, and a pointer to it where the request names a subject.

import { setTimeout as pause } from 'node:timers/promises';
import {
  BatchGetCommand,
  type BatchGetCommandOutput,
  type DynamoDBDocumentClient,
  PutCommand,
} from '@aws-sdk/lib-dynamodb';
import { DaykeyError } from '../../vault/domain/errors.ts';
import {
  type BundleStore,
  MAX_BUNDLE_BYTES,
  type StoredBundle,
  type WantedFields,
} from '../../vault/ports/bundle-store.ts';
import { isConditionFailure, translating, unavailable } from '../aws/errors.ts';
import { bundleItem, primaryKey, readBundle } from './bundle-item.ts';
import { type Item, type ItemKey, putItem } from './calls.ts';
import { pointerItem } from './pointers.ts';

/** How many answers of BatchGetItem in a row may be empty before the store counts as unavailable. */
export const MAX_IDLE_READS = 5;

const FIRST_PAUSE_MS = 25;
/** What is read of every bundle. POOL and WRAPPED are reserved words. */
const HEADER = ['pk', 'sk', 'v', '#pool', 'slot', 'createdAt', 'blobDays', '#wrapped'];

/** For tests. */
export interface DynamoBundleStoreOptions {
  /** A number from 0 to 1, for jitter. @default Math.random */
  readonly random?: () => number;
  /** Waits, in milliseconds. */
  readonly sleep?: (ms: number) => Promise<unknown>;
}

/** A {@link BundleStore} on one table. `insert` and `point` need `PutItem`, `find` needs `BatchGetItem`. */
export function dynamoBundleStore(
  documents: DynamoDBDocumentClient,
  table: string,
  { random = Math.random, sleep = pause }: DynamoBundleStoreOptions = {},
): BundleStore {
  async function insertItem(bundle: StoredBundle): Promise<void> {
    try {
      await documents.send(
        new PutCommand({
          TableName: table,
          Item: bundleItem(bundle),
          ConditionExpression: 'attribute_not_exists(pk)',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
    } catch (error) {
      if (isItemTooLarge(error)) {
        throw new DaykeyError('too-large', `a bundle is at most ${MAX_BUNDLE_BYTES} bytes`, { cause: error });
      }
      if (!isConditionFailure(error)) throw error;
      if (isOwnWrite(bundle, error.Item)) return;
      throw new DaykeyError('bundle-exists', 'a bundle has this ID already', { cause: error });
    }
  }

  return {
    async insert(bundle) {
      await translating('store a bundle', {}, () => insertItem(bundle));
    },

    async point(subjectTag, bundle) {
      await putItem(documents, 'point to a bundle', { TableName: table, Item: pointerItem(subjectTag, bundle) });
    },

    async find(wanted) {
      // DynamoDB refuses a batch with duplicate keys.
      const asked = indexesByRow(wanted);
      let unread: BatchGetCommandOutput['UnprocessedKeys'] = {
        [table]: {
          Keys: [...asked.values()].map(({ key }) => key),
          ConsistentRead: true,
          ...projectionOf(new Set([...asked.values()].flatMap(({ indexes }) => [...indexes]))),
        },
      };
      const found: StoredBundle[] = [];
      let idleReads = 0;
      while (unread?.[table]?.Keys?.length) {
        const request: BatchGetCommand = new BatchGetCommand({ RequestItems: unread });
        const answer = await translating('read bundles', {}, () => documents.send(request));
        const items = answer.Responses?.[table] ?? [];
        for (const item of items) {
          const bundle = readBundle(item);
          if (bundle) found.push(withOnly(bundle, asked.get(item.sk)?.indexes));
        }
        unread = answer.UnprocessedKeys;
        // A partial answer has reached 16 MB, so the rest is asked for at once. An empty one means throttling.
        if (items.length > 0 || !unread?.[table]?.Keys?.length) idleReads = 0;
        else {
          idleReads += 1;
          if (idleReads >= MAX_IDLE_READS) throw unavailable('read bundles', 'keys stay unprocessed');
          await sleep(random() * FIRST_PAUSE_MS * 2 ** idleReads);
        }
      }
      return found;
    },
  };
}

/**
 * Whether the existing item is what this very insert wrote: the SDK repeats a put whose answer got lost. KMS never returns
 * the same blob twice, so the same blob means the same write.
 */
function isOwnWrite(bundle: StoredBundle, item: Item | undefined): boolean {
  // The document client does not unmarshall exceptions: an attribute is still `{ B: bytes }` here.
  const wrapped = item?.wrapped;
  if (typeof wrapped !== 'object' || wrapped === null || !('B' in wrapped)) return false;
  return wrapped.B instanceof Uint8Array && bundle.wrapped.equals(wrapped.B);
}

function isItemTooLarge(error: unknown): boolean {
  // Every malformed request has this name, so the text has to decide.
  return error instanceof Error && error.name === 'ValidationException' && /item size/i.test(error.message);
}

interface Asked {
  readonly key: ItemKey;
  readonly indexes: Set<number>;
}

/** The indexes that are wanted of each bundle, by its sort key: several refs may be of one bundle. */
function indexesByRow(wanted: readonly WantedFields[]): Map<string, Asked> {
  const byRow = new Map<string, Asked>();
  for (const bundle of wanted) {
    const key = primaryKey(bundle);
    const asked = byRow.get(key.sk) ?? { key, indexes: new Set() };
    for (const index of bundle.indexes) asked.indexes.add(index);
    byRow.set(key.sk, asked);
  }
  return byRow;
}

/** Reads nothing of a bundle but its header and these fields. One projection holds for every key of a batch. */
function projectionOf(indexes: ReadonlySet<number>) {
  const fields = Array.from(indexes, (index) => [`#${index}`, String(index)] as const);
  return {
    ProjectionExpression: [...HEADER, ...fields.map(([name]) => `#fields.${name}`)].join(', '),
    ExpressionAttributeNames: {
      '#pool': 'pool',
      '#wrapped': 'wrapped',
      '#fields': 'fields',
      ...Object.fromEntries(fields),
    },
  };
}

/** Without the fields that only other bundles of the batch were asked for. */
function withOnly(bundle: StoredBundle, indexes: ReadonlySet<number> = new Set()): StoredBundle {
  return { ...bundle, fields: new Map([...bundle.fields].filter(([index]) => indexes.has(index))) };
}
