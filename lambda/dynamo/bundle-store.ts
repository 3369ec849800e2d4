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
  type BundleKey,
  type BundleStore,
  MAX_BUNDLE_BYTES,
  type StoredBundle,
} from '../../vault/ports/bundle-store.ts';
import { isConditionFailure, translating, unavailable } from '../aws/errors.ts';
import { bundleItem, pointerItem, primaryKey, readBundle } from './bundle-item.ts';

/** How many answers of BatchGetItem in a row may be empty before the store counts as unavailable. */
export const MAX_IDLE_READS = 5;

const FIRST_PAUSE_MS = 25;

/** For tests. */
export interface DynamoBundleStoreOptions {
  /** A number from 0 to 1, for jitter. @default Math.random */
  readonly random?: () => number;
  /** Waits, in milliseconds. */
  readonly sleep?: (ms: number) => Promise<unknown>;
}

/** A {@link BundleStore} on one table. `insert` needs `PutItem`, `find` needs `BatchGetItem`. */
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

  async function insertPointer(bundle: StoredBundle): Promise<void> {
    if (bundle.subjectTag === undefined) return;
    await documents.send(new PutCommand({ TableName: table, Item: pointerItem(bundle, bundle.subjectTag) }));
  }

  return {
    async insert(bundle) {
      await translating('store a bundle', {}, async () => {
        // A pointer without its bundle is harmless. A bundle without its pointer is never answered.
        const written = await Promise.allSettled([insertItem(bundle), insertPointer(bundle)]);
        for (const result of written) if (result.status === 'rejected') throw result.reason;
      });
    },

    async find(keys) {
      // DynamoDB refuses a batch with duplicate keys, and several refs may be of one bundle.
      let wanted: BatchGetCommandOutput['UnprocessedKeys'] = {
        [table]: { Keys: distinct(keys), ConsistentRead: true },
      };
      const found: StoredBundle[] = [];
      let idleReads = 0;
      while (wanted?.[table]?.Keys?.length) {
        const request: BatchGetCommand = new BatchGetCommand({ RequestItems: wanted });
        const answer = await translating('read bundles', {}, () => documents.send(request));
        const items = answer.Responses?.[table] ?? [];
        found.push(...items.map(readBundle).filter((bundle) => bundle !== undefined));
        wanted = answer.UnprocessedKeys;
        // A partial answer has reached 16 MB, so the rest is asked for at once. An empty one means throttling.
        if (items.length > 0 || !wanted?.[table]?.Keys?.length) idleReads = 0;
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
function isOwnWrite(bundle: StoredBundle, item: Readonly<Record<string, unknown>> | undefined): boolean {
  // The document client does not unmarshall exceptions: an attribute is still `{ B: bytes }` here.
  const wrapped = item?.wrapped;
  if (typeof wrapped !== 'object' || wrapped === null || !('B' in wrapped)) return false;
  return wrapped.B instanceof Uint8Array && bundle.wrapped.equals(wrapped.B);
}

function isItemTooLarge(error: unknown): boolean {
  // Every malformed request has this name, so the text has to decide.
  return error instanceof Error && error.name === 'ValidationException' && /item size/i.test(error.message);
}

function distinct(keys: readonly BundleKey[]): { pk: string; sk: string }[] {
  return [...new Map(keys.map(primaryKey).map((key) => [key.sk, key])).values()];
}
