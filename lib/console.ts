// The Console's function and routes, and a user pool where no other issuer is set.

import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { LambdaIntegration, type RestApi } from 'aws-cdk-lib/aws-apigateway';
import {
  AccountRecovery,
  ManagedLoginVersion,
  Mfa,
  OAuthScope,
  UserPool,
  UserPoolDomain,
} from 'aws-cdk-lib/aws-cognito';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Names } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { ALIASES, CONSOLE_PATH } from '../lambda/config.ts';
import type { VaultSettings } from '../vault/domain/settings/parse.ts';
import { NO_CONSOLE_TEST, STAGE } from './api.ts';
import type { BlobBucket } from './blob-bucket.ts';
import type { EntryLogStore } from './entry-log-store.ts';
import { useTableKey } from './functions.ts';
import { onPartitions } from './tables.ts';
import { type FunctionDefaults, VaultFunction } from './vault-function.ts';

export interface ConsoleProps {
  readonly settings: VaultSettings;
  readonly store: EntryLogStore;
  readonly auditTable: Table;
  readonly ledgerTable: Table;
  readonly blobs: BlobBucket;
  readonly decrypt: VaultFunction;
  readonly restApi: RestApi;
  readonly defaults: FunctionDefaults;
  /** Encrypts the tables. */
  readonly tableKey: IKey | undefined;
}

/** The page and all that it asks. It has no rights on the vault table, the ring or any app KEK. */
export class Console extends Construct {
  readonly function: VaultFunction;
  /** What the stack's outputs say of the Console, by name. */
  readonly outputs: Record<string, string> = {};

  constructor(
    scope: Construct,
    id: string,
    { settings, store, auditTable, ledgerTable, blobs, decrypt, restApi, defaults, tableKey }: ConsoleProps,
  ) {
    super(scope, id);
    const { console: own, domain } = settings;
    const { region, partition, urlSuffix } = Stack.of(this);
    // From the ID and not from the stage: the stage depends on the deployment, and that on this function's route.
    const apiUrl =
      domain === undefined
        ? `https://${restApi.restApiId}.execute-api.${region}.${urlSuffix}/${STAGE}`
        : `https://${domain.name}`;
    const issuer =
      own?.issuer !== undefined && own.clientId !== undefined
        ? { issuer: own.issuer, clientId: own.clientId, claim: 'groups' }
        : this.userPool(`${apiUrl}/${CONSOLE_PATH}/callback`);
    const reveal = decrypt.alias(ALIASES.console).functionArn;
    this.function = new VaultFunction(this, 'Function', {
      ...defaults,
      entry: 'console',
      environment: {
        stack: defaults.vaultName,
        region,
        dnsSuffix: urlSuffix,
        auditTable: auditTable.tableName,
        ledgerTable: ledgerTable.tableName,
        auditRetentionDays: String(settings.auditRetentionDays),
        partition,
        blobBucket: blobs.bucket.bucketName,
        consoleApiUrl: apiUrl,
        consoleIssuer: issuer.issuer,
        consoleClientId: issuer.clientId,
        consoleClaim: own?.claim ?? issuer.claim,
        consoleRequiresTicket: String(own?.requireTicket ?? false),
        revealFunctionArn: reveal,
        ...store.environment,
      },
    });
    const { tableArn } = store.table;
    this.function.allowIf(onPartitions(['log#*']), ['dynamodb:Query', 'dynamodb:GetItem'], tableArn);
    this.function.allowIf(
      onPartitions(['login#*', 'session#*']),
      ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:DeleteItem'],
      tableArn,
    );
    this.function.allowIf(onPartitions(['due#*']), ['dynamodb:PutItem'], tableArn);
    const ask = ['dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:UpdateItem'];
    this.function.allowIf(onPartitions(['ask#*']), ask, tableArn);
    this.function.allowIf(onPartitions(['#reveals#*']), ['dynamodb:Query', 'dynamodb:GetItem'], auditTable.tableArn);
    this.function.allowIf(onPartitions(['#marks#*']), ['dynamodb:Query', 'dynamodb:PutItem'], auditTable.tableArn);
    this.function.allow(['dynamodb:Query'], ledgerTable.tableArn);
    this.function.allow(['kms:Decrypt'], store.key.keyArn);
    useTableKey(this.function, tableKey);
    this.function.allow(['lambda:InvokeFunction'], reveal);

    // The page fetches what it shows from the bucket, with URLs that the decrypt function signs.
    blobs.allowReadsFrom(apiUrl.replace(`/${STAGE}`, ''));
    const integration = new LambdaIntegration(this.function.function, NO_CONSOLE_TEST);
    const root = restApi.root.addResource(CONSOLE_PATH);
    root.addMethod('GET', integration);
    const below = root.addResource('{path+}');
    for (const method of ['GET', 'POST']) below.addMethod(method, integration);
    this.outputs.ConsoleTable = store.table.tableName;
    this.outputs.ConsoleUrl = `${apiUrl}/${CONSOLE_PATH}`;
  }

  /** A user pool that only its operator adds people to. Its sign-in page asks for a second factor. */
  private userPool(callbackUrl: string): { issuer: string; clientId: string; claim: string } {
    const pool = new UserPool(this, 'People', {
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      mfa: Mfa.REQUIRED,
      mfaSecondFactor: { otp: true, sms: false },
      accountRecovery: AccountRecovery.NONE,
      passwordPolicy: { minLength: 14 },
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new UserPoolDomain(this, 'SignInPage', {
      userPool: pool,
      cognitoDomain: { domainPrefix: `daykey-${Names.nodeUniqueId(this.node).slice(-8).toLowerCase()}` },
      // The newer one opens only with a style, which each deployment would have to bring.
      managedLoginVersion: ManagedLoginVersion.CLASSIC_HOSTED_UI,
    });
    const client = pool.addClient('Client', {
      generateSecret: false,
      preventUserExistenceErrors: true,
      authFlows: {},
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [OAuthScope.OPENID, OAuthScope.EMAIL, OAuthScope.PROFILE],
        callbackUrls: [callbackUrl],
      },
      accessTokenValidity: Duration.minutes(5),
      idTokenValidity: Duration.minutes(5),
      refreshTokenValidity: Duration.hours(1),
    });
    this.outputs.ConsoleUserPool = pool.userPoolId;
    this.outputs.ConsoleClient = client.userPoolClientId;
    const { region, urlSuffix } = Stack.of(this);
    return {
      issuer: `https://cognito-idp.${region}.${urlSuffix}/${pool.userPoolId}`,
      clientId: client.userPoolClientId,
      claim: 'cognito:groups',
    };
  }
}
