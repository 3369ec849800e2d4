// Looks through the whole ring table, page by page: for what must not miss anything and may take its time.

import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { isDaykeyError } from '../../vault/domain/errors.ts';
import { upkeepChanges } from '../../vault/domain/kek-life/upkeep.ts';
import { readTrust } from '../../vault/domain/settings/stored-record.ts';
import type { KeyRingWriter, RingRow } from '../../vault/ports/key-ring.ts';
import { type Item, scanPages } from './calls.ts';
import { PLAN_ROW, readDueAtS, readUpkeep } from './plan-row.ts';
import { RECORD_ROW } from './ring-key.ts';
import { holderOfPartition, isAppName, readSlot } from './ring-row.ts';

/** {@link KeyRingWriter.rows} on the ring table, a megabyte at a time. Needs `Scan`. */
export function dynamoRingRows(documents: DynamoDBDocumentClient, table: string): KeyRingWriter['rows'] {
  return async function* rows() {
    for await (const page of scanPages(documents, 'read the key ring', { TableName: table }))
      yield page.flatMap(readRow);
  };
}

function readRow(row: Item): RingRow[] {
  const holder = holderOfPartition(row.pk);
  if (holder && row.sk === PLAN_ROW)
    return [{ kind: 'plan', holder, upkeep: readUpkeep(row), dueAtS: readDueAtS(holder, row) }];
  if (holder) {
    const slot = readSlot(row);
    if (slot === undefined) return [];
    const { keyArn, state } = slot;
    return [{ kind: 'slot', holder, slot: slot.slot, state, ...(keyArn !== undefined && { keyArn }) }];
  }
  return row.sk === RECORD_ROW && isAppName(String(row.pk)) ? readApp(String(row.pk), row) : [];
}

function readApp(app: string, row: Item): RingRow[] {
  try {
    const settings = readTrust(app, row)?.settings;
    return settings ? upkeepChanges(settings, undefined).map((change) => ({ kind: 'app', app, ...change })) : [];
  } catch (error) {
    if (!isDaykeyError(error, 'settings-unreadable')) throw error;
    return [{ kind: 'unreadable-app', app, paths: error.paths }];
  }
}
