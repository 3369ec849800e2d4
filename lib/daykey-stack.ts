// The stack: every part of a vault and how the parts are connected.

import { CfnOutput, Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { ALIASES } from '../lambda/config.ts';
import { audienceOf } from '../vault/domain/aws-identity.ts';
import { keyLife } from '../vault/domain/settings/parse.ts';
import { FUNCTION_OF, OPERATIONS, type Operation } from '../wire/operations.ts';
import { Alarms } from './alarms.ts';
import { Api } from './api.ts';
import { Apps } from './apps.ts';
import { Functions } from './functions.ts';
import { ReceiptKey } from './receipt-key.ts';
import { Schedules } from './schedules.ts';
import type { VaultProps } from './settings.ts';
import { settingsFromProps } from './settings-from-props.ts';
import { AuditTable, LedgerTable, RingTable, VaultTable } from './tables.ts';
import type { VaultFunction } from './vault-function.ts';

export interface DaykeyStackProps extends StackProps, VaultProps {}

// Every prop that is the stack's and not the vault's. A name in neither list is a mistake.
const STACK_PROPS: { readonly [Name in keyof StackProps]-?: true } = {
  analyticsReporting: true,
  crossRegionReferences: true,
  description: true,
  env: true,
  notificationArns: true,
  permissionsBoundary: true,
  propertyInjectors: true,
  stackName: true,
  suppressTemplateIndentation: true,
  synthesizer: true,
  tags: true,
  terminationProtection: true,
};

/** A vault in one account and Region. @throws SettingsError that lists every problem of the settings. */
export class DaykeyStack extends Stack {
  /** The function behind each operation. */
  readonly operations: Readonly<Record<Operation, VaultFunction>>;
  /** The alarms. Connect them to your on-call system. */
  readonly alarms: Alarms;

  constructor(scope: Construct, id: string, props: DaykeyStackProps) {
    super(scope, id, { description: 'Daykey: a vault for sensitive data that must be gone in a day', ...props });
    const settings = settingsFromProps(vaultProps(props), this.stackName);
    const { lockKeyPolicy, requestsPerSecond, logRetentionDays } = settings;

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
      deletionWindowDays: settings.deletionWindowDays,
      allowMissingConditionKeys: settings.allowMissingConditionKeys,
      kekLife: keyLife(settings.kekLife),
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
      privateVpcEndpointIds: settings.privateVpcEndpointIds ?? [],
    });
    const everyApp = new Apps(this, 'Apps', { settings, configureApp });
    const schedules = new Schedules(this, 'Schedules', {
      keyLead: Duration.seconds(settings.kekLife.lead),
      rotate,
      sweep,
    });
    // Settings are stored once every function can read them.
    everyApp.node.addDependency(functions);
    // Nothing runs before the functions have their rights. CloudFormation deletes in reverse: first the rules, so that no key is
    // made any more, then the apps and their keys, then the rest.
    for (const rule of schedules.rules) rule.node.addDependency(everyApp);
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

  /** Allows a Lambda function or any role to invoke operations directly. The vault still verifies its identity on each call. */
  grantInvoke(grantee: IGrantable, ...operations: Operation[]): void {
    for (const operation of operations) this.operations[operation].alias(ALIASES.direct).grantInvoke(grantee);
  }

  private output(id: string, value: string): void {
    new CfnOutput(this, id, { value });
  }
}

function vaultProps(props: DaykeyStackProps): VaultProps {
  const entries = Object.entries(props).filter(([name]) => !Object.hasOwn(STACK_PROPS, name));
  return Object.fromEntries(entries) as unknown as VaultProps;
}

function mapOperations<Value>(of: (operation: Operation) => Value): Record<Operation, Value> {
  return Object.fromEntries(OPERATIONS.map((operation) => [operation, of(operation)])) as Record<Operation, Value>;
}
