// Every DynamoDB adapter keeps its contract on an emulator that other people wrote.

import { apiTokensContract } from '../../support/contracts/api-tokens-contract.ts';
import { auditLogContract } from '../../support/contracts/audit-log-contract.ts';
import { bundleEraserContract } from '../../support/contracts/bundle-eraser-contract.ts';
import { bundleReaperContract } from '../../support/contracts/bundle-reaper-contract.ts';
import { bundleStoreContract } from '../../support/contracts/bundle-store-contract.ts';
import { keyRingContract } from '../../support/contracts/key-ring-contract.ts';
import { ledgerContract } from '../../support/contracts/ledger-contract.ts';
import {
  apiTokensOn,
  auditLogOn,
  bundleStoreOn,
  keyRingOn,
  ledgerOn,
  tokenRegisterOn,
  tokenUsesOn,
  trustedRolesOn,
} from '../../support/contracts/on-dynamo.ts';
import { tokenRegisterContract } from '../../support/contracts/token-register-contract.ts';
import { tokenUsesContract } from '../../support/contracts/token-uses-contract.ts';
import { trustedRolesContract } from '../../support/contracts/trusted-roles-contract.ts';
import { emulatedTables } from './emulated.ts';

bundleStoreContract('DynamoDB', () => bundleStoreOn(emulatedTables));
bundleReaperContract('DynamoDB', () => bundleStoreOn(emulatedTables));
bundleEraserContract('DynamoDB', () => bundleStoreOn(emulatedTables));
keyRingContract('DynamoDB', () => keyRingOn(emulatedTables));
trustedRolesContract('DynamoDB', () => trustedRolesOn(emulatedTables));
apiTokensContract('DynamoDB', () => apiTokensOn(emulatedTables));
tokenRegisterContract('DynamoDB', () => tokenRegisterOn(emulatedTables));
tokenUsesContract('DynamoDB', () => tokenUsesOn(emulatedTables));
ledgerContract('DynamoDB', () => ledgerOn(emulatedTables));
auditLogContract('DynamoDB', () => auditLogOn(emulatedTables));
