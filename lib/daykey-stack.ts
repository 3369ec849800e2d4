// The whole vault. Reads like the architecture diagram.

import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { ALIASES } from '../lambda/config.ts';
import { audienceOf } from '../vault/domain/aws-identity.ts';
import { FUNCTION_OF, OPERATIONS, type Operation } from '../wire/operations.ts';
import { Alarms } from './alarms.ts';
import { Api } from './api.ts';
import { Apps } from './apps.ts';
import { Functions } from './functions.ts';
import { ReceiptKey } from './receipt-key.ts';
import { Schedules } from './schedules.ts';
import { settingsOf, type VaultProps } from './settings.ts';
import { AuditTable, LedgerTable, RingTable, VaultTable } from './tables.ts';
import type { VaultFunction } from './vault-function.ts';

export interface DaykeyStackProps extends StackProps, VaultProps {}

/** A vault in one account and Region. @throws Error that lists every setting that does not hold. */
export class DaykeyStack extends Stack {
  /** The function behind each operation. */
  readonly operations: Readonly<Record<Operation, VaultFunction>>;
  /** The alarms, to be wired to what wakes your people. */
  readonly alarms: Alarms;

  constructor(scope: Construct, id: string, props: DaykeyStackProps) {
    super(scope, id, { description: 'Daykey: a vault for sensitive data that must be gone in a day', ...props });
    const { apps, lockKeyPolicy, requestsPerSecond, logRetentionDays, ...settings } = settingsOf(props, this.stackName);

    const vault = new VaultTable(this, 'Vault');
    const ring = new RingTable(this, 'Ring');
    const ledger = new LedgerTable(this, 'Ledger');
    const audit = new AuditTable(this, 'Audit');
    const receiptKey = new ReceiptKey(this, 'ReceiptKey');
    const functions = new Functions(this, 'Functions', {
      vaultTable: vault.table,
      ringTable: ring.table,
      ledgerTable: ledger.table,
      auditTable: audit.table,
      auditRetentionDays: settings.auditRetentionDays,
      receiptKey: receiptKey.key,
      lockKeyPolicy,
      logRetentionDays,
    });
    const { encrypt, decrypt, erase, authorizer, rotate, sweep, configureApp } = functions;
    this.operations = mapOperations((operation) => functions[FUNCTION_OF[operation]]);
    const api = new Api(this, 'Rest', {
      routes: mapOperations((operation) => this.operations[operation].alias(ALIASES.rest)),
      authorizer,
      requestsPerSecond,
      logRetentionDays,
      webAclArn: settings.webAclArn,
      privateVpcEndpointIds: settings.privateVpcEndpointIds,
    });
    const everyApp = new Apps(this, 'Apps', { apps, configureApp });
    const schedules = new Schedules(this, 'Schedules', { apps, rotate, sweep });
    // Deletion goes backwards: first the rules, then the apps and their keys, then what they need.
    for (const rule of schedules.rotation) rule.node.addDependency(everyApp);
    this.alarms = new Alarms(this, 'Alarms', {
      api,
      functions: [encrypt, decrypt, erase, sweep, rotate, configureApp],
    });

    this.output('Url', api.restApi.url);
    this.output('Audience', audienceOf({ accountId: this.account, region: this.region, stack: this.stackName }));
    this.output('VaultTable', vault.table.tableName);
    this.output('RingTable', ring.table.tableName);
    this.output('LedgerTable', ledger.table.tableName);
    this.output('AuditTable', audit.table.tableName);
    this.output('ReceiptKeyArn', receiptKey.key.keyArn);
    for (const operation of OPERATIONS) {
      const { functionArn } = this.operations[operation].alias(ALIASES.direct);
      this.output(`Function${operation[0]?.toUpperCase()}${operation.slice(1)}`, functionArn);
    }
  }

  /** Lets a Lambda function, or any role, invoke operations directly. It still has to say who it is, and be trusted. */
  grantInvoke(grantee: IGrantable, ...operations: Operation[]): void {
    for (const operation of operations) this.operations[operation].alias(ALIASES.direct).grantInvoke(grantee);
  }

  private output(id: string, value: string): void {
    new CfnOutput(this, id, { value });
  }
}

function mapOperations<Value>(of: (operation: Operation) => Value): Record<Operation, Value> {
  return Object.fromEntries(OPERATIONS.map((operation) => [operation, of(operation)])) as Record<Operation, Value>;
}
