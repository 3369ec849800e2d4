// What other constructs do with a vault, and a vault that another CDK app has deployed.

import { Stack } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { Grant, type IGrantable, type IRole } from 'aws-cdk-lib/aws-iam';
import { Construct, type IConstruct } from 'constructs';
import { audienceOf } from '../vault/domain/aws-identity.ts';
import type { Metric as MetricName } from '../vault/ports/telemetry.ts';
import type { Operation } from '../wire/operations.ts';
import { TrustedRole } from './trusted-role.ts';
import { vaultMetric } from './vault-metric.ts';

/** A vault of this CDK app, or an imported one. */
export interface IDaykeyVault extends IConstruct {
  /** The name by which keys, metrics and callers know the vault: that of its stack, and its path there if it has one. */
  readonly vaultName: string;
  /** Where callers reach the REST API, with a slash at its end. */
  readonly url: string;
  /** What AWS roles sign their identity for: the option `audience` of `awsIdentity`. */
  readonly audience: string;
  /**
   * ARN of the function behind an operation, for `lambdaTransport`.
   *
   * @throws Error for an imported vault without it.
   */
  functionArn(operation: Operation): string;
  /**
   * Allows a role to invoke the functions of operations directly. The vault still verifies its identity on each call, and
   * trusts it only with {@link IDaykeyVault.trust} or `roleArns`. A role of another account also needs the function's permission,
   * which an imported vault cannot give.
   *
   * @throws Error without an operation.
   */
  grantInvoke(grantee: IGrantable, ...operations: readonly Operation[]): Grant;
  /**
   * Lets a role act as an integration of an app. The trust is a resource of the role's stack, and ends within 60 seconds after
   * that resource is deleted. The role may be of any account, its stack has to be in the account and Region of the vault.
   *
   * @throws Error for an integration that the app does not have, and for an imported vault without `configureAppArn`.
   */
  trust(app: string, integration: string, role: IRole): void;
  /** A metric of the vault: of a state the worst value, of events the sum, over 5 minutes. */
  metric(name: MetricName, options?: MetricOptions): Metric;
}

/** What is known of a vault that another CDK app has deployed: outputs of its stack. */
export interface DaykeyVaultAttributes {
  /** The name of its stack, followed by the construct's path in it, as in `Shop/Vault`, unless the stack is a `DaykeyStack`. */
  readonly vaultName: string;
  /** The output `Url`. */
  readonly url: string;
  /** The output `Audience`. @default that of a vault in the account and Region of the importing stack */
  readonly audience?: string | undefined;
  /** The outputs `FunctionEncrypt`, `FunctionDecrypt` and so on. @default none: nothing can be invoked directly */
  readonly functionArns?: Readonly<Partial<Record<Operation, string>>> | undefined;
  /** The output `ConfigureAppArn`. @default none: no role can be trusted */
  readonly configureAppArn?: string | undefined;
}

/** A vault that another CDK app has deployed. Made by `DaykeyVault.fromAttributes`. */
export class ImportedVault extends Construct implements IDaykeyVault {
  readonly vaultName: string;
  readonly url: string;
  readonly audience: string;
  private readonly attributes: DaykeyVaultAttributes;

  constructor(scope: Construct, id: string, attributes: DaykeyVaultAttributes) {
    super(scope, id);
    const { account, region } = Stack.of(this);
    this.vaultName = attributes.vaultName;
    this.url = attributes.url;
    this.audience = attributes.audience ?? audienceOf({ accountId: account, region, stack: attributes.vaultName });
    this.attributes = attributes;
  }

  functionArn(operation: Operation): string {
    const arn = this.attributes.functionArns?.[operation];
    if (arn === undefined) throw new Error(`functionArns: has no ${operation}: add the ARN to the vault's attributes`);
    return arn;
  }

  grantInvoke(grantee: IGrantable, ...operations: readonly Operation[]): Grant {
    return everyGrant(operations, (operation) =>
      Grant.addToPrincipal({
        grantee,
        actions: ['lambda:InvokeFunction'],
        resourceArns: [this.functionArn(operation)],
      }),
    );
  }

  trust(app: string, integration: string, role: IRole): void {
    const { configureAppArn } = this.attributes;
    if (configureAppArn === undefined)
      throw new Error('configureAppArn: is missing: add it to the attributes of the vault');
    trustRole(this, { configureAppArn, app, integration, role });
  }

  metric(name: MetricName, options?: MetricOptions): Metric {
    return vaultMetric(this.vaultName, name, options);
  }
}

/** One grant for all operations. @throws Error without any. */
export function everyGrant(operations: readonly Operation[], grant: (operation: Operation) => Grant): Grant {
  const [first, ...others] = operations.map(grant);
  if (first === undefined) throw new Error('grantInvoke: names no operation: name those that the role may invoke');
  return others.reduce((all, next) => all.combine(next), first);
}

interface Trust {
  readonly configureAppArn: string;
  readonly app: string;
  readonly integration: string;
  readonly role: IRole;
}

/** Makes the resource beside the role. */
export function trustRole({ vaultName }: IDaykeyVault, { role, ...trust }: Trust): TrustedRole {
  // Below the role, so that two stacks can trust roles of the same names, and one role can have several integrations.
  const id = `Trust-${vaultName}-${trust.app}-${trust.integration}`.replaceAll('/', '-');
  return new TrustedRole(role as unknown as Construct, id, { ...trust, roleArn: role.roleArn });
}
