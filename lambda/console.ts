// Entry point of the Console's function: the page, sign-in and the page's requests.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { invokedVault } from '../vault/operations/console/invoked-vault.ts';
import { withRememberedSight } from '../vault/usecases/console/remembered-sight.ts';
import { lambdaFunctions } from './aws/invoke.ts';
import { lambdaTelemetry } from './aws/telemetry.ts';
import { consoleAddress, consoleIssuer, endpointOf, FUNCTION_TIMEOUT_SECONDS, readConfig } from './config.ts';
import { dynamoApprovals } from './dynamo/approvals.ts';
import { dynamoConsoleSessions } from './dynamo/console-sessions.ts';
import { dynamoDocuments } from './dynamo/documents.ts';
import { dynamoEntryLogReader } from './dynamo/entry-log-reader.ts';
import { dynamoReceiptTrail } from './dynamo/ledger.ts';
import { dynamoRevealReviews } from './dynamo/reveal-reviews.ts';
import { dynamoRevealTrail } from './dynamo/reveal-trail.ts';
import { serveBrowser } from './gateway/console.ts';
import { kmsClient } from './kms/kms-client.ts';
import { kmsLogKeyHolder } from './kms/log-key.ts';
import { oidcSignIn } from './oidc/sign-in.ts';
import { blobBucket } from './s3/bucket.ts';

const config = readConfig(process.env, [
  'stack',
  'region',
  'dnsSuffix',
  'partition',
  'blobBucket',
  'auditTable',
  'ledgerTable',
  'auditRetentionDays',
  'consoleTable',
  'logKeyArn',
  'consoleApiUrl',
  'consoleIssuer',
  'consoleClientId',
  'consoleClaim',
  'consoleRequiresTicket',
  'revealFunctionArn',
]);
const documents = dynamoDocuments();
const kms = kmsClient();
const { invoke } = lambdaFunctions(kms.config, {
  endpoint: endpointOf('lambda', process.env, config),
  timeoutMs: (FUNCTION_TIMEOUT_SECONDS - 4) * 1000,
});
const pageUrl = consoleAddress(process.env, config);
const pageFile = (name: string) => readFileSync(join(process.env.LAMBDA_TASK_ROOT ?? '.', 'page', name), 'utf8');

export const handler = serveBrowser({
  clock: Date.now,
  telemetry: lambdaTelemetry(config.stack, { withRequest: true }),
  pageUrl,
  page: { html: pageFile('page.html'), script: pageFile('page.js'), style: pageFile('page.css') },
  blobOrigin: new URL(blobBucket(config, process.env).url).origin,
  signIn: oidcSignIn({
    ...consoleIssuer(process.env, config),
    clientId: config.consoleClientId,
    redirectUri: `${pageUrl}/callback`,
  }),
  claim: config.consoleClaim,
  requireTicket: config.consoleRequiresTicket === 'true',
  sessions: dynamoConsoleSessions(documents, config.consoleTable),
  log: dynamoEntryLogReader(documents, config.consoleTable),
  logKey: kmsLogKeyHolder(kms, config.logKeyArn),
  approvals: dynamoApprovals(documents, config.consoleTable),
  reveals: dynamoRevealTrail(documents, config.auditTable),
  receipts: dynamoReceiptTrail(documents, config.ledgerTable),
  reviews: dynamoRevealReviews(documents, config.auditTable, Number(config.auditRetentionDays)),
  vault: withRememberedSight(Date.now, invokedVault(invoke, config.revealFunctionArn)),
});
