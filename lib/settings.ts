// What a deployment decides: the props of the stack, checked as a whole at synth.

import { Duration, Token } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { roleKeyOf, roleOf } from '../vault/domain/aws-identity.ts';
import { DEFAULT_LIFE, type KekLife, problemsOfLife } from '../vault/domain/kek-life/life.ts';
import { checkEntryTypes } from '../vault/domain/policy/check-entry-types.ts';
import type { SensitiveDataSettings } from '../vault/domain/policy/policy.ts';
import { type AppSettings, type IntegrationKind, NAME_SHAPE } from '../vault/domain/settings.ts';
import { MIN_TTL_SECONDS } from '../wire/limits.ts';

/** One integration of an app. */
export interface IntegrationProps {
  /** Decides what it may do: `messaging`, `customer-support` and `component` decrypt, `other` does not. */
  readonly kind: IntegrationKind;
  /**
   * The manual override that lets an integration of kind `other` decrypt, and has entries that go out to one of kind
   * `other` or `component` opened.
   *
   * @default false
   */
  readonly processSensitive?: boolean;
  /**
   * ARNs of the IAM roles that may speak for it, of any account in the vault's partition. A role may stand in one
   * integration of each app. Sessions are all alike: whoever may assume the role is trusted.
   *
   * @default none: it comes with API tokens
   */
  readonly roleArns?: readonly string[];
}

/** One app: a tenant with app KEKs, settings and integrations of its own. */
export interface AppProps {
  /** Integrations by name; lower case letters, digits and hyphens. */
  readonly integrations: { readonly [name: string]: IntegrationProps };
  /**
   * Time to live when a caller names none; 60 s up to the stack's `maxTtl`.
   *
   * @default the stack's maxTtl
   */
  readonly defaultTtl?: Duration;
  /**
   * What of its entries is sensitive: `enabled`, `transport` and `transcript`, and entry types of its own. See
   * `docs/entry-catalogue.md`.
   *
   * @default all three true, built-in types only; a type that nobody knows is sealed whole
   */
  readonly sensitiveData?: SensitiveDataSettings;
}

/** How long app KEKs live; see `docs/adr/0002-a-kms-key-per-app-and-slot.md`. */
export interface KekLifeProps {
  /** How long one app KEK is the one that encrypts. @default 24 hours */
  readonly cycle?: Duration;
  /** How long before its slot a key is made. @default 6 hours */
  readonly lead?: Duration;
  /** How long a writer whose clock is behind may use the previous key. @default 15 minutes */
  readonly grace?: Duration;
  /** The longest time to live a caller may ask for; at most 7 days. @default 24 hours */
  readonly maxTtl?: Duration;
  /** How long KMS still decrypts after the last expiry. @default 30 minutes */
  readonly margin?: Duration;
}

/** The settings of a vault. */
export interface VaultProps {
  /** Apps by name; lower case letters, digits and hyphens. */
  readonly apps: { readonly [name: string]: AppProps };
  readonly kekLife?: KekLifeProps;
  /**
   * Takes away, for ever, every way to change a key's policy or to bring it back after its end. Nobody, root
   * included, can undo it for the keys made while it is set.
   *
   * @default false
   */
  readonly lockKeyPolicy?: boolean;
  /** Allows cycles from 60 s on, for tests. @default false */
  readonly allowShortCycles?: boolean;
  /** Requests a second that the API takes, all callers together; a whole number from 1. @default 200 */
  readonly requestsPerSecond?: number;
  /** Keeps function and access logs for so many days, one of CloudWatch's steps; they hold no values. @default 30 */
  readonly logRetentionDays?: number;
  /** Keeps for so many days who opened what, 1 to 3,653; the rows hold no values. @default 365 */
  readonly auditRetentionDays?: number;
  /**
   * ARN of a regional WAFv2 web ACL of yours to put before the API: rate limits for each address, country lists,
   * a size limit below API Gateway's 10 MB. See `docs/adr/0009-protection-before-the-functions.md`.
   *
   * @default none
   */
  readonly webAclArn?: string;
  /**
   * IDs of the interface VPC endpoints for `execute-api` through which alone the API can be called: it then has no
   * address on the internet.
   *
   * @default none: a regional API, reached over the internet
   */
  readonly privateVpcEndpointIds?: readonly string[];
}

/** The props with every default filled in. */
export interface VaultSettings {
  readonly apps: readonly AppSettings[];
  readonly lockKeyPolicy: boolean;
  readonly requestsPerSecond: number;
  readonly logRetentionDays: number;
  readonly auditRetentionDays: number;
  readonly webAclArn: string | undefined;
  /** None: the API is not private. */
  readonly privateVpcEndpointIds: readonly string[];
}

/** The longest name of a stack: its roles' names hold it, a Region (25 at most) and a function, 64 together (IAM). */
export const MAX_STACK_NAME = 24;

/** Fills in defaults. @throws Error that lists every problem at once, each with what to change. */
export function settingsOf(props: VaultProps, stackName: string): VaultSettings {
  const life = lifeOf(props.kekLife ?? {});
  const problems = problemsOfLife(life, props.allowShortCycles ?? false).map((problem) => `kekLife: ${problem}`);
  const names = Object.keys(props.apps);
  if (names.length === 0) problems.push('apps: at least one app is needed, got none: name one');
  for (const [app, { integrations, defaultTtl, sensitiveData }] of Object.entries(props.apps)) {
    if (!NAME_SHAPE.test(app)) problems.push(`apps.${app}: ${NAME_HINT}`);
    for (const name of Object.keys(integrations)) {
      if (!NAME_SHAPE.test(name)) problems.push(`apps.${app}.integrations.${name}: ${NAME_HINT}`);
    }
    problems.push(...problemsOfRoles(app, integrations));
    problems.push(
      ...checkEntryTypes(sensitiveData?.entryTypes ?? {}).map((problem) => `apps.${app}.sensitiveData.${problem}`),
    );
    const ttlS = defaultTtl?.toSeconds() ?? life.maxTtlS;
    if (ttlS < MIN_TTL_SECONDS || ttlS > life.maxTtlS) {
      problems.push(
        `apps.${app}.defaultTtl: must be ${MIN_TTL_SECONDS} to ${life.maxTtlS} s, got ${ttlS}: change it or maxTtl`,
      );
    }
  }
  if (stackName.length > MAX_STACK_NAME) {
    problems.push(
      `stack name: must be at most ${MAX_STACK_NAME} characters, got ${stackName.length}: shorten it, roles are named after it`,
    );
  }
  problems.push(...problemsOfProtection(props));
  if (problems.length > 0) throw new Error(`the settings of the vault do not hold:\n  ${problems.join('\n  ')}`);
  return {
    apps: Object.entries(props.apps).map(([app, { integrations, defaultTtl, sensitiveData }]) => ({
      app,
      life,
      defaultTtlS: defaultTtl?.toSeconds() ?? life.maxTtlS,
      integrations: Object.fromEntries(
        Object.entries(integrations).map(([name, { kind, processSensitive = false, roleArns = [] }]) => [
          name,
          { kind, processSensitive, roles: rolesIn(roleArns) },
        ]),
      ),
      ...(sensitiveData ? { sensitiveData } : {}),
      retired: false,
    })),
    lockKeyPolicy: props.lockKeyPolicy ?? false,
    requestsPerSecond: props.requestsPerSecond ?? DEFAULT_REQUESTS_PER_SECOND,
    logRetentionDays: props.logRetentionDays ?? DEFAULT_LOG_RETENTION_DAYS,
    auditRetentionDays: props.auditRetentionDays ?? DEFAULT_AUDIT_RETENTION_DAYS,
    webAclArn: props.webAclArn,
    privateVpcEndpointIds: props.privateVpcEndpointIds ?? [],
  };
}

const DEFAULT_REQUESTS_PER_SECOND = 200;
const DEFAULT_LOG_RETENTION_DAYS = 30;
// Infinite stands among the days, as a number that CloudWatch does not take.
const LOG_RETENTION_DAYS: readonly number[] = Object.values(RetentionDays).filter(
  (days) => typeof days === 'number' && days !== RetentionDays.INFINITE,
);
const DEFAULT_AUDIT_RETENTION_DAYS = 365;
const MAX_AUDIT_RETENTION_DAYS = 3653;
// Regional ones alone stand before an API: those of the scope CLOUDFRONT are named global.
const WEB_ACL_ARN = /^arn:aws[a-z-]*:wafv2:[a-z0-9-]+:\d{12}:regional\/webacl\/[^/]+\/[^/]+$/;
const VPC_ENDPOINT_ID = /^vpce-[0-9a-f]{8,17}$/;

function problemsOfProtection(props: VaultProps): string[] {
  const { auditRetentionDays: days = DEFAULT_AUDIT_RETENTION_DAYS, webAclArn, privateVpcEndpointIds: ids } = props;
  const { requestsPerSecond = DEFAULT_REQUESTS_PER_SECOND, logRetentionDays = DEFAULT_LOG_RETENTION_DAYS } = props;
  const problems: string[] = [];
  if (!Number.isInteger(requestsPerSecond) || requestsPerSecond < 1) {
    problems.push(`requestsPerSecond: must be a whole number from 1, got ${requestsPerSecond}: change it`);
  }
  if (!LOG_RETENTION_DAYS.includes(logRetentionDays)) {
    problems.push(
      `logRetentionDays: must be one of ${LOG_RETENTION_DAYS.join(', ')}, got ${logRetentionDays}: choose the next one`,
    );
  }
  if (!Number.isInteger(days) || days < 1 || days > MAX_AUDIT_RETENTION_DAYS) {
    problems.push(`auditRetentionDays: must be whole days, 1 to ${MAX_AUDIT_RETENTION_DAYS}, got ${days}: change it`);
  }
  if (webAclArn !== undefined && !Token.isUnresolved(webAclArn) && !WEB_ACL_ARN.test(webAclArn)) {
    problems.push(
      `webAclArn: must be the ARN of a regional WAFv2 web ACL, got ${webAclArn}: see aws wafv2 list-web-acls`,
    );
  }
  if (ids?.length === 0) problems.push('privateVpcEndpointIds: must name at least one, got none: leave it out');
  for (const id of ids ?? []) {
    if (Token.isUnresolved(id) || VPC_ENDPOINT_ID.test(id)) continue;
    problems.push(`privateVpcEndpointIds: must be IDs like vpce-0123456789abcdef0, got ${id}: change it`);
  }
  return problems;
}

const NAME_HINT = 'a name starts with a lower case letter and has lower case letters, digits and hyphens, at most 63';

function problemsOfRoles(app: string, integrations: AppProps['integrations']): string[] {
  const problems: string[] = [];
  const homes = new Map<string, string>();
  for (const [name, { roleArns = [] }] of Object.entries(integrations)) {
    for (const arn of roleArns) {
      if (!roleOf(arn)) {
        problems.push(
          `apps.${app}.integrations.${name}.roleArns: must be ARNs of IAM roles, got ${arn}: write them out, like arn:aws:iam::111122223333:role/name`,
        );
      }
    }
    for (const role of rolesIn(roleArns)) {
      const home = homes.get(role);
      if (home !== undefined) {
        problems.push(
          `apps.${app}: a role may stand in one integration, got ${role} in ${home} and ${name}: take it out of one of them`,
        );
      }
      homes.set(role, name);
    }
  }
  return problems;
}

/** Each role once: the path in its ARN is no part of who it is. */
function rolesIn(roleArns: readonly string[]): string[] {
  const roles = roleArns.map(roleOf).filter((role) => role !== undefined);
  return [...new Set(roles.map(roleKeyOf))];
}

function lifeOf(props: KekLifeProps): KekLife {
  const seconds = (duration: Duration | undefined, defaultS: number) =>
    (duration ?? Duration.seconds(defaultS)).toSeconds();
  return {
    cycleS: seconds(props.cycle, DEFAULT_LIFE.cycleS),
    leadS: seconds(props.lead, DEFAULT_LIFE.leadS),
    graceS: seconds(props.grace, DEFAULT_LIFE.graceS),
    maxTtlS: seconds(props.maxTtl, DEFAULT_LIFE.maxTtlS),
    marginS: seconds(props.margin, DEFAULT_LIFE.marginS),
  };
}
