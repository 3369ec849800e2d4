// The one schema of a vault's settings: every member, what it may be, and its default.

import * as z from 'zod/mini';
import { roleOf } from '../aws-identity.ts';
import { isClaimText, MAX_VIEWERS } from '../console/viewers.ts';
import { DEFAULT_LIFE } from '../kek-life/life.ts';
import { checkEntryTypes } from '../policy/check-entry-types.ts';
import type { EntryTypes } from '../policy/entry-type.ts';
import type { SensitiveDataSettings } from '../policy/policy.ts';
import { DELETION_WINDOW_DAYS, INTEGRATION_KINDS, NAME_SHAPE } from '../settings.ts';
import { choice, flag, group, listOf, type Members, named, numberThat, period, textThat } from './checks.ts';
import type {
  AppConsoleProps,
  AppProps,
  ConcurrencyProps,
  ConsoleProps,
  DomainProps,
  IntegrationProps,
  KekLifeProps,
  VaultProps,
} from './props.ts';
import { holdsToken } from './wording.ts';

/** The days that CloudWatch can keep logs for (CloudWatch Logs API reference, PutRetentionPolicy). */
export const LOG_RETENTION_DAYS: readonly number[] = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const KEYS = ['own', 'pooled'] as const;
const DEFAULT_KEY_POOLS = 4;
const KEY_POOLS = { least: 1, most: 64 } as const;
const MAX_AUDIT_RETENTION_DAYS = 3653;
const DEFAULT_REQUESTS_PER_SECOND = 200;
const DEFAULT_LOG_RETENTION_DAYS = 30;
const DEFAULT_AUDIT_RETENTION_DAYS = 365;
// Only a regional web ACL can protect an API. The ARN of one for CloudFront says `global`.
const WEB_ACL_ARN = /^arn:aws[a-z-]*:wafv2:[a-z0-9-]+:\d{12}:regional\/webacl\/[^/]+\/[^/]+$/;
const VPC_ENDPOINT_ID = /^vpce-[0-9a-f]{8,17}$/;
const CERTIFICATE_ARN = /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[a-zA-Z0-9-]+$/;
const POLICY_ARN = /^arn:aws[a-z-]*:iam::(aws|\d{12}):policy\/[\x21-\x7e]+$/;
const DOMAIN_NAME = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;
// IAM API reference, CreateRole: slashes at both ends, 512 characters at most.
const ROLE_PATH = /^\/([\w+=,.@-]+\/)*$/;
const MAX_ROLE_PATH = 512;
const ROLE_PREFIX = /^[\w+=,.@-]{1,32}$/;
// AWS KMS API reference, Tag; its other names are Daykey's own.
const TAG_NAME = /^(?!aws:|daykey:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u;
const TAG_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;
const TAG_HINT =
  'is not a tag: use 1 to 128 letters, digits, spaces and _.:/=+-@, and begin neither with aws: nor daykey:';
/** KMS takes 50 a key, of which Daykey sets four. */
const MAX_KEY_TAGS = 40;
/** An address that browsers protect: HTTPS, or this machine. */
const ADDRESS = /^(https:\/\/[^\s?#]+|http:\/\/(localhost|127\.0\.0\.1)(:\d+)?(\/[^\s?#]*)?)$/;
const NAME_HINT = 'is not a name: use 1 to 63 lower case letters, digits and hyphens, starting with a letter';

/** Settings as they were written, with every default filled in and every period in seconds. */
export type VaultSettings = z.output<ReturnType<typeof vaultSchema>>;

/** @param tokens whether ARNs and IDs may hold CDK tokens: before a deployment they may, in it they have their values. */
export function vaultSchema({ tokens }: { readonly tokens: boolean }) {
  const orToken = (holds: (text: string) => boolean) => (text: string) => holds(text) || (tokens && holdsToken(text));
  const roleArn = textThat(
    'the ARN of an IAM role',
    'write it like arn:aws:iam::111122223333:role/name',
    orToken((text) => roleOf(text) !== undefined),
  );
  const integration = group({
    kind: choice(INTEGRATION_KINDS),
    processSensitive: z._default(flag, false),
    roleArns: z._default(listOf('ARNs of IAM roles', roleArn), []),
  } satisfies Members<IntegrationProps>);

  const app = group({
    integrations: named(NAME_SHAPE, NAME_HINT, integration),
    defaultTtl: z.optional(period),
    sensitiveData: z.optional(sensitiveData),
    console: z.optional(appConsole),
    keys: z._default(choice(KEYS), 'own'),
  } satisfies Members<AppProps>);

  return group({
    apps: named(NAME_SHAPE, NAME_HINT, app),
    retire: z._default(
      listOf(
        'names of apps',
        textThat('the name of an app', 'write it as apps does', (text) => NAME_SHAPE.test(text)),
      ),
      [],
    ),
    keyPools: z._default(
      numberThat(
        `a whole number, ${KEY_POOLS.least} to ${KEY_POOLS.most}`,
        (value) => Number.isInteger(value) && value >= KEY_POOLS.least && value <= KEY_POOLS.most,
      ),
      DEFAULT_KEY_POOLS,
    ),
    kekLife: z.prefault(kekLife, {}),
    lockKeyPolicy: z._default(flag, false),
    deletionWindowDays: z._default(
      numberThat(
        `a whole number of days, ${DELETION_WINDOW_DAYS.least} to ${DELETION_WINDOW_DAYS.most}`,
        (value) => Number.isInteger(value) && value >= DELETION_WINDOW_DAYS.least && value <= DELETION_WINDOW_DAYS.most,
      ),
      DELETION_WINDOW_DAYS.least,
    ),
    allowShortCycles: z._default(flag, false),
    allowMissingConditionKeys: z._default(flag, false),
    requestsPerSecond: z._default(
      numberThat('a whole number from 1', (value) => Number.isInteger(value) && value >= 1),
      DEFAULT_REQUESTS_PER_SECOND,
    ),
    logRetentionDays: z._default(
      numberThat(
        `one of ${LOG_RETENTION_DAYS.join(', ')}`,
        (value) => LOG_RETENTION_DAYS.includes(value),
        'choose one',
      ),
      DEFAULT_LOG_RETENTION_DAYS,
    ),
    auditRetentionDays: z._default(
      numberThat(
        `a whole number of days, 1 to ${MAX_AUDIT_RETENTION_DAYS}`,
        (value) => Number.isInteger(value) && value >= 1 && value <= MAX_AUDIT_RETENTION_DAYS,
      ),
      DEFAULT_AUDIT_RETENTION_DAYS,
    ),
    webAclArn: z.optional(
      textThat(
        'the ARN of a regional WAFv2 web ACL',
        'look it up with aws wafv2 list-web-acls --scope REGIONAL',
        orToken((text) => WEB_ACL_ARN.test(text)),
      ),
    ),
    privateVpcEndpointIds: z.optional(
      listOf(
        'IDs of VPC endpoints',
        textThat(
          'the ID of an interface VPC endpoint',
          'write it like vpce-0123456789abcdef0',
          orToken((text) => VPC_ENDPOINT_ID.test(text)),
        ),
      ).check(z.minLength(1, { error: 'is empty: list at least one ID, or leave the setting out' })),
    ),
    domain: z.optional(
      group({
        name: textThat('the name of a domain', 'write it like vault.example.org', (text) => DOMAIN_NAME.test(text)),
        certificateArn: textThat(
          'the ARN of a certificate',
          'look it up with aws acm list-certificates',
          orToken((text) => CERTIFICATE_ARN.test(text)),
        ),
      } satisfies Members<DomainProps>),
    ),
    reservedConcurrency: z._default(reservedConcurrency, {}),
    cloudWatchRole: z._default(flag, true),
    permissionsBoundaryArn: z.optional(
      textThat(
        'the ARN of a managed policy',
        'write it like arn:aws:iam::111122223333:policy/boundary',
        orToken((text) => POLICY_ARN.test(text)),
      ),
    ),
    rolePath: z._default(
      textThat(
        `a path of at most ${MAX_ROLE_PATH} characters`,
        'write it like /security/daykey/',
        (text) => ROLE_PATH.test(text) && text.length <= MAX_ROLE_PATH,
      ),
      '/',
    ),
    rolePrefix: z._default(
      textThat('1 to 32 letters, digits and _+=,.@-', 'write it like acme-', (text) => ROLE_PREFIX.test(text)),
      '',
    ),
    keyTags: z._default(
      named(
        TAG_NAME,
        TAG_HINT,
        textThat('a text of at most 256 letters, digits, spaces and _.:/=+-@', 'change it', (text) =>
          TAG_VALUE.test(text),
        ),
      ).check(
        z.refine((tags) => Object.keys(tags).length <= MAX_KEY_TAGS, {
          error: `must have at most ${MAX_KEY_TAGS} tags: remove some`,
        }),
      ),
      {},
    ),
    console: z.optional(consoleSettings),
  } satisfies Members<VaultProps>);
}

const executions = z.optional(numberThat('a whole number from 1', (value) => Number.isInteger(value) && value >= 1));
const reservedConcurrency = group({
  encrypt: executions,
  decrypt: executions,
  erase: executions,
  authorizer: executions,
  sweep: executions,
  rotate: executions,
  configureApp: executions,
} satisfies Members<ConcurrencyProps>);

const sensitiveData = group({
  enabled: z.optional(flag),
  transport: z.optional(flag),
  transcript: z.optional(flag),
  entryTypes: z.optional(z.custom<EntryTypes>(() => true).check(entryTypesAreValid)),
} satisfies Members<SensitiveDataSettings>);

const shortText = (what: string, advice: string) => textThat(what, advice, isClaimText);

const appConsole = group({
  viewers: listOf('values of a claim', shortText('a value of a claim', 'write the name of a group')).check(
    z.minLength(1, { error: 'is empty: list at least one value, or leave console out' }),
    z.maxLength(MAX_VIEWERS, { error: `lists more than ${MAX_VIEWERS} values: let one group stand for several` }),
  ),
  showPlain: z._default(flag, false),
  requireApproval: z._default(flag, false),
} satisfies Members<AppConsoleProps>);

const consoleSettings = group({
  issuer: z.optional(address('the address of an OpenID Connect issuer')),
  clientId: z.optional(shortText('the ID of a client', 'copy it from the issuer')),
  claim: z.optional(shortText('the name of a claim', 'write it like groups')),
  requireTicket: z._default(flag, false),
} satisfies Members<ConsoleProps>);

const kekLife = group({
  cycle: z._default(period, DEFAULT_LIFE.cycleS),
  lead: z._default(period, DEFAULT_LIFE.leadS),
  grace: z._default(period, DEFAULT_LIFE.graceS),
  maxTtl: z._default(period, DEFAULT_LIFE.maxTtlS),
  margin: z._default(period, DEFAULT_LIFE.marginS),
} satisfies Members<KekLifeProps>);

function address(what: string) {
  return textThat(what, 'write it like https://login.example.org', (text) => ADDRESS.test(text));
}

/** The catalogue knows what an entry type may be. */
function entryTypesAreValid(context: z.core.ParsePayload<EntryTypes>): void {
  for (const { path, text } of checkEntryTypes(context.value)) {
    context.issues.push({ code: 'custom', path: [...path], message: text, input: undefined });
  }
}
