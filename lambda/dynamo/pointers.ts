// Pointers in DynamoDB: from a subject to its bundles, so that an erasure finds them without looking in every shard.

import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { BlobAddress } from '../../vault/domain/blob-object.ts';
import type { KeyPool } from '../../vault/domain/kek-life/holder.ts';
import type { BundleHeader, BundleKey } from '../../vault/ports/bundle-store.ts';
import { TTL_ATTRIBUTE } from '../config.ts';
import { blobOf, expiryDigits, isSecond, keyInSortKey, poolAttribute, primaryKey, readPool } from './bundle-item.ts';
import { queryPages } from './calls.ts';

/** How long a pointer outlives its bundle, in seconds: until every writer of the bundle has ended, whatever its clock. */
const POINTER_STAYS_S = 3600;

/** A bundle that a pointer names. It may be gone, or not written yet. */
export interface PointedBundle {
  readonly key: BundleKey;
  readonly pool: KeyPool;
  readonly slot: number;
  readonly blob: BlobAddress | undefined;
}

/** Which pointers of a subject are read. */
export interface PointersOf {
  readonly app: string;
  readonly subjectTag: string;
  /** Pointers to bundles that expired an hour before this second are left to DynamoDB's TTL. */
  readonly nowS: number;
  /** @default all, whenever they were created */
  readonly createdBeforeS?: number;
}

/** The item that points from a subject to one of its bundles. Only DynamoDB's TTL deletes it. */
export function pointerItem(subjectTag: string, bundle: BundleHeader): Record<string, unknown> {
  return {
    pk: pointerPartition(bundle.app, subjectTag),
    sk: primaryKey(bundle).sk,
    ...poolAttribute(bundle.pool),
    slot: bundle.slot,
    createdAt: bundle.createdAtS,
    ...(bundle.blobDays !== undefined && { blobDays: bundle.blobDays }),
    [TTL_ATTRIBUTE]: bundle.expiresAtS + POINTER_STAYS_S,
  };
}

/** The bundles that a subject's pointers name, page by page. Strongly consistent. Needs `Query` of six attributes. */
export async function* pointedBundles(
  documents: DynamoDBDocumentClient,
  table: string,
  { app, subjectTag, nowS, createdBeforeS = Number.MAX_SAFE_INTEGER }: PointersOf,
): AsyncGenerator<PointedBundle[]> {
  const pages = queryPages(documents, 'find the bundles of a subject', {
    TableName: table,
    KeyConditionExpression: 'pk = :pk AND sk > :from',
    FilterExpression: 'createdAt < :before',
    ExpressionAttributeValues: {
      ':pk': pointerPartition(app, subjectTag),
      ':from': expiryDigits(Math.max(0, nowS - POINTER_STAYS_S)),
      ':before': createdBeforeS,
    },
    Select: 'SPECIFIC_ATTRIBUTES',
    ProjectionExpression: 'sk, #pool, slot, blobDays',
  });
  for await (const page of pages) {
    yield page.flatMap(({ sk, slot, blobDays, ...row }) => {
      const key = keyInSortKey(sk);
      const pool = readPool(row.pool);
      return key?.app === app && pool !== undefined && isSecond(slot)
        ? [{ key, pool, slot, blob: blobOf(key, blobDays) }]
        : [];
    });
  }
}

function pointerPartition(app: string, subjectTag: string): string {
  return `s#${app}#${subjectTag}`;
}
