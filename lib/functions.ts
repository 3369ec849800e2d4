// The functions and what each of them may do. Read this file to know who can touch what.

import { Duration, Stack } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { ALIASES } from '../lambda/config.ts';
import { roleArn, VaultFunction } from './vault-function.ts';

export interface FunctionsProps {
  readonly vaultTable: Table;
  readonly ringTable: Table;
  readonly lockKeyPolicy: boolean;
  readonly logRetentionDays: number;
}

/** Every function of the vault. No role has any right on keys but rotate's to make them: the rest is in the key policies. */
export class Functions extends Construct {
  readonly encrypt: VaultFunction;
  readonly decrypt: VaultFunction;
  readonly authorizer: VaultFunction;
  readonly rotate: VaultFunction;
  readonly configureApp: VaultFunction;

  constructor(
    scope: Construct,
    id: string,
    { vaultTable, ringTable, lockKeyPolicy, logRetentionDays }: FunctionsProps,
  ) {
    super(scope, id);
    const { stackName: stack, account, partition } = Stack.of(this);
    const tables = { stack, vaultTable: vaultTable.tableName, ringTable: ringTable.tableName };
    const keys = {
      stack,
      ringTable: ringTable.tableName,
      partition,
      accountId: account,
      encryptRoleArn: roleArn(this, 'encrypt'),
      decryptRoleArn: roleArn(this, 'decrypt'),
      rotateRoleArn: roleArn(this, 'rotate-kek'),
      retireRoleArn: roleArn(this, 'configure-app'),
      lockKeyPolicy: String(lockKeyPolicy),
    };
    const request = { logRetentionDays, aliases: Object.values(ALIASES) };
    const readRing = ['dynamodb:Query', 'dynamodb:GetItem'];

    this.encrypt = new VaultFunction(this, 'Encrypt', { ...request, entry: 'encrypt', environment: tables });
    this.encrypt.allow(['dynamodb:PutItem'], vaultTable.tableArn);
    this.encrypt.allow(readRing, ringTable.tableArn);

    this.decrypt = new VaultFunction(this, 'Decrypt', { ...request, entry: 'decrypt', environment: tables });
    this.decrypt.allow(['dynamodb:BatchGetItem'], vaultTable.tableArn);
    this.decrypt.allow(readRing, ringTable.tableArn);

    this.authorizer = new VaultFunction(this, 'Authorizer', {
      entry: 'authorizer',
      environment: { stack, ringTable: ringTable.tableName },
      memoryMb: 512,
      logRetentionDays,
    });
    this.authorizer.allow(readRing, ringTable.tableArn);

    const encryptCanary = this.encrypt.alias(ALIASES.canary).functionArn;
    const decryptCanary = this.decrypt.alias(ALIASES.canary).functionArn;
    this.rotate = new VaultFunction(this, 'RotateKek', {
      entry: 'rotate-kek',
      environment: { ...keys, encryptCanaryArn: encryptCanary, decryptCanaryArn: decryptCanary },
      timeout: Duration.minutes(1),
      memoryMb: 512,
      logRetentionDays,
    });
    const writeRing = [...readRing, 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'];
    this.rotate.allow([...writeRing, 'dynamodb:Scan'], ringTable.tableArn);
    this.rotate.allow(['kms:CreateKey', 'kms:TagResource', 'kms:ListKeys'], '*');
    this.rotate.allow(['lambda:InvokeFunction'], encryptCanary, decryptCanary);

    this.configureApp = new VaultFunction(this, 'ConfigureApp', {
      entry: 'configure-app',
      environment: { ...keys, rotateFunctionArn: this.rotate.function.functionArn },
      timeout: Duration.minutes(10),
      memoryMb: 512,
      logRetentionDays,
    });
    this.configureApp.allow(writeRing, ringTable.tableArn);
    this.configureApp.allow(['lambda:InvokeFunction'], this.rotate.function.functionArn);
  }
}
