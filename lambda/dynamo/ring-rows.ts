// Looks through the whole ring table, page by page: for what must not miss anything and may take its time.

import { type DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { isDaykeyError } from '../../vault/domain/errors.ts';
import { upkeepChanges } from '../../vault/domain/kek-life/upkeep.ts';
import type { KeyRingWriter, RingRow } from '../../vault/ports/key-ring.ts';
import { translating } from '../aws/errors.ts';
import { PLAN_ROW, readDueAtS, readUpkeep } from './plan-row.ts';
import { RECORD_ROW, readTrust } from './record-row.ts';
import { holderOfPartition, isAppName, readSlot } from './ring-row.ts';

type Row = Readonly<Record<string, unknown>>;

/** {@link KeyRingWriter.rows} on the ring table, a megabyte at a time. Needs `Scan`. */
export function dynamoRingRows(documents: DynamoDBDocumentClient, table: string): KeyRingWriter['rows'] {
  return async function* rows() {
    const pages = paginateScan({ client: documents }, { TableName: table, ConsistentRead: true });
    const iterator = pages[Symbol.asyncIterator]();
    for (;;) {
      const { value, done } = await translating('read the key ring', {}, () => iterator.next());
      if (done) return;
      yield (value.Items ?? []).flatMap(readRow);
    }
  };
}

function readRow(row: Row): RingRow[] {
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

function readApp(app: string, row: Row): RingRow[] {
  try {
    const settings = readTrust(row)?.settings;
    return settings ? upkeepChanges(settings, undefined).map((change) => ({ kind: 'app', app, ...change })) : [];
  } catch (error) {
    if (!isDaykeyError(error, 'settings-unreadable')) throw error;
    return [{ kind: 'unreadable-app', app, paths: error.paths }];
  }
}
