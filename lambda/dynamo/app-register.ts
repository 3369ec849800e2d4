// Every app, the record of the vault and the settings that are kept, in the ring table.

import { randomUUID } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { readRecord, readVaultRecord } from '../../vault/domain/settings/stored-record.ts';
import type { AppRegister } from '../../vault/ports/app-register.ts';
import { deleteItem, everyItem, getItem, type ItemKey, ifVersionIs, inPartition, putItem, scanPages } from './calls.ts';
import { RECORD_ROW, recordKey } from './ring-key.ts';
import { isAppName } from './ring-row.ts';

const VAULT_KEY = { pk: 'vault#', sk: 'record' };
const ENDING = 'ending#';
/** Compressed bytes of settings in one row. DynamoDB's items have 400 KB at most. */
const PART_BYTES = 300_000;

/** Key of the row of an app that ends. */
export function endingKey(app: string): ItemKey {
  return { pk: ENDING, sk: app };
}

/** An {@link AppRegister} on the ring table. Needs `GetItem`, `Query`, `Scan`, `PutItem` and `DeleteItem`. */
export function dynamoAppRegister(documents: DynamoDBDocumentClient, table: string): AppRegister {
  const partsOf = async (digest: string, attributes: string) =>
    await everyItem(documents, 'read the settings that are kept', {
      ...inPartition(table, documentPartition(digest)),
      ProjectionExpression: attributes,
    });
  return {
    async *records(after) {
      const scan = {
        TableName: table,
        FilterExpression: 'sk = :record',
        ExpressionAttributeValues: { ':record': RECORD_ROW },
      };
      const start = after === undefined ? undefined : recordKey(after);
      for await (const page of scanPages(documents, 'read every app', scan, start)) {
        const apps = page.filter(({ pk }) => isAppName(String(pk)));
        if (apps.length > 0) yield apps.map((row) => readRecord(String(row.pk), row));
      }
    },

    async ending() {
      const rows = await everyItem(documents, 'read the apps that end', inPartition(table, ENDING));
      return rows.map(({ sk }) => String(sk));
    },

    async readVault() {
      const row = await getItem(documents, 'read the record of the vault', { TableName: table, Key: VAULT_KEY });
      return readVaultRecord(row ?? {});
    },

    async storeVault(record, { version }) {
      const stored = { ...record, version: version + 1 };
      const writer = randomUUID();
      await putItem(documents, 'store the record of the vault', {
        TableName: table,
        Item: { ...VAULT_KEY, ...stored, writer },
        ...ifVersionIs(version, writer),
      });
      return stored;
    },

    async findDocument(digest) {
      const parts = await partsOf(digest, 'sk, part, parts');
      if (parts.length === 0 || parts.length !== parts[0]?.parts) return undefined;
      return gunzipSync(Buffer.concat(parts.map(({ part }) => part as Uint8Array))).toString('utf8');
    },

    async keepDocument(digest, text) {
      const bytes = gzipSync(text);
      const parts = Math.ceil(bytes.length / PART_BYTES);
      for (let number = 0; number < parts; number += 1) {
        const part = bytes.subarray(number * PART_BYTES, (number + 1) * PART_BYTES);
        const Item = { ...documentKey(digest, number), part, parts };
        await putItem(documents, 'keep settings', { TableName: table, Item });
      }
    },

    async dropDocument(digest) {
      for (const { sk } of await partsOf(digest, 'sk')) {
        const Key = { pk: documentPartition(digest), sk };
        await deleteItem(documents, 'drop settings', { TableName: table, Key });
      }
    },
  };
}

function documentPartition(digest: string): string {
  return `document#${digest}`;
}

function documentKey(digest: string, number: number): ItemKey {
  return { pk: documentPartition(digest), sk: `part#${String(number).padStart(4, '0')}` };
}
