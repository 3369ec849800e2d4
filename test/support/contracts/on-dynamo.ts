// Every DynamoDB adapter as its contract wants it, on tables of the fake or of an emulator.

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { dynamoAuditTrail } from '../../../client/cli/audit-trail.ts';
import { dynamoTokenRegister } from '../../../client/cli/token-register.ts';
import { dynamoTokenUseTrail } from '../../../client/cli/token-use-trail.ts';
import { dynamoApiTokens, TOKEN_ROW, tokenPartition, tokenRow } from '../../../lambda/dynamo/api-tokens.ts';
import { dynamoAppRegister } from '../../../lambda/dynamo/app-register.ts';
import { dynamoAppSecretKeeper, dynamoAppSecrets } from '../../../lambda/dynamo/app-secrets.ts';
import { dynamoAppViewers } from '../../../lambda/dynamo/app-viewers.ts';
import { dynamoApprovals, dynamoApprovalTaker } from '../../../lambda/dynamo/approvals.ts';
import { dynamoAuditLog } from '../../../lambda/dynamo/audit-log.ts';
import { dynamoBundleEraser } from '../../../lambda/dynamo/bundle-eraser.ts';
import { dynamoBundleReaper } from '../../../lambda/dynamo/bundle-reaper.ts';
import { dynamoBundleStore } from '../../../lambda/dynamo/bundle-store.ts';
import { dynamoConsoleSessions, dynamoRevealLimit } from '../../../lambda/dynamo/console-sessions.ts';
import { dynamoConsoleReaper, dynamoEntryLog, dynamoEntryLogEraser } from '../../../lambda/dynamo/entry-log.ts';
import { dynamoEntryLogReader } from '../../../lambda/dynamo/entry-log-reader.ts';
import { dynamoKeyRingWriter } from '../../../lambda/dynamo/key-ring-writer.ts';
import { dynamoReceiptLedger, dynamoReceiptTrail, dynamoTallyLedger } from '../../../lambda/dynamo/ledger.ts';
import { dynamoRevealReviews } from '../../../lambda/dynamo/reveal-reviews.ts';
import { dynamoRevealTrail } from '../../../lambda/dynamo/reveal-trail.ts';
import { dynamoTokenUses } from '../../../lambda/dynamo/token-uses.ts';
import { dynamoTrustedRoles } from '../../../lambda/dynamo/trusted-roles.ts';
import { createTable } from '../aws/create-tables.ts';
import { type FakeAws, fakeAws } from '../aws/fake-aws.ts';
import type { IssuedApiTokens } from './api-tokens-contract.ts';
import type { WholeBundleStore } from './bundle-store-contract.ts';

/** A table, and the client that reaches it. */
export interface TestTable {
  readonly documents: DynamoDBDocumentClient;
  readonly table: string;
}

/** Where new tables come from. */
export interface Tables {
  add(): Promise<TestTable>;
}

const RETENTION_DAYS = 365;

/** Tables of the fake, each in its own account. */
export function fakeTables(): Tables & { readonly accounts: FakeAws[] } {
  const accounts: FakeAws[] = [];
  return {
    accounts,
    async add() {
      const aws = fakeAws();
      accounts.push(aws);
      const dynamo = new DynamoDBClient(aws.clients);
      await createTable(dynamo, 'table');
      return { documents: DynamoDBDocumentClient.from(dynamo), table: 'table' };
    },
  };
}

export async function appSecretsOn(tables: Tables) {
  const { documents, table } = await tables.add();
  return { ...dynamoAppSecrets(documents, table), ...dynamoAppSecretKeeper(documents, table) };
}

export async function bundleStoreOn(tables: Tables): Promise<WholeBundleStore> {
  const { documents, table } = await tables.add();
  return {
    ...dynamoBundleStore(documents, table),
    ...dynamoBundleReaper(documents, table),
    ...dynamoBundleEraser(documents, table),
  };
}

export async function keyRingOn(tables: Tables) {
  const { documents, table } = await tables.add();
  return dynamoKeyRingWriter(documents, table, dynamoAppSecretKeeper(documents, table));
}

export async function appRegisterOn(tables: Tables) {
  const { documents, table } = await tables.add();
  return {
    ring: dynamoKeyRingWriter(documents, table, dynamoAppSecretKeeper(documents, table)),
    register: dynamoAppRegister(documents, table),
  };
}

export async function appViewersOn(tables: Tables) {
  const { documents, table } = await tables.add();
  return {
    ring: dynamoKeyRingWriter(documents, table, dynamoAppSecretKeeper(documents, table)),
    viewers: dynamoAppViewers(documents, table),
  };
}

export async function trustedRolesOn(tables: Tables) {
  const { documents, table } = await tables.add();
  return {
    ring: dynamoKeyRingWriter(documents, table, dynamoAppSecretKeeper(documents, table)),
    roles: dynamoTrustedRoles(documents, table),
  };
}

export async function apiTokensOn(tables: Tables): Promise<IssuedApiTokens> {
  const { documents, table } = await tables.add();
  return {
    tokens: dynamoApiTokens(documents, table),
    issue: async (hash, grant) => {
      await documents.send(new PutCommand({ TableName: table, Item: tokenRow(hash, grant) }));
    },
    revoke: async (hash) => {
      await documents.send(new DeleteCommand({ TableName: table, Key: { pk: tokenPartition(hash), sk: TOKEN_ROW } }));
    },
  };
}

export async function tokenRegisterOn(tables: Tables) {
  const { documents, table } = await tables.add();
  return { register: dynamoTokenRegister(documents, table), tokens: dynamoApiTokens(documents, table) };
}

export async function tokenUsesOn(tables: Tables) {
  const { documents, table } = await tables.add();
  return { ...dynamoTokenUses(documents, table, RETENTION_DAYS), ...dynamoTokenUseTrail(documents, table) };
}

export async function ledgerOn(tables: Tables) {
  const { documents, table } = await tables.add();
  return {
    ...dynamoTallyLedger(documents, table),
    ...dynamoReceiptLedger(documents, table),
    ...dynamoReceiptTrail(documents, table),
  };
}

export async function auditLogOn(tables: Tables) {
  const { documents, table } = await tables.add();
  return {
    ...dynamoAuditLog(documents, table, RETENTION_DAYS),
    ...dynamoAuditTrail(documents, table),
    ...dynamoRevealTrail(documents, table),
  };
}

export async function entryLogOn(tables: Tables) {
  const { documents, table } = await tables.add();
  return {
    ...dynamoEntryLog(documents, table),
    ...dynamoEntryLogReader(documents, table),
    ...dynamoEntryLogEraser(documents, table),
    ...dynamoConsoleReaper(documents, table),
  };
}

export async function consoleSessionsOn(tables: Tables) {
  const { documents, table } = await tables.add();
  return {
    ...dynamoConsoleSessions(documents, table),
    ...dynamoRevealLimit(documents, table),
    ...dynamoConsoleReaper(documents, table),
  };
}

export async function approvalsOn(tables: Tables) {
  const { documents, table } = await tables.add();
  return {
    ...dynamoApprovals(documents, table),
    ...dynamoApprovalTaker(documents, table),
    ...dynamoConsoleReaper(documents, table),
  };
}

export async function revealReviewsOn(tables: Tables) {
  const { documents, table } = await tables.add();
  return dynamoRevealReviews(documents, table, RETENTION_DAYS);
}
