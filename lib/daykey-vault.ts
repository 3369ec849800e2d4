// A vault as a construct: every part of it and how the parts are connected.

import { Annotations, Duration, Stack, Tags } from 'aws-cdk-lib';
import type { Alarm, Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import {
  type Grant,
  type IGrantable,
  type IRole,
  ManagedPolicy,
  PermissionsBoundary,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { ALIASES, VAULT_TAG } from '../lambda/config.ts';
import { audienceOf } from '../vault/domain/aws-identity.ts';
import { keyLife, type VaultSettings } from '../vault/domain/settings/parse.ts';
import type { AppProps, VaultProps } from '../vault/domain/settings/props.ts';
import type { Metric as MetricName } from '../vault/ports/telemetry.ts';
import { FUNCTION_OF, OPERATIONS, type Operation } from '../wire/operations.ts';
import { Alarms } from './alarms.ts';
import { Api } from './api.ts';
import { Apps } from './apps.ts';
import { BlobBucket } from './blob-bucket.ts';
import { Console } from './console.ts';
import { EntryLogStore } from './entry-log-store.ts';
import { Functions } from './functions.ts';
import {
  type DaykeyVaultAttributes,
  everyGrant,
  type IDaykeyVault,
  ImportedVault,
  trustRole,
} from './imported-vault.ts';
import type { PlatformProps } from './platform-props.ts';
import { ReceiptKey } from './receipt-key.ts';
import { Schedules } from './schedules.ts';
import { settingsFromProps } from './settings-from-props.ts';
import { AuditTable, LedgerTable, RingTable, SecretTable, VaultTable } from './tables.ts';
import { type Network, roleArn, type VaultFunction } from './vault-function.ts';
import { vaultMetric } from './vault-metric.ts';
import { addOutput, vaultName } from './vault-name.ts';

/** The settings of a vault, and what a platform team brings along as constructs. */
export interface DaykeyVaultProps extends Omit<VaultProps, 'apps'>, PlatformProps {
  /** Apps by name, beside those that {@link DaykeyVault.addApp} adds. @default none */
  readonly apps?: VaultProps['apps'] | undefined;
}

/** What a function calls while it answers a request. */
const REQUEST_SERVICES = ['dynamodb', 'kms', 's3', 'sts'];

/** A vault in one account and Region. @throws SettingsError that lists every problem of the settings. */
export class DaykeyVault extends Construct implements IDaykeyVault {
  /**
   * A vault that another CDK app has deployed, in the account and Region of this stack.
   *
   * @param attributes what the outputs of its stack say
   */
  static fromAttributes(scope: Construct, id: string, attributes: DaykeyVaultAttributes): IDaykeyVault {
    return new ImportedVault(scope, id, attributes);
  }

  readonly vaultName: string;
  readonly url: string;
  readonly audience: string;
  /** The alarms, also those of single functions. Connect them to your on-call system, or set `alarmTopic`. */
  readonly alarms: readonly Alarm[];
  private readonly props: DaykeyVaultProps;
  private readonly apps: Record<string, AppProps>;
  private readonly operations: Readonly<Record<Operation, VaultFunction>>;
  private readonly configureApp: VaultFunction;
  private readonly everyApp: Apps;

  constructor(scope: Construct, id: string, props: DaykeyVaultProps) {
    super(scope, id);
    this.vaultName = vaultName(this);
    // Says whose a resource is, for searches and for rules that leave a vault alone.
    Tags.of(this).add(VAULT_TAG, this.vaultName);
    this.props = props;
    this.apps = { ...props.apps };
    const { account, region } = Stack.of(this);
    const settings = this.settings();
    const { logRetentionDays, rolePath } = settings;
    const { tableKey, logKey, alarmTopic } = props;
    if (settings.permissionsBoundaryArn !== undefined) {
      const boundary = ManagedPolicy.fromManagedPolicyArn(this, 'PermissionsBoundary', settings.permissionsBoundaryArn);
      PermissionsBoundary.of(this).apply(boundary);
    }
    logKey?.grantEncryptDecrypt(new ServicePrincipal(`logs.${region}.amazonaws.com`));
    const network = this.network(props);

    const vault = new VaultTable(this, 'Vault', tableKey);
    const ring = new RingTable(this, 'Ring', tableKey);
    const secrets = new SecretTable(this, 'Secrets', tableKey);
    const ledger = new LedgerTable(this, 'Ledger', tableKey);
    const audit = new AuditTable(this, 'Audit', tableKey, settings.auditRetentionDays);
    const receiptKey = new ReceiptKey(this, 'ReceiptKey');
    const blobs = new BlobBucket(this, 'Blobs');
    const defaults = { logRetentionDays, logKey, rolePath, rolePrefix: settings.rolePrefix, vaultName: this.vaultName };
    const entryLog =
      settings.console && new EntryLogStore(this, 'EntryLog', roleArn(this, 'console', defaults), tableKey);
    const functions = new Functions(this, 'Functions', {
      vaultTable: vault.table,
      ringTable: ring.table,
      secretTable: secrets.table,
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
    this.configureApp = configureApp;
    this.operations = mapOperations((operation) => functions[FUNCTION_OF[operation]]);
    const api = new Api(this, 'Rest', {
      vaultName: this.vaultName,
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
    const consoleParts =
      entryLog &&
      new Console(this, 'Console', {
        settings,
        store: entryLog,
        auditTable: audit.table,
        ledgerTable: ledger.table,
        blobs,
        decrypt,
        restApi: api.restApi,
        defaults,
        tableKey,
      });
    const everyApp = new Apps(this, 'Apps', { settings: () => this.settings(), configureApp });
    this.everyApp = everyApp;
    const schedules = new Schedules(this, 'Schedules', {
      keyLead: Duration.seconds(settings.kekLife.lead),
      rotate,
      sweep,
      configureApp,
    });
    // Settings are stored once every function can read them. An app that goes empties its part of the bucket first.
    everyApp.node.addDependency(functions, blobs);
    // Nothing runs before the functions have their rights. CloudFormation deletes in reverse: first the rules, so that no key is
    // made any more, then the apps and their keys, then the rest.
    for (const rule of schedules.rules) rule.node.addDependency(everyApp);
    this.alarms = new Alarms(this, 'Alarms', {
      vaultName: this.vaultName,
      api,
      functions: [
        encrypt,
        decrypt,
        erase,
        sweep,
        rotate,
        configureApp,
        ...(consoleParts ? [consoleParts.function] : []),
      ],
      hasConsole: consoleParts !== undefined,
      topic: alarmTopic,
    }).alarms;

    this.url = api.url;
    this.audience = audienceOf({ accountId: account, region, stack: this.vaultName });

    addOutput(this, 'Url', this.url);
    if (api.domainTarget !== undefined) addOutput(this, 'DomainTarget', api.domainTarget);
    addOutput(this, 'Audience', this.audience);
    addOutput(this, 'VaultTable', vault.table.tableName);
    addOutput(this, 'RingTable', ring.table.tableName);
    addOutput(this, 'SecretTable', secrets.table.tableName);
    addOutput(this, 'LedgerTable', ledger.table.tableName);
    addOutput(this, 'AuditTable', audit.table.tableName);
    addOutput(this, 'ReceiptKeyArn', receiptKey.key.keyArn);
    addOutput(this, 'BlobBucket', blobs.bucket.bucketName);
    addOutput(this, 'ConfigureAppArn', configureApp.function.functionArn);
    for (const [name, value] of Object.entries(consoleParts?.outputs ?? {})) addOutput(this, name, value);
    for (const operation of OPERATIONS) {
      addOutput(this, `Function${pascalCase(operation)}`, this.functionArn(operation));
    }
  }

  /** Adds an app. @throws SettingsError for settings that are not valid. @throws Error for an app that is there already. */
  addApp(app: string, props: AppProps): void {
    if (Object.hasOwn(this.apps, app)) throw new Error(`app ${app}: is there already: add each app once`);
    settingsFromProps({ ...this.props, apps: { [app]: props } });
    this.apps[app] = props;
  }

  functionArn(operation: Operation): string {
    return this.operations[operation].alias(ALIASES.direct).functionArn;
  }

  grantInvoke(grantee: IGrantable, ...operations: readonly Operation[]): Grant {
    return everyGrant(operations, (operation) => this.operations[operation].alias(ALIASES.direct).grantInvoke(grantee));
  }

  trust(app: string, integration: string, role: IRole): void {
    const integrations = this.apps[app]?.integrations;
    // An app that is not here may be one that the command line has added.
    if (integrations && !Object.hasOwn(integrations, integration)) {
      const known = Object.keys(integrations).join(', ');
      throw new Error(`app ${app} has no integration ${integration}, it has ${known}: name one of them`);
    }
    const { functionArn } = this.configureApp.function;
    const trusted = trustRole(this, { configureAppArn: functionArn, app, integration, role });
    if (Stack.of(trusted) === Stack.of(this)) trusted.node.addDependency(this.everyApp);
  }

  metric(name: MetricName, options?: MetricOptions): Metric {
    return vaultMetric(this.vaultName, name, options);
  }

  /** The settings, with every app that has been added so far. */
  private settings(): VaultSettings {
    return settingsFromProps({ ...this.props, apps: this.apps });
  }

  /** Where the functions that answer requests are, and which VPC endpoints they need. */
  private network({ vpc, vpcSubnets, securityGroups }: PlatformProps): Network | undefined {
    if (!vpc) return undefined;
    const services = REQUEST_SERVICES.map((service) => `com.amazonaws.${Stack.of(this).region}.${service}`).join(', ');
    Annotations.of(this).addInfo(
      `The functions in the VPC need these endpoints, or a NAT gateway: ${services}. Private DNS must be on for those of KMS and STS.`,
    );
    return { vpc, vpcSubnets, securityGroups };
  }
}

function mapOperations<Value>(of: (operation: Operation) => Value): Record<Operation, Value> {
  return Object.fromEntries(OPERATIONS.map((operation) => [operation, of(operation)])) as Record<Operation, Value>;
}

/** `SealBlob` for `seal-blob`. */
function pascalCase(name: string): string {
  return name.replaceAll(/(^|-)(.)/g, (_, __, letter: string) => letter.toUpperCase());
}
