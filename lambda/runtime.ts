// What functions are made of: the parts of the request path, and the parts of functions that make and destroy keys.

import type { KMSClient } from '@aws-sdk/client-kms';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { audienceOf } from '../vault/domain/aws-identity.ts';
import type { EntryLogging } from '../vault/usecases/console/log-entry.ts';
import { eitherIdentity } from '../vault/usecases/identity/either-identity.ts';
import { apiTokenIdentity } from '../vault/usecases/identity/verify-api-token.ts';
import { awsIdentity } from '../vault/usecases/identity/verify-aws-identity.ts';
import { cachedRings } from '../vault/usecases/rings.ts';
import { signedPost } from './aws/signed-post.ts';
import { stsIdentity } from './aws/sts-identity.ts';
import { lambdaTelemetry } from './aws/telemetry.ts';
import { warmUpRequests } from './aws/warm-up.ts';
import { FUNCTION_TIMEOUT_SECONDS, type RequestConfig, readConsoleConfig, type Variable } from './config.ts';
import { dynamoApiTokens } from './dynamo/api-tokens.ts';
import { dynamoAppSecretKeeper, dynamoAppSecrets } from './dynamo/app-secrets.ts';
import { dynamoBundleReaper } from './dynamo/bundle-reaper.ts';
import { dynamoDocuments } from './dynamo/documents.ts';
import { dynamoEntryLog } from './dynamo/entry-log.ts';
import { dynamoKeyRing } from './dynamo/key-ring.ts';
import { dynamoKeyRingWriter } from './dynamo/key-ring-writer.ts';
import { dynamoReceiptLedger } from './dynamo/ledger.ts';
import { dynamoTrustedRoles } from './dynamo/trusted-roles.ts';
import { kmsKeyMaker } from './kms/key-maker.ts';
import { kmsLogKey } from './kms/log-key.ts';
import { kmsReceiptSigner } from './kms/receipt-signer.ts';
import { findTaggedKeys } from './kms/tagged-keys.ts';

/**
 * The parts that encrypt, decrypt, erase and the authorizer share. Made once a cold start.
 *
 * @param config without `secretTable` for the authorizer, which uses no key.
 */
export function requestParts(config: RequestConfig & { readonly secretTable?: string }) {
  const documents = dynamoDocuments();
  warmUpRequests(documents);
  const clock = Date.now;
  const keyRing = dynamoKeyRing(documents, config.ringTable);
  const pooledKeys = config.secretTable && { ...keyRing, ...dynamoAppSecrets(documents, config.secretTable) };
  const trustedRoles = dynamoTrustedRoles(documents, config.ringTable);
  const sts = stsIdentity({ ...config, audience: audienceOf(config), endpoint: config.stsEndpoint });
  return {
    clock,
    documents,
    keyRing,
    telemetry: lambdaTelemetry(config.stack, { withRequest: true }),
    rings: cachedRings(keyRing, clock, pooledKeys || undefined),
    identity: eitherIdentity(
      apiTokenIdentity(dynamoApiTokens(documents, config.ringTable), clock),
      awsIdentity({ sts, trustedRoles, clock }),
    ),
  };
}

/** Where encrypt and decrypt log entries, as the environment says; `undefined` in a vault without a Console. */
export function entryLogging(
  environment: NodeJS.ProcessEnv,
  documents: DynamoDBDocumentClient,
  kms: KMSClient,
): EntryLogging | undefined {
  const config = readConsoleConfig(environment);
  return config && { log: dynamoEntryLog(documents, config.consoleTable), key: kmsLogKey(kms, config.logKeyArn) };
}

/** The variables of {@link keyParts}. */
export const KEY_VARIABLES = [
  'stack',
  'vaultTable',
  'ringTable',
  'secretTable',
  'ledgerTable',
  'receiptKeyArn',
  'partition',
  'accountId',
  'region',
  'dnsSuffix',
  'encryptRoleArn',
  'decryptRoleArn',
  'rotateRoleArn',
  'retireRoleArn',
  'lockKeyPolicy',
  'deletionWindowDays',
  'keyTags',
] as const satisfies readonly Variable[];

/** The environment of a function that makes or destroys keys. */
type KeyConfig = Record<(typeof KEY_VARIABLES)[number], string>;

export interface KeyPartsOptions {
  /** Base URL of the Resource Groups Tagging API. */
  readonly taggingEndpoint: string;
  /** Whether KMS judges encryption contexts. @default it does */
  readonly judgesContexts?: (() => Promise<boolean>) | undefined;
}

/** The parts that rotation and an app's set-up share: they make keys, destroy them, and write receipts. */
export function keyParts(config: KeyConfig, kms: KMSClient, { taggingEndpoint, judgesContexts }: KeyPartsOptions) {
  const documents = dynamoDocuments();
  const tagging = signedPost(kms.config, {
    name: 'tagging',
    endpoint: taggingEndpoint,
    timeoutMs: FUNCTION_TIMEOUT_SECONDS * 1000,
  });
  const secrets = dynamoAppSecretKeeper(documents, config.secretTable);
  return {
    clock: Date.now,
    documents,
    stack: config.stack,
    keyRing: dynamoKeyRingWriter(documents, config.ringTable, secrets),
    secrets,
    keyMaker: kmsKeyMaker(kms, keyMakerOptions(config), { findTaggedKeys: findTaggedKeys(tagging), judgesContexts }),
    ledger: dynamoReceiptLedger(documents, config.ledgerTable),
    signer: kmsReceiptSigner(kms, config.receiptKeyArn),
    reaper: dynamoBundleReaper(documents, config.vaultTable),
    telemetry: lambdaTelemetry(config.stack),
  };
}

/** How every key is made: what goes into its policy and its tags, and how it ends. */
export function keyMakerOptions({ stack, partition, accountId, ...config }: KeyConfig) {
  return {
    stack,
    partition,
    accountId,
    roleArns: {
      encrypt: config.encryptRoleArn,
      decrypt: config.decryptRoleArn,
      rotate: config.rotateRoleArn,
      retire: config.retireRoleArn,
    },
    lock: config.lockKeyPolicy === 'true',
    deletionWindowDays: Number(config.deletionWindowDays),
    keyTags: JSON.parse(config.keyTags) as Record<string, string>,
  };
}
