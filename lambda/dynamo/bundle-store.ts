// Bundles in DynamoDB: one item each, under its app and subject tag.

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
import { bundleOf, itemOf, primaryKeyOf } from './bundle-item.ts';

/** How often BatchGetItem may give nothing in a row before the store counts as unavailable. */
export const MAX_IDLE_READS = 5;

const FIRST_PAUSE_MS = 25;

/** What tests replace. */
export interface DynamoBundleStoreOptions {
  /** 0 to 1, for jitter. */
  readonly random?: () => number;
  readonly sleep?: (ms: number) => Promise<unknown>;
}

/** A {@link BundleStore} on one table. `insert` needs `PutItem`, `find` needs `BatchGetItem`, nothing more. */
export function dynamoBundleStore(
  documents: DynamoDBDocumentClient,
  table: string,
  { random = Math.random, sleep = pause }: DynamoBundleStoreOptions = {},
): BundleStore {
  return {
    async insert(bundle) {
      await translating('store a bundle', {}, async () => {
        try {
          await documents.send(
            new PutCommand({
              TableName: table,
              Item: itemOf(bundle),
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
      });
    },

    async find(keys) {
      // DynamoDB refuses a batch that names an item twice, and refs of one bundle do.
      let wanted: BatchGetCommandOutput['UnprocessedKeys'] = {
        [table]: { Keys: distinct(keys), ConsistentRead: true },
      };
      const found: StoredBundle[] = [];
      let idleReads = 0;
      while (wanted?.[table]?.Keys?.length) {
        const request: BatchGetCommand = new BatchGetCommand({ RequestItems: wanted });
        const answer = await translating('read bundles', {}, () => documents.send(request));
        const items = answer.Responses?.[table] ?? [];
        found.push(...items.map(bundleOf).filter((bundle) => bundle !== undefined));
        wanted = answer.UnprocessedKeys;
        // 16 MB an answer is a reason to ask on at once; an answer with nothing in it is throttling.
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
 * Whether the item in our way is what this very insert wrote: the SDK sends a put again when its answer got lost.
 * KMS never gives the same blob twice, so the same blob is the same write.
 */
function isOwnWrite(bundle: StoredBundle, item: Readonly<Record<string, unknown>> | undefined): boolean {
  // Exceptions are not unmarshalled by the document client: here an attribute is still `{ B: bytes }`.
  const wrapped = item?.wrapped;
  if (typeof wrapped !== 'object' || wrapped === null || !('B' in wrapped)) return false;
  return wrapped.B instanceof Uint8Array && bundle.wrapped.equals(wrapped.B);
}

function isItemTooLarge(error: unknown): boolean {
  // One name for every malformed request, so the text has to tell.
  return error instanceof Error && error.name === 'ValidationException' && /item size/i.test(error.message);
}

function distinct(keys: readonly BundleKey[]): { pk: string; sk: string }[] {
  return [...new Map(keys.map((key) => [`${key.app}#${key.tag}#${key.id}`, primaryKeyOf(key)])).values()];
}
