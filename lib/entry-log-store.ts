// Where entries are logged for the Console: a table that forgets within a day, and the key that rows are sealed to.

import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import { type IKey, Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { CONSOLE_TABLE } from '../lambda/config.ts';
import { encryptedWith, GONE_MEANS_GONE } from './tables.ts';

/** What writers of the entry log need: the table, and the key that rows are sealed to. */
export class EntryLogStore extends Construct {
  readonly table: Table;
  /** RSA-2048. Writers get its public half; only the Console's role may use the private one, which never leaves KMS. */
  readonly key: Key;

  constructor(scope: Construct, id: string, tableKey: IKey | undefined) {
    super(scope, id);
    this.table = new Table(this, 'Table', {
      ...GONE_MEANS_GONE,
      ...encryptedWith(tableKey),
      timeToLiveAttribute: CONSOLE_TABLE.expiry,
    });
    this.key = new Key(this, 'Key', {
      description: 'Daykey: rows of the entry log are sealed to it',
      keySpec: KeySpec.RSA_2048,
      keyUsage: KeyUsage.ENCRYPT_DECRYPT,
      // Rows live for a day. What an operator deletes by mistake may be restored for a week.
      pendingWindow: Duration.days(7),
      removalPolicy: RemovalPolicy.DESTROY,
    });
  }

  /** Name of the table and ARN of the key, for the environment of a function. */
  get environment(): { readonly consoleTable: string; readonly logKeyArn: string } {
    return { consoleTable: this.table.tableName, logKeyArn: this.key.keyArn };
  }
}
