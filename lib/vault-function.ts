// One function of the vault: bundle, role with a fixed name, log group and aliases.

import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { type Conditions, Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  Alias,
  Architecture,
  type EventInvokeConfigOptions,
  type FunctionOptions,
  type IAlias,
  type IVersion,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { type ICommandHooks, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { environmentOf, FUNCTION_TIMEOUT_SECONDS, type Variable } from '../lambda/config.ts';

const REPOSITORY = fileURLToPath(new URL('..', import.meta.url));

/**
 * What a function never loads: credential providers, because its credentials are in the environment, and streams of events.
 * Without them a bundle is a third smaller, and a function without credentials fails.
 */
const NEVER_LOADED = [
  '@aws-sdk/credential-provider-http',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-login',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@smithy/credential-provider-imds',
  '@smithy/core/event-streams',
];

/** Builds the Console's page into the folder `page` of the bundle. */
const PAGE_BESIDE_THE_CODE: ICommandHooks = {
  beforeBundling: () => [],
  beforeInstall: () => [],
  afterBundling: (_, outputFolder) => [
    `"${process.execPath}" "${REPOSITORY}scripts/console-page.mjs" "${outputFolder}/page"`,
  ],
};

/** How every function is bundled. The bundle-size test uses the same options. */
export const BUNDLING = {
  mainFields: ['module', 'main'],
  external: NEVER_LOADED,
  target: 'node24',
  // It loads in 0.9 of the time of a module. An entry point cannot wait at its top level, and none does.
  format: 'cjs',
} as const;

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
  /** Whether the Console's page lies beside the code. @default false */
  readonly page?: boolean;
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
  readonly function: NodejsFunction;
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
    this.function = new NodejsFunction(this, 'Function', {
      entry: `${REPOSITORY}lambda/${props.entry}.ts`,
      projectRoot: REPOSITORY,
      depsLockFilePath: `${REPOSITORY}package-lock.json`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memoryMb ?? 1024,
      timeout: props.timeout ?? Duration.seconds(FUNCTION_TIMEOUT_SECONDS),
      role: this.role,
      logGroup,
      environment: environmentOf(props.environment),
      awsSdkConnectionReuse: false,
      ...(reservedConcurrency !== undefined && { reservedConcurrentExecutions: reservedConcurrency }),
      ...networkProps(network),
      bundling: {
        format: OutputFormat.CJS,
        minify: true,
        mainFields: [...BUNDLING.mainFields],
        externalModules: [...BUNDLING.external],
        target: BUNDLING.target,
        ...(props.page === true ? { commandHooks: PAGE_BESIDE_THE_CODE } : {}),
      },
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
