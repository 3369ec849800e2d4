// A vault on the real AWS adapters and SDK clients, with a fake of AWS behind them and a ring as a deployment leaves it.

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { dynamoApiTokens, tokenRow } from '../../lambda/dynamo/api-tokens.ts';
import { dynamoAppSecretKeeper, dynamoAppSecrets } from '../../lambda/dynamo/app-secrets.ts';
import { dynamoAuditLog } from '../../lambda/dynamo/audit-log.ts';
import { dynamoBundleEraser } from '../../lambda/dynamo/bundle-eraser.ts';
import { dynamoBundleReaper } from '../../lambda/dynamo/bundle-reaper.ts';
import { dynamoBundleStore } from '../../lambda/dynamo/bundle-store.ts';
import { dynamoDocuments } from '../../lambda/dynamo/documents.ts';
import { dynamoKeyRing } from '../../lambda/dynamo/key-ring.ts';
import { dynamoTallyLedger } from '../../lambda/dynamo/ledger.ts';
import { slotKey } from '../../lambda/dynamo/ring-key.ts';
import { dateAttributes } from '../../lambda/dynamo/ring-row.ts';
import { dynamoTokenUses } from '../../lambda/dynamo/token-uses.ts';
import { kmsAppKek } from '../../lambda/kms/app-kek.ts';
import { kmsClient } from '../../lambda/kms/kms-client.ts';
import { createTable } from '../../test/support/aws/create-tables.ts';
import { type FakeAws, fakeAws } from '../../test/support/aws/fake-aws.ts';
import { hashApiToken } from '../../vault/domain/api-token.ts';
import { DEFAULT_LIFE } from '../../vault/domain/kek-life/life.ts';
import { slotDates } from '../../vault/domain/kek-life/slot.ts';
import { currentHolder } from '../../vault/domain/kek-life/upkeep.ts';
import { memoryBlobStore } from '../../vault/memory/blob-store.ts';
import type { Metric } from '../../vault/ports/telemetry.ts';
import { withAppHalves } from '../../vault/usecases/app-halves.ts';
import { sweep } from '../../vault/usecases/sweep.ts';
import { appRow, GENERATION, liveSettings } from './app-record.ts';
import { metered } from './metered.ts';
import { type BenchVault, benchVault, SILENT } from './vault.ts';

const NOW_S = 1_800_000_000;
const AUDIT_RETENTION_DAYS = 365;
/** Apps share so many keys: the fake need not hold one for each of 10,000 apps. */
const KEY_COUNT = 100;

export interface VaultOnAws {
  readonly aws: FakeAws;
  /** CPU time that the fake has taken, in nanoseconds. */
  answeringNs(): number;
  /** The functions once they have served requests. */
  readonly vault: BenchVault;
  /** New function instances with empty caches, as after a deployment. */
  coldVault(): BenchVault;
  /** Lets time pass, in seconds. */
  advance(seconds: number): void;
  /** Now, in seconds; it stands still until time is advanced. */
  nowS(): number;
  /** What the sweep function does once a minute. */
  sweep(onLag?: (seconds: number) => void): Promise<void>;
}

/** The name of the app with that number. */
export function appName(number: number): string {
  return `app-${String(number).padStart(5, '0')}`;
}

/**
 * A vault with so many apps, each with settings and one API token, and with a ready slot: the app's, or one of its pool.
 *
 * @param startsAtS seconds since 1970
 * @param pools how many pools the apps share. @default none: each has its own keys
 */
export async function vaultOnAws(apps = 1, startsAtS = NOW_S, pools = 0): Promise<VaultOnAws> {
  const aws = fakeAws();
  const { clients, answeringNs } = metered(aws.clients);
  const dynamo = new DynamoDBClient(clients);
  for (const table of ['vault', 'ring', 'secrets', 'ledger', 'audit']) await createTable(dynamo, table);
  for (let number = 0; number < KEY_COUNT; number += 1) aws.addKey(keyArnOf(number));
  const documents = dynamoDocuments(clients);
  for (let number = 0; number < apps; number += 1) {
    const puts = rowsOf(appName(number), number, startsAtS, pools).map((Item) => ({ PutRequest: { Item } }));
    await documents.send(new BatchWriteCommand({ RequestItems: { ring: puts } }));
    if (pools > 0) await dynamoAppSecretKeeper(documents, 'secrets').makeSecret(appName(number));
  }
  aws.take();

  let nowS = startsAtS;
  const clock = () => nowS * 1000;
  const eraser = dynamoBundleEraser(documents, 'vault');
  const ledger = dynamoTallyLedger(documents, 'ledger');
  const ports = {
    clock,
    eraser,
    ledger,
    keyRing: dynamoKeyRing(documents, 'ring'),
    secrets: dynamoAppSecrets(documents, 'secrets'),
    apiTokens: dynamoApiTokens(documents, 'ring'),
    tokenUses: dynamoTokenUses(documents, 'audit', AUDIT_RETENTION_DAYS),
    appKek: withAppHalves(kmsAppKek(kmsClient(clients))),
    bundles: dynamoBundleStore(documents, 'vault'),
    audit: dynamoAuditLog(documents, 'audit', AUDIT_RETENTION_DAYS),
    // What S3 costs is in the prices of cost.ts: no byte of a blob passes a function.
    blobs: memoryBlobStore(clock, async () => 'http://store.invalid'),
  };
  const coldVault = () => benchVault(ports, authorizationOf);
  const reaper = dynamoBundleReaper(documents, 'vault');
  return {
    aws,
    answeringNs,
    coldVault,
    vault: coldVault(),
    advance: (seconds) => {
      nowS += seconds;
    },
    nowS: () => nowS,
    sweep: (onLag) => {
      const count = (metric: Metric, value: number) => {
        if (metric === 'SweeperLagSeconds') onLag?.(value);
      };
      return sweep({ clock, reaper, ledger, blobs: ports.blobs, telemetry: { ...SILENT, count } });
    },
  };
}

/** The `Authorization` header of an app's caller. */
export function authorizationOf(app: string): string {
  return `Bearer ${tokenOf(app)}`;
}

/** A token of the right form that the app's name tells: there is nothing here to protect. */
function tokenOf(app: string): string {
  return `dkt_${app.padEnd(43, '0')}`;
}

/** The key of the app with that number. */
export function keyArnOf(number: number): string {
  const digits = String(number % KEY_COUNT).padStart(12, '0');
  return `arn:aws:kms:eu-central-1:111122223333:key/12345678-1234-4123-8123-${digits}`;
}

function rowsOf(app: string, number: number, nowS: number, pools: number): Record<string, unknown>[] {
  const dates = slotDates(nowS - 3600, nowS + 23 * 3600, DEFAULT_LIFE);
  const grant = { app, integration: 'web', generation: GENERATION, expiresAtS: nowS + 365 * 24 * 3600 };
  const settings = liveSettings(app, pools > 0 ? { pool: number % pools } : undefined);
  return [
    appRow(settings),
    {
      ...slotKey(currentHolder(settings), dates.slot),
      state: 'ready',
      ...dateAttributes(dates),
      keyArn: keyArnOf(number),
      salt: Buffer.alloc(32),
    },
    tokenRow(hashApiToken(tokenOf(app)), grant),
  ];
}
