// The whole vault. Reads like the architecture diagram.

import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { ALIASES } from '../lambda/config.ts';
import { OPERATIONS, type Operation } from '../lambda/domain/trust.ts';
import { Api } from './api.ts';
import { Functions } from './functions.ts';
import { Rotation } from './rotation.ts';
import { settingsOf, type VaultProps } from './settings.ts';
import { RingTable, VaultTable } from './tables.ts';
import type { VaultFunction } from './vault-function.ts';

export interface DaykeyStackProps extends StackProps, VaultProps {}

/** A vault in one account and Region. @throws Error that lists every setting that does not hold. */
export class DaykeyStack extends Stack {
  /** The function behind each operation. */
  readonly operations: Readonly<Record<Operation, VaultFunction>>;

  constructor(scope: Construct, id: string, props: DaykeyStackProps) {
    super(scope, id, { description: 'Daykey: a vault for sensitive data that must be gone in a day', ...props });
    const { apps, lockKeyPolicy, requestsPerSecond, logRetentionDays } = settingsOf(props);

    const vault = new VaultTable(this, 'Vault');
    const ring = new RingTable(this, 'Ring');
    const functions = new Functions(this, 'Functions', {
      vaultTable: vault.table,
      ringTable: ring.table,
      lockKeyPolicy,
      logRetentionDays,
    });
    this.operations = { encrypt: functions.encrypt, decrypt: functions.decrypt };
    const api = new Api(this, 'Rest', {
      routes: mapOperations((operation) => this.operations[operation].alias(ALIASES.rest)),
      authorizer: functions.authorizer,
      requestsPerSecond,
      logRetentionDays,
    });
    new Rotation(this, 'Rotation', { apps, rotate: functions.rotate, configureApp: functions.configureApp });

    new CfnOutput(this, 'Url', { value: api.restApi.url });
    new CfnOutput(this, 'VaultTable', { value: vault.table.tableName });
    new CfnOutput(this, 'RingTable', { value: ring.table.tableName });
    for (const operation of OPERATIONS) {
      const { functionArn } = this.operations[operation].alias(ALIASES.direct);
      new CfnOutput(this, `Function${operation[0]?.toUpperCase()}${operation.slice(1)}`, { value: functionArn });
    }
  }

  /** Lets a Lambda function, or any role, invoke operations directly. It still has to say who it is, and be trusted. */
  grantInvoke(grantee: IGrantable, ...operations: Operation[]): void {
    for (const operation of operations) this.operations[operation].alias(ALIASES.direct).grantInvoke(grantee);
  }
}

function mapOperations<Value>(of: (operation: Operation) => Value): Record<Operation, Value> {
  return Object.fromEntries(OPERATIONS.map((operation) => [operation, of(operation)])) as Record<Operation, Value>;
}
