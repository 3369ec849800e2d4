// Where entries are logged for the Console: a table that forgets within a day, and the key that rows are sealed to.

import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import { AccountRootPrincipal, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { TTL_ATTRIBUTE } from '../lambda/config.ts';
import { isRole } from '../vault/domain/kek-life/key-policy.ts';
import { encryptedWith, GONE_MEANS_GONE } from './tables.ts';

/** What writers of the entry log need: the table, and the key that rows are sealed to. */
export class EntryLogStore extends Construct {
  readonly table: Table;
  /** RSA-2048. Writers get its public half; only the Console's role may use the private one, which never leaves KMS. */
  readonly key: Key;

  /** @param consoleRoleArn the only role that may use the key's private half. */
  constructor(scope: Construct, id: string, consoleRoleArn: string, tableKey: IKey | undefined) {
    super(scope, id);
    this.table = new Table(this, 'Table', {
      ...GONE_MEANS_GONE,
      ...encryptedWith(tableKey),
      timeToLiveAttribute: TTL_ATTRIBUTE,
    });
    this.key = new Key(this, 'Key', {
      description: 'Daykey: rows of the entry log are sealed to it',
      keySpec: KeySpec.RSA_2048,
      keyUsage: KeyUsage.ENCRYPT_DECRYPT,
      // Rows live for a day. What an operator deletes by mistake may be restored for a week.
      pendingWindow: Duration.days(7),
      policy: new PolicyDocument({ statements: logKeyStatements(Stack.of(this), consoleRoleArn) }),
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }

  /** Name of the table and ARN of the key, for the environment of a function. */
  get environment(): { readonly consoleTable: string; readonly logKeyArn: string } {
    return { consoleTable: this.table.tableName, logKeyArn: this.key.keyArn };
  }
}

/** What an account may do with the log key: all but use it. A right of an identity to `kms:*` opens no row of the log. */
const ADMINISTRATION = [
  'kms:CancelKeyDeletion',
  'kms:Describe*',
  'kms:Disable*',
  'kms:Enable*',
  'kms:Get*',
  'kms:List*',
  'kms:PutKeyPolicy',
  'kms:ScheduleKeyDeletion',
  'kms:TagResource',
  'kms:UntagResource',
  'kms:UpdateKeyDescription',
];

function logKeyStatements({ partition, account }: Stack, consoleRoleArn: string): PolicyStatement[] {
  const principals = [new AccountRootPrincipal()];
  const resources = ['*'];
  return [
    new PolicyStatement({ principals, resources, actions: ADMINISTRATION }),
    new PolicyStatement({
      principals,
      resources,
      actions: ['kms:Decrypt'],
      conditions: isRole({ partition, accountId: account }, consoleRoleArn),
    }),
  ];
}
