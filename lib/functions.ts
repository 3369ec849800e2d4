// The functions and the exact rights of each.

import { Duration, Stack } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { ALIASES, LEDGER_TABLE, RING_TABLE, ROW_KEYS, VAULT_TABLE } from '../lambda/config.ts';
import type { KekLife } from '../vault/domain/kek-life/life.ts';
import type { ConcurrencyProps } from '../vault/domain/settings/props.ts';
import type { BlobBucket } from './blob-bucket.ts';
import type { EntryLogStore } from './entry-log-store.ts';
import { checkKeyPolicySize } from './key-policy-size.ts';
import { onPartitions } from './tables.ts';
import { type FunctionDefaults, type Network, roleArn, VaultFunction } from './vault-function.ts';

export interface FunctionsProps {
  readonly vaultTable: Table;
  readonly ringTable: Table;
  readonly secretTable: Table;
  readonly ledgerTable: Table;
  readonly auditTable: Table;
  /** Where entries are logged; `undefined` in a vault without a Console. */
  readonly entryLog: EntryLogStore | undefined;
  readonly auditRetentionDays: number;
  readonly receiptKey: Key;
  readonly blobs: BlobBucket;
  readonly lockKeyPolicy: boolean;
  readonly deletionWindowDays: number;
  readonly allowMissingConditionKeys: boolean;
  readonly keyTags: Readonly<Record<string, string>>;
  readonly kekLife: KekLife;
  readonly defaults: FunctionDefaults;
  /** Where the functions that answer requests are. */
  readonly network: Network | undefined;
  readonly reservedConcurrency: ConcurrencyProps;
  /** The customer's key of the tables. */
  readonly tableKey: IKey | undefined;
}

const READ_RING = ['dynamodb:Query', 'dynamodb:GetItem'];
// What finds bundles reads no wrapped key and no field of them, and what deletes them by their expiry gets nothing back. IAM has
// no condition key for ReturnValuesOnConditionCheckFailure, which returns items too.
const WITHOUT_CONTENT = {
  StringEquals: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
  'ForAllValues:StringEquals': { 'dynamodb:Attributes': VAULT_TABLE.withoutContent },
  Null: { 'dynamodb:Attributes': 'false' },
};
const namesOnly = (...attributes: readonly string[]) => ({
  'ForAllValues:StringEquals': { 'dynamodb:Attributes': [...Object.values(ROW_KEYS), ...attributes] },
  Null: { 'dynamodb:Attributes': 'false' },
});
const RETURNS_NOTHING = { StringEqualsIfExists: { 'dynamodb:ReturnValues': 'NONE' } };
// What counts bundles changes no receipt, and what takes fields out of a bundle puts none back.
const ONLY_A_KEY = namesOnly();
const ONLY_TALLIES = { ...namesOnly(...LEDGER_TABLE.tallies), ...RETURNS_NOTHING };
const ONLY_FIELDS = { ...namesOnly(VAULT_TABLE.fields, VAULT_TABLE.eraser), ...RETURNS_NOTHING };
// Slots are claimed, changed and forgotten by the one, settings stored and keys noted as destroyed by the other.
const KEEP_SLOTS = ['dynamodb:UpdateItem', 'dynamodb:DeleteItem'];
const KEEP_SETTINGS = [
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
  // Which keys are destroyed already, when the vault ends.
  'dynamodb:Scan',
];
const ONLY_SLOTS = onPartitions(`${RING_TABLE.slots}*`);

/** Every function of the vault. Roles have no rights on app KEKs, except that rotate may make them: key policies grant the rest. */
export class Functions extends Construct {
  readonly encrypt: VaultFunction;
  readonly decrypt: VaultFunction;
  readonly erase: VaultFunction;
  readonly authorizer: VaultFunction;
  readonly sweep: VaultFunction;
  readonly rotate: VaultFunction;
  readonly configureApp: VaultFunction;

  constructor(scope: Construct, id: string, props: FunctionsProps) {
    super(scope, id);
    const {
      vaultTable,
      ringTable,
      secretTable,
      ledgerTable,
      auditTable,
      receiptKey,
      blobs,
      defaults,
      network,
      reservedConcurrency,
    } = props;
    const { account, partition, region, urlSuffix } = Stack.of(this);
    const { vaultName: stack } = defaults;
    const tables = { stack, vaultTable: vaultTable.tableName, ringTable: ringTable.tableName };
    const secrets = { secretTable: secretTable.tableName };
    // Which vault a caller's request to STS must be signed for, and which STS is asked. Calling STS needs no rights.
    const itself = { accountId: account, region, dnsSuffix: urlSuffix };
    const bucket = { partition, blobBucket: blobs.bucket.bucketName };
    const throughApi = { ...defaults, network, aliases: [ALIASES.rest, ALIASES.direct] };
    const withCanary = { ...defaults, network, aliases: [ALIASES.rest, ALIASES.direct, ALIASES.canary] };
    const logging = props.entryLog?.environment;

    this.encrypt = new VaultFunction(this, 'Encrypt', {
      ...withCanary,
      entry: 'encrypt',
      reservedConcurrency: reservedConcurrency.encrypt,
      environment: {
        ...tables,
        ...secrets,
        ...itself,
        ...bucket,
        uploadRoleArn: roleArn(this, 'upload', defaults),
        ...logging,
      },
    });
    this.encrypt.allow(['dynamodb:PutItem'], vaultTable.tableArn);
    this.encrypt.allow(READ_RING, ringTable.tableArn);
    this.encrypt.allow(['dynamodb:GetItem'], secretTable.tableArn);
    // It cannot put objects itself: each upload is signed with a session for that one object.
    this.encrypt.allow(['sts:AssumeRole'], blobs.uploadRole(this.encrypt.role, defaults).roleArn);

    const audit = { auditTable: auditTable.tableName, auditRetentionDays: String(props.auditRetentionDays) };
    this.decrypt = new VaultFunction(this, 'Decrypt', {
      ...withCanary,
      aliases: props.entryLog ? [...withCanary.aliases, ALIASES.console] : withCanary.aliases,
      entry: 'decrypt',
      reservedConcurrency: reservedConcurrency.decrypt,
      environment: { ...tables, ...secrets, ...itself, ...audit, ...bucket, ...logging },
    });
    this.decrypt.allow(['dynamodb:BatchGetItem'], vaultTable.tableArn);
    this.decrypt.allow(READ_RING, ringTable.tableArn);
    this.decrypt.allow(['dynamodb:GetItem'], secretTable.tableArn);
    this.decrypt.allow(['s3:GetObject'], blobs.objectsArn);
    // Without it, S3 answers 403 for an object that is not there.
    this.decrypt.allow(['s3:ListBucket'], blobs.bucket.bucketArn);
    // It records what it is about to open. It can neither read nor remove a record.
    this.decrypt.allow(['dynamodb:PutItem'], auditTable.tableArn);

    const ledger = { ledgerTable: ledgerTable.tableName };
    this.erase = new VaultFunction(this, 'Erase', {
      ...throughApi,
      entry: 'erase',
      reservedConcurrency: reservedConcurrency.erase,
      environment: { ...tables, ...secrets, ...itself, ...ledger, ...bucket, ...logging },
    });
    // Delete counts the fields that go, Update removes one field.
    this.erase.allow(['dynamodb:DeleteItem'], vaultTable.tableArn);
    this.erase.allowIf(ONLY_FIELDS, ['dynamodb:UpdateItem'], vaultTable.tableArn);
    this.erase.allowIf(WITHOUT_CONTENT, ['dynamodb:Query'], vaultTable.tableArn);
    // The note that makes the sweeper repeat an erasure is a key and nothing else.
    this.erase.allowIf(ONLY_A_KEY, ['dynamodb:PutItem'], vaultTable.tableArn);
    this.erase.allow(READ_RING, ringTable.tableArn);
    this.erase.allow(['dynamodb:GetItem'], secretTable.tableArn);
    this.erase.allowIf(ONLY_TALLIES, ['dynamodb:UpdateItem'], ledgerTable.tableArn);
    this.erase.allow(['s3:DeleteObject'], blobs.objectsArn);

    this.authorizer = new VaultFunction(this, 'Authorizer', {
      ...defaults,
      network,
      entry: 'authorizer',
      reservedConcurrency: reservedConcurrency.authorizer,
      environment: { stack, ringTable: ringTable.tableName, ...itself },
      memoryMb: 512,
    });
    this.authorizer.allow(READ_RING, ringTable.tableArn);

    const scheduled = { ...defaults, timeout: Duration.minutes(1), memoryMb: 512 };
    this.sweep = new VaultFunction(this, 'Sweep', {
      ...scheduled,
      // One core: a sweep is bound by its CPU, so more memory costs no more.
      memoryMb: 1769,
      entry: 'sweep',
      reservedConcurrency: reservedConcurrency.sweep,
      environment: {
        stack,
        vaultTable: vaultTable.tableName,
        ...ledger,
        ...bucket,
        region,
        dnsSuffix: urlSuffix,
        ...logging,
      },
    });
    this.sweep.allowIf(WITHOUT_CONTENT, ['dynamodb:Query'], vaultTable.tableArn);
    this.sweep.allowIf(RETURNS_NOTHING, ['dynamodb:DeleteItem'], vaultTable.tableArn);
    this.sweep.allowIf(ONLY_TALLIES, ['dynamodb:UpdateItem'], ledgerTable.tableArn);
    this.sweep.allow(['s3:DeleteObject'], blobs.objectsArn);

    const keys = {
      ...tables,
      ...secrets,
      ...ledger,
      ...itself,
      receiptKeyArn: receiptKey.keyArn,
      partition,
      encryptRoleArn: roleArn(this, 'encrypt', defaults),
      decryptRoleArn: roleArn(this, 'decrypt', defaults),
      rotateRoleArn: roleArn(this, 'rotate-kek', defaults),
      retireRoleArn: roleArn(this, 'configure-app', defaults),
      lockKeyPolicy: String(props.lockKeyPolicy),
      deletionWindowDays: String(props.deletionWindowDays),
      keyTags: JSON.stringify(props.keyTags),
    };
    const roleArns = {
      encrypt: keys.encryptRoleArn,
      decrypt: keys.decryptRoleArn,
      rotate: keys.rotateRoleArn,
      retire: keys.retireRoleArn,
    };
    checkKeyPolicySize({ partition, accountId: account, roleArns, lock: props.lockKeyPolicy }, props.kekLife);
    const encryptCanary = this.encrypt.alias(ALIASES.canary).functionArn;
    const decryptCanary = this.decrypt.alias(ALIASES.canary).functionArn;
    this.rotate = new VaultFunction(this, 'RotateKek', {
      ...scheduled,
      entry: 'rotate-kek',
      reservedConcurrency: reservedConcurrency.rotate,
      environment: {
        ...keys,
        encryptCanaryArn: encryptCanary,
        decryptCanaryArn: decryptCanary,
        allowMissingConditionKeys: String(props.allowMissingConditionKeys),
      },
    });
    // It reads every app, and writes no settings, token or role. The index shows it what is due.
    this.rotate.allow([...READ_RING, 'dynamodb:Scan'], ringTable.tableArn);
    this.rotate.allow(['dynamodb:Query'], `${ringTable.tableArn}/index/${RING_TABLE.dueIndex}`);
    this.rotate.allowIf(ONLY_SLOTS, KEEP_SLOTS, ringTable.tableArn);
    // A new key has no ARN yet, but it has tags: it must carry our tag, and may carry none but ours and those of the settings.
    this.rotate.allowIf(
      {
        StringEquals: { 'aws:RequestTag/daykey:stack': stack },
        'ForAllValues:StringLike': { 'aws:TagKeys': ['daykey:*', ...Object.keys(props.keyTags)] },
      },
      ['kms:CreateKey', 'kms:TagResource'],
      '*',
    );
    // A key that is gone has no policy any more that could allow asking for it, and no ARN that is known beforehand.
    this.rotate.allow(['kms:DescribeKey'], '*');
    this.rotate.allow(['lambda:InvokeFunction'], encryptCanary, decryptCanary);

    this.configureApp = new VaultFunction(this, 'ConfigureApp', {
      ...scheduled,
      entry: 'configure-app',
      reservedConcurrency: reservedConcurrency.configureApp,
      environment: { ...keys, rotateFunctionArn: this.rotate.function.functionArn, ...bucket, ...logging },
      timeout: Duration.minutes(10),
    });
    this.configureApp.allow([...READ_RING, ...KEEP_SETTINGS], ringTable.tableArn);
    // It makes and deletes secrets of apps. It cannot read one, nor get one back from what it deletes.
    this.configureApp.allowIf(RETURNS_NOTHING, ['dynamodb:PutItem', 'dynamodb:DeleteItem'], secretTable.tableArn);
    // It deletes the blobs of an app that retires.
    this.configureApp.allow(['s3:DeleteObject'], blobs.objectsArn);
    this.configureApp.allow(['s3:ListBucket'], blobs.bucket.bucketArn);
    this.configureApp.allow(['lambda:InvokeFunction'], this.rotate.function.functionArn);
    // It goes on with itself where ten minutes are not enough. A policy of the role's own would have to wait for the function.
    new Policy(this, 'GoOn', {
      roles: [this.configureApp.role],
      statements: [
        new PolicyStatement({
          actions: ['lambda:InvokeFunction'],
          resources: [this.configureApp.function.functionArn],
        }),
      ],
    });

    // Both destroy keys, so both write signed receipts.
    for (const issuer of [this.rotate, this.configureApp]) {
      issuer.allow(['dynamodb:GetItem', 'dynamodb:UpdateItem'], ledgerTable.tableArn);
      issuer.allowIf(WITHOUT_CONTENT, ['dynamodb:Query'], vaultTable.tableArn);
      issuer.allow(['kms:Sign'], receiptKey.keyArn);
      // Finds orphaned keys. It tells tags only, and no resource can restrict it.
      issuer.allow(['tag:GetResources'], '*');
    }
    if (props.entryLog) this.log(props.entryLog);
    for (const it of this.all) useTableKey(it, props.tableKey);
  }

  private get all(): readonly VaultFunction[] {
    const { encrypt, decrypt, erase, authorizer, sweep, rotate, configureApp } = this;
    return [encrypt, decrypt, erase, authorizer, sweep, rotate, configureApp];
  }

  /** Rights on the Console's table. No function but the Console's own can read what a row has sealed. */
  private log({ table, key }: EntryLogStore): void {
    for (const writer of [this.encrypt, this.decrypt]) {
      writer.allowIf(onPartitions(['log#*', 'tag#*', 'due#*']), ['dynamodb:PutItem'], table.tableArn);
      writer.allow(['kms:GetPublicKey'], key.keyArn);
    }
    this.decrypt.allowIf(onPartitions(['reveals#*']), ['dynamodb:UpdateItem'], table.tableArn);
    this.decrypt.allowIf(onPartitions(['ask#*']), ['dynamodb:DeleteItem'], table.tableArn);
    this.erase.allowIf(onPartitions(['tag#*']), ['dynamodb:Query'], table.tableArn);
    this.configureApp.allowIf({ ...onPartitions(['log#*']), ...ONLY_A_KEY }, ['dynamodb:Query'], table.tableArn);
    for (const eraser of [this.erase, this.configureApp]) {
      eraser.allowIf(onPartitions(['log#*']), ['dynamodb:DeleteItem'], table.tableArn);
    }
    this.sweep.allowIf(onPartitions(['due#*']), ['dynamodb:Query'], table.tableArn);
    const swept = ['due#*', 'log#*', 'login#*', 'session#*', 'ask#*'];
    this.sweep.allowIf(onPartitions(swept), ['dynamodb:DeleteItem'], table.tableArn);
  }
}

/** DynamoDB uses a customer's key with the rights of the function that reads or writes the table. */
export function useTableKey(it: VaultFunction, key: IKey | undefined): void {
  if (!key) return;
  const { region, urlSuffix } = Stack.of(it);
  it.allowIf(
    { StringEquals: { 'kms:ViaService': `dynamodb.${region}.${urlSuffix}` } },
    ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
    key.keyArn,
  );
}
