// From a CloudFormation stack, or the file of a local vault, to what an operator works with.

import { createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { CloudFormationClient, DescribeStacksCommand, type Stack } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetPublicKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { outputName } from '../../lambda/config.ts';
import { dynamoKeyRing } from '../../lambda/dynamo/key-ring.ts';
import { dynamoReceiptLedger } from '../../lambda/dynamo/ledger.ts';
import { dynamoReviewTrail } from '../../lambda/dynamo/reveal-reviews.ts';
import type { AppsAnswer } from '../../vault/usecases/apps/cli-apps.ts';
import { dynamoAuditTrail } from './audit-trail.ts';
import { CommandError } from './command-error.ts';
import type { OperatorVault, VaultOptions } from './surroundings.ts';
import { dynamoTokenRegister } from './token-register.ts';
import { dynamoTokenUseTrail } from './token-use-trail.ts';

/** The AWS clients that reach a vault. */
export interface AwsClients {
  readonly cloudFormation: Pick<CloudFormationClient, 'send' | 'config'>;
  readonly documents: DynamoDBDocumentClient;
  readonly kms: Pick<KMSClient, 'send'>;
  readonly lambda: Pick<LambdaClient, 'send'>;
}

/** What differs from the environment's own settings of the AWS SDK. */
export interface AwsSettings {
  readonly endpoint?: string;
  readonly region?: string;
  readonly credentials?:
    | { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string }
    | undefined;
}

// An address that does not answer would otherwise hold a command for minutes.
const TIMEOUTS = { connectionTimeout: 3000, requestTimeout: 30_000, throwOnRequestTimeout: true };

/** Longer than the function that sets apps up may run. */
const FUNCTION_TIMEOUT_MS = 620_000;

/** What a command reads of `.local/vault.json`. */
const VaultFile = z.object({
  stack: z.string(),
  endpoint: z.url(),
  region: z.string(),
  credentials: z.optional(z.object({ accessKeyId: z.string(), secretAccessKey: z.string() })),
});

/** Clients with the environment's settings, except where others are given. */
export function awsClients({ credentials, ...settings }: AwsSettings = {}): AwsClients {
  const config = { ...settings, ...(credentials && { credentials: { ...credentials } }), requestHandler: TIMEOUTS };
  return {
    cloudFormation: new CloudFormationClient(config),
    documents: DynamoDBDocumentClient.from(new DynamoDBClient(config)),
    kms: new KMSClient(config),
    lambda: new LambdaClient({ ...config, requestHandler: { ...TIMEOUTS, requestTimeout: FUNCTION_TIMEOUT_MS } }),
  };
}

/** Opens the vault that the options name. @throws CommandError when it is not there; what the AWS SDK throws. */
export async function openVault(
  { stack, vault: file }: VaultOptions,
  clientsFor: (settings?: AwsSettings) => AwsClients = awsClients,
): Promise<OperatorVault> {
  if (file === undefined) return openStack(clientsFor(), stack);
  const { stack: localStack, ...settings } = readVaultFile(file);
  return openStack(clientsFor(settings), localStack);
}

/** Opens a vault by its name. The outputs of its stack name its tables and keys. */
export async function openStack(clients: AwsClients, stack: string): Promise<OperatorVault> {
  const { documents, kms, lambda } = clients;
  const output = await outputsOf(clients, stack);
  const ringTable = output('RingTable');
  const auditTable = output('AuditTable');
  const receiptKeyArn = output('ReceiptKeyArn');
  const configureAppArn = output('ConfigureAppArn');
  return {
    stack,
    keyRing: dynamoKeyRing(documents, ringTable),
    tokens: dynamoTokenRegister(documents, ringTable),
    tokenUses: dynamoTokenUseTrail(documents, auditTable),
    auditTrail: dynamoAuditTrail(documents, auditTable),
    reviews: dynamoReviewTrail(documents, auditTable),
    ledger: dynamoReceiptLedger(documents, output('LedgerTable')),
    async askForApps(request) {
      const invoke = new InvokeCommand({ FunctionName: configureAppArn, Payload: JSON.stringify(request) });
      const { FunctionError, Payload = [] } = await lambda.send(invoke);
      const answer = JSON.parse(Buffer.from(Payload).toString('utf8')) as AppsAnswer;
      if (FunctionError === undefined) return answer;
      throw new CommandError(`the function that sets apps up failed: see its log, of ${configureAppArn}`);
    },
    async receiptKey() {
      const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId: receiptKeyArn }));
      return createPublicKey({ key: Buffer.from(PublicKey ?? []), format: 'der', type: 'spki' });
    },
  };
}

async function outputsOf({ cloudFormation }: AwsClients, vault: string): Promise<(name: string) => string> {
  const [stack = ''] = vault.split('/');
  const found = await findStack(cloudFormation, stack);
  if (found === undefined) {
    throw new CommandError(
      `there is no stack ${stack} in ${await cloudFormation.config.region()}: check AWS_REGION and AWS_PROFILE, or name the vault's stack with --stack`,
    );
  }
  return (name) => {
    const value = found.Outputs?.find(({ OutputKey }) => OutputKey === outputName(vault, name))?.OutputValue;
    if (value !== undefined) return value;
    throw new CommandError(
      `stack ${stack} (${found.StackStatus}) has no output ${outputName(vault, name)}, so it is no Daykey vault or not deployed: name another with --stack, or deploy it`,
    );
  };
}

async function findStack(cloudFormation: AwsClients['cloudFormation'], StackName: string): Promise<Stack | undefined> {
  try {
    const { Stacks: [found] = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
    return found;
  } catch (error) {
    // CloudFormation has no exception for it: "Stack with id … does not exist".
    if (error instanceof Error && error.name === 'ValidationError' && error.message.includes('does not exist')) {
      return undefined;
    }
    throw error;
  }
}

/** @throws CommandError for a file that is not there or that `npm start` did not write. */
function readVaultFile(file: string): z.infer<typeof VaultFile> {
  try {
    return VaultFile.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    throw new CommandError(
      isMissing
        ? `there is no ${file}: \`npm start\` writes it once its vault is ready, so run that in another terminal`
        : `${file} is not what \`npm start\` writes: name its vault.json with --vault`,
      { cause },
    );
  }
}
