// The stack: every part of a vault and how the parts are connected.

import { Annotations, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { type IGrantable, ManagedPolicy, PermissionsBoundary, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { ALIASES } from '../lambda/config.ts';
import { audienceOf } from '../vault/domain/aws-identity.ts';
import { keyLife } from '../vault/domain/settings/parse.ts';
import { FUNCTION_OF, OPERATIONS, type Operation } from '../wire/operations.ts';
import { Alarms } from './alarms.ts';
import { Api } from './api.ts';
import { Apps } from './apps.ts';
import { BlobBucket } from './blob-bucket.ts';
import { Console } from './console.ts';
import { EntryLogStore } from './entry-log-store.ts';
import { Functions } from './functions.ts';
import { ReceiptKey } from './receipt-key.ts';
import { Schedules } from './schedules.ts';
import { type DaykeyStackProps, settingsFromProps } from './settings-from-props.ts';
import { AuditTable, LedgerTable, RingTable, VaultTable } from './tables.ts';
import type { Network, VaultFunction } from './vault-function.ts';

export type { DaykeyStackProps } from './settings-from-props.ts';

/** What a function calls while it answers a request. */
const REQUEST_SERVICES = ['dynamodb', 'kms', 's3', 'sts'];

/** A vault in one account and Region. @throws SettingsError that lists every problem of the settings. */
export class DaykeyStack extends Stack {
  /** The function behind each operation. */
  readonly operations: Readonly<Record<Operation, VaultFunction>>;
  /** The alarms. Connect them to your on-call system. */
  readonly alarms: Alarms;

  constructor(scope: Construct, id: string, props: DaykeyStackProps) {
    super(scope, id, { description: 'Daykey: a vault for sensitive data that must be gone in a day', ...props });
    const settings = settingsFromProps(props);
    const { logRetentionDays, rolePath } = settings;
    const { tableKey, logKey, alarmTopic } = props;
    if (settings.permissionsBoundaryArn !== undefined) {
      const boundary = ManagedPolicy.fromManagedPolicyArn(this, 'PermissionsBoundary', settings.permissionsBoundaryArn);
      PermissionsBoundary.of(this).apply(boundary);
    }
    logKey?.grantEncryptDecrypt(new ServicePrincipal(`logs.${this.region}.amazonaws.com`));
    const network = this.network(props);

    const vault = new VaultTable(this, 'Vault', tableKey);
    const ring = new RingTable(this, 'Ring', tableKey);
    const ledger = new LedgerTable(this, 'Ledger', tableKey);
    const audit = new AuditTable(this, 'Audit', tableKey, settings.auditRetentionDays);
    const receiptKey = new ReceiptKey(this, 'ReceiptKey');
    const blobs = new BlobBucket(this, 'Blobs');
    const entryLog = settings.console && new EntryLogStore(this, 'EntryLog', tableKey);
    const defaults = { logRetentionDays, logKey, rolePath, rolePrefix: settings.rolePrefix };
    const functions = new Functions(this, 'Functions', {
      vaultTable: vault.table,
      ringTable: ring.table,
      ledgerTable: ledger.table,
      auditTable: audit.table,
      entryLog,
      auditRetentionDays: settings.auditRetentionDays,
      receiptKey: receiptKey.key,
      blobs,
      lockKeyPolicy: settings.lockKeyPolicy,
      deletionWindowDays: settings.deletionWindowDays,
      keyTags: settings.keyTags,
      allowMissingConditionKeys: settings.allowMissingConditionKeys,
      kekLife: keyLife(settings.kekLife),
      defaults,
      network,
      reservedConcurrency: settings.reservedConcurrency,
      tableKey,
    });
    const { encrypt, decrypt, erase, authorizer, rotate, sweep, configureApp } = functions;
    this.operations = mapOperations((operation) => functions[FUNCTION_OF[operation]]);
    const api = new Api(this, 'Rest', {
      routes: mapOperations((operation) => this.operations[operation].alias(ALIASES.rest)),
      authorizer,
      requestsPerSecond: settings.requestsPerSecond,
      logRetentionDays,
      logKey,
      webAclArn: settings.webAclArn,
      privateVpcEndpointIds: settings.privateVpcEndpointIds ?? [],
      domain: settings.domain,
      cloudWatchRole: settings.cloudWatchRole,
      rolePath,
    });
    const people =
      entryLog &&
      new Console(this, 'Console', {
        settings,
        store: entryLog,
        auditTable: audit.table,
        decrypt,
        restApi: api.restApi,
        defaults,
        tableKey,
      });
    const everyApp = new Apps(this, 'Apps', { settings, configureApp });
    const schedules = new Schedules(this, 'Schedules', {
      keyLead: Duration.seconds(settings.kekLife.lead),
      rotate,
      sweep,
    });
    // Settings are stored once every function can read them. An app that goes empties its part of the bucket first.
    everyApp.node.addDependency(functions, blobs);
    // Nothing runs before the functions have their rights. CloudFormation deletes in reverse: first the rules, so that no key is
    // made any more, then the apps and their keys, then the rest.
    for (const rule of schedules.rules) rule.node.addDependency(everyApp);
    this.alarms = new Alarms(this, 'Alarms', {
      api,
      functions: [encrypt, decrypt, erase, sweep, rotate, configureApp, ...(people ? [people.function] : [])],
      topic: alarmTopic,
    });

    this.output('Url', api.url);
    if (api.domainTarget !== undefined) this.output('DomainTarget', api.domainTarget);
    this.output('Audience', audienceOf({ accountId: this.account, region: this.region, stack: this.stackName }));
    this.output('VaultTable', vault.table.tableName);
    this.output('RingTable', ring.table.tableName);
    this.output('LedgerTable', ledger.table.tableName);
    this.output('AuditTable', audit.table.tableName);
    this.output('ReceiptKeyArn', receiptKey.key.keyArn);
    this.output('BlobBucket', blobs.bucket.bucketName);
    for (const operation of OPERATIONS) {
      const { functionArn } = this.operations[operation].alias(ALIASES.direct);
      this.output(`Function${pascalCase(operation)}`, functionArn);
    }
  }

  /** Allows a Lambda function or any role to invoke operations directly. The vault still verifies its identity on each call. */
  grantInvoke(grantee: IGrantable, ...operations: Operation[]): void {
    for (const operation of operations) this.operations[operation].alias(ALIASES.direct).grantInvoke(grantee);
  }

  /** Where the functions that answer requests are, and which VPC endpoints they need. */
  private network({ vpc, vpcSubnets, securityGroups }: DaykeyStackProps): Network | undefined {
    if (!vpc) return undefined;
    const services = REQUEST_SERVICES.map((service) => `com.amazonaws.${this.region}.${service}`).join(', ');
    Annotations.of(this).addInfo(
      `The functions in the VPC need these endpoints, or a NAT gateway: ${services}. Private DNS must be on for those of KMS and STS.`,
    );
    return { vpc, vpcSubnets, securityGroups };
  }

  private output(id: string, value: string): void {
    new CfnOutput(this, id, { value });
  }
}

function mapOperations<Value>(of: (operation: Operation) => Value): Record<Operation, Value> {
  return Object.fromEntries(OPERATIONS.map((operation) => [operation, of(operation)])) as Record<Operation, Value>;
}

/** `SealBlob` for `seal-blob`. */
function pascalCase(name: string): string {
  return name.replaceAll(/(^|-)(.)/g, (_, __, letter: string) => letter.toUpperCase());
}
