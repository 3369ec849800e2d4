// The contracts of all DynamoDB adapters, wherever the tables are.

import { apiTokensContract } from './api-tokens-contract.ts';
import { appRegisterContract } from './app-register-contract.ts';
import { appSecretsContract } from './app-secrets-contract.ts';
import { appViewersContract } from './app-viewers-contract.ts';
import { approvalsContract } from './approvals-contract.ts';
import { auditLogContract } from './audit-log-contract.ts';
import { bundleEraserContract } from './bundle-eraser-contract.ts';
import { bundleReaperContract } from './bundle-reaper-contract.ts';
import { bundleStoreContract } from './bundle-store-contract.ts';
import { consoleSessionsContract } from './console-sessions-contract.ts';
import { entryLogContract } from './entry-log-contract.ts';
import { keyRingContract } from './key-ring-contract.ts';
import { ledgerContract } from './ledger-contract.ts';
import {
  apiTokensOn,
  appRegisterOn,
  approvalsOn,
  appSecretsOn,
  appViewersOn,
  auditLogOn,
  bundleStoreOn,
  consoleSessionsOn,
  entryLogOn,
  keyRingOn,
  ledgerOn,
  revealReviewsOn,
  type Tables,
  tokenRegisterOn,
  tokenUsesOn,
  trustedRolesOn,
} from './on-dynamo.ts';
import { revealReviewsContract } from './reveal-reviews-contract.ts';
import { tokenRegisterContract } from './token-register-contract.ts';
import { tokenUsesContract } from './token-uses-contract.ts';
import { trustedRolesContract } from './trusted-roles-contract.ts';

/** Registers the contract of every adapter, on new tables. */
export function dynamoContracts(tables: Tables): void {
  bundleStoreContract('DynamoDB', () => bundleStoreOn(tables));
  bundleReaperContract('DynamoDB', () => bundleStoreOn(tables));
  bundleEraserContract('DynamoDB', () => bundleStoreOn(tables));
  appSecretsContract('DynamoDB', () => appSecretsOn(tables));
  keyRingContract('DynamoDB', () => keyRingOn(tables));
  appRegisterContract('DynamoDB', () => appRegisterOn(tables));
  appViewersContract('DynamoDB', () => appViewersOn(tables));
  trustedRolesContract('DynamoDB', () => trustedRolesOn(tables));
  apiTokensContract('DynamoDB', () => apiTokensOn(tables));
  tokenRegisterContract('DynamoDB', () => tokenRegisterOn(tables));
  tokenUsesContract('DynamoDB', () => tokenUsesOn(tables));
  ledgerContract('DynamoDB', () => ledgerOn(tables));
  auditLogContract('DynamoDB', () => auditLogOn(tables));
  entryLogContract('DynamoDB', () => entryLogOn(tables));
  consoleSessionsContract('DynamoDB', () => consoleSessionsOn(tables));
  approvalsContract('DynamoDB', () => approvalsOn(tables));
  revealReviewsContract('DynamoDB', () => revealReviewsOn(tables));
}
