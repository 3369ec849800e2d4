// Writes the rows by which an app is found, beside its record: by the roles that it trusts, by its viewers, and while it ends.

import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { type AppRecord, withAddedRoles } from '../../vault/domain/app-record.ts';
import { isEnding } from '../../vault/domain/app-state.ts';
import { endingKey } from './app-register.ts';
import { viewerPartition } from './app-viewers.ts';
import { conditionHeld, deleteItem, type ItemKey, putItem } from './calls.ts';
import { rolePartition, roleSortKey } from './trusted-roles.ts';

/** A row that follows from a record. Its key names the app, so no row of another app takes its place. */
export interface LookupRow extends ItemKey {
  readonly [attribute: string]: string;
}

/**
 * Writes the lookup rows of records. Each row carries the version of the record that it was written for, so that a writer who
 * comes late changes no newer row. Needs `PutItem` and `DeleteItem`.
 */
export function dynamoLookupRows(documents: DynamoDBDocumentClient, table: string) {
  const unlessNewer = (version: number) => ({
    TableName: table,
    ConditionExpression: 'attribute_not_exists(pk) OR version <= :version',
    ExpressionAttributeValues: { ':version': version },
  });
  return {
    /** Puts the rows of a record that is about to be stored. */
    async put(rows: readonly LookupRow[], version: number): Promise<void> {
      const put = (row: LookupRow) =>
        putItem(documents, 'store a row of an app', { ...unlessNewer(version), Item: { ...row, version } });
      await Promise.all(rows.map((row) => conditionHeld(put(row))));
    },
    /** Removes the rows that a record no longer has, once it is stored. */
    async remove(rows: readonly LookupRow[], version: number): Promise<void> {
      const remove = ({ pk, sk }: LookupRow) =>
        deleteItem(documents, 'remove a row of an app', { ...unlessNewer(version), Key: { pk, sk } });
      await Promise.all(rows.map((row) => conditionHeld(remove(row))));
    },
  };
}

/** The lookup rows of a record. Only a live app trusts roles and has viewers. */
export function lookupRows(record: AppRecord): LookupRow[] {
  const { app, settings, generations, addedRoles } = record;
  if (settings === undefined) return [];
  if (settings.state !== 'live') return isEnding(record) ? [endingKey(app)] : [];
  const trusted = Object.entries(withAddedRoles(settings, addedRoles).integrations).flatMap(
    ([integration, { roles }]) =>
      roles.map((role) => ({
        pk: rolePartition(role),
        sk: roleSortKey(app, integration),
        app,
        integration,
        generation: generations[integration] ?? '',
      })),
  );
  const viewers = new Set(settings.console?.viewers ?? []);
  return [...trusted, ...Array.from(viewers, (viewer) => ({ pk: viewerPartition(viewer), sk: app }))];
}
