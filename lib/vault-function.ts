// One function of the vault: bundle, role with a fixed name, log group and aliases.

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { type Conditions, Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  Alias,
  Architecture,
  Code,
  type EventInvokeConfigOptions,
  type FunctionOptions,
  type IAlias,
  type IVersion,
  Function as LambdaFunction,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { environmentOf, FUNCTION_TIMEOUT_SECONDS, type Variable } from '../lambda/config.ts';

/** Where the built functions are: in the repository, and in the npm package. */
const BUILT_FUNCTIONS = ['../dist/lambda', '../../lambda'].map((path) => join(import.meta.dirname, path));

/** What all functions of a vault have in common. */
export interface FunctionDefaults extends RoleNaming {
  readonly logRetentionDays: number;
  /** Encrypts the log groups. Its policy must let CloudWatch Logs use it. */
  readonly logKey: IKey | undefined;
}

/** How the roles of the functions are called. */
export interface RoleNaming {
  readonly vaultName: string;
  /** Begins and ends with a slash. */
  readonly rolePath: string;
  readonly rolePrefix: string;
}

/** Where functions reach the network from. */
export interface Network {
  readonly vpc: IVpc;
  readonly vpcSubnets?: SubnetSelection | undefined;
  readonly securityGroups?: readonly ISecurityGroup[] | undefined;
}

export interface VaultFunctionProps extends FunctionDefaults {
  /** The entry point: `lambda/<entry>.ts`. */
  readonly entry: string;
  readonly environment: Partial<Record<Variable, string>>;
  /** Names of aliases, one for each kind of caller. @default none */
  readonly aliases?: readonly string[];
  /** @default 29 s, what API Gateway waits */
  readonly timeout?: Duration;
  /** @default 1024; at 1,769 MB a function has one whole core */
  readonly memoryMb?: number;
  /** @default outside of every VPC */
  readonly network?: Network | undefined;
  /** @default none set aside */
  readonly reservedConcurrency?: number | undefined;
}

/** A name of a role has 64 characters (IAM), of which the Region takes 25 at most, and the function with its hyphens 15. */
const MAX_ROLE_NAME_START = 24;

/** What Lambda needs in a VPC. The function's code has no use for it. */
const NETWORK_INTERFACES = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

// A caller's event holds plaintext and would wait in a queue. CloudFormation sends its next event when it has given up on
// one, which may then no longer arrive.
const TRIED_ONCE_AND_SOON: EventInvokeConfigOptions = { retryAttempts: 0, maxEventAge: Duration.minutes(1) };

/** A function with no rights except those that {@link VaultFunction.allow} grants. */
export class VaultFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;
  /** Aliases by name. */
  readonly aliases: ReadonlyMap<string, IAlias>;

  constructor(scope: Construct, id: string, props: VaultFunctionProps) {
    super(scope, id);
    const { network, logKey, reservedConcurrency } = props;
    const logGroup = new LogGroup(this, 'Log', {
      retention: props.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
      ...(logKey && { encryptionKey: logKey }),
    });
    this.role = new Role(this, 'Role', {
      roleName: roleName(this, props.entry, props),
      path: props.rolePath,
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    this.allow(['logs:CreateLogStream', 'logs:PutLogEvents'], logGroup.logGroupArn, `${logGroup.logGroupArn}:*`);
    if (network) this.allow(NETWORK_INTERFACES, '*');
    this.function = new LambdaFunction(this, 'Function', {
      code: Code.fromAsset(builtFunction(props.entry)),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memoryMb ?? 1024,
      timeout: props.timeout ?? Duration.seconds(FUNCTION_TIMEOUT_SECONDS),
      role: this.role,
      logGroup,
      environment: environmentOf(props.environment),
      ...(reservedConcurrency !== undefined && { reservedConcurrentExecutions: reservedConcurrency }),
      ...networkProps(network),
      ...TRIED_ONCE_AND_SOON,
    });
    this.aliases = new Map(
      (props.aliases ?? []).map((name) => [
        name,
        new Alias(this, `${name}Alias`, {
          aliasName: name,
          version: this.function.currentVersion as IVersion,
          ...TRIED_ONCE_AND_SOON,
        }) as IAlias,
      ]),
    );
  }

  /** The alias of that name. @throws Error when there is none. */
  alias(name: string): IAlias {
    const alias = this.aliases.get(name);
    if (!alias) throw new Error(`${this.node.path} has no alias ${name}: add it to its aliases`);
    return alias;
  }

  /** Allows these actions on these resources. */
  allow(actions: string[], ...resources: string[]): void {
    this.allowIf({}, actions, ...resources);
  }

  /** Allows these actions on these resources under IAM conditions. */
  allowIf(conditions: Conditions, actions: string[], ...resources: string[]): void {
    this.role.addToPolicy(new PolicyStatement({ effect: Effect.ALLOW, actions, resources, conditions }));
  }
}

function networkProps(network: Network | undefined): Pick<FunctionOptions, 'vpc' | 'vpcSubnets' | 'securityGroups'> {
  if (!network) return {};
  const { vpc, vpcSubnets, securityGroups } = network;
  return { vpc, ...(vpcSubnets && { vpcSubnets }), ...(securityGroups && { securityGroups: [...securityGroups] }) };
}

/** The folder of a function's code. @throws Error when the functions are not built. */
function builtFunction(entry: string): string {
  const folder = BUILT_FUNCTIONS.map((built) => join(built, entry)).find((each) => existsSync(each));
  if (folder === undefined) throw new Error(`${BUILT_FUNCTIONS[0]}/${entry} is missing: build the functions first`);
  return folder;
}

/** The fixed name of a role. Key policies contain it and outlive a deployment. */
export function roleName(scope: Construct, entry: string, { rolePrefix, vaultName }: RoleNaming): string {
  return `${roleNameStart(`${rolePrefix}${vaultName}`)}-${Stack.of(scope).region}-${entry}`;
}

/** A text as it is, or its beginning and 8 digits of its hash where it is too long or has what the name of a role cannot. */
function roleNameStart(text: string): string {
  const allowed = text.replaceAll(/[^\w+=,.@-]/g, '-');
  if (allowed === text && text.length <= MAX_ROLE_NAME_START) return text;
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 8);
  return `${allowed.slice(0, MAX_ROLE_NAME_START - hash.length - 1)}-${hash}`;
}

/** The ARN of an entry point's role, as text: a reference to the resource would make a dependency cycle. */
export function roleArn(scope: Construct, entry: string, naming: RoleNaming): string {
  return Stack.of(scope).formatArn({
    service: 'iam',
    region: '',
    resource: `role${naming.rolePath.slice(0, -1)}`,
    resourceName: roleName(scope, entry, naming),
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });
}
