// What people write as the settings of a vault. Types only: `schema.ts` beside it checks every member and fills in defaults.

import type { SensitiveDataSettings } from '../policy/policy.ts';
import type { IntegrationKind } from '../settings.ts';
import type { Period } from './period.ts';

/** One integration of an app: a system that calls the vault. */
export interface IntegrationProps {
  /** What the integration may do: `messaging`, `customer-support` and `component` may decrypt, `other` may not. */
  readonly kind: IntegrationKind;
  /**
   * Lets an integration of kind `other` decrypt, and gives plaintext in outgoing entries to one of kind `other` or
   * `component`.
   *
   * @default false
   */
  readonly processSensitive?: boolean | undefined;
  /**
   * ARNs of the IAM roles that may act as this integration. Roles of any account in the vault's partition are allowed. A role
   * can belong to one integration of each app. Every session of a role counts, so anyone who may assume the role is trusted.
   * CDK tokens are allowed.
   *
   * @default none: the integration calls with API tokens
   */
  readonly roleArns?: readonly string[] | undefined;
}

/** One app: a tenant with separate keys, settings and integrations. */
export interface AppProps {
  /** Integrations by name. A name has 1 to 63 lower case letters, digits and hyphens, and starts with a letter. */
  readonly integrations: { readonly [name: string]: IntegrationProps };
  /**
   * Time to live of a value when the caller gives none: 60 s up to `kekLife.maxTtl`.
   *
   * @default kekLife.maxTtl
   */
  readonly defaultTtl?: Period | undefined;
  /**
   * Which of the app's entries are sensitive, and the entry types that it adds. See `docs/entry-catalogue.md`.
   *
   * @default every rule is on, built-in types only; an entry of an unknown type is sealed whole
   */
  readonly sensitiveData?: SensitiveDataSettings | undefined;
  /**
   * Shows the app's entries in the Console, until their values end. Needs the vault's setting `console`. See
   * `docs/console.md`.
   *
   * @default none: no entry of the app is logged, and the Console cannot open any of its values
   */
  readonly console?: AppConsoleProps | undefined;
  /**
   * `own`: KMS keys for this app, of which each costs $1 a month. `pooled`: keys that it shares with the other apps of a pool, and a
   * secret in the vault that keeps its values apart from theirs. A change is for what is sealed from then on.
   *
   * @default 'own'
   */
  readonly keys?: 'own' | 'pooled' | undefined;
}

/** An app in the Console. */
export interface AppConsoleProps {
  /** Who sees the app: 1 to 100 values of the claim that the vault's setting `console.claim` names. */
  readonly viewers: readonly string[];
  /** Keeps in the log what entries that are not sensitive say. @default false: their types, times and rules only */
  readonly showPlain?: boolean | undefined;
  /** Lets a person reveal a value only after another viewer has approved it. @default false */
  readonly requireApproval?: boolean | undefined;
}

/** Where people see the log and reveal values. See `docs/console.md`. */
export interface ConsoleProps {
  /**
   * Address of the OpenID Connect issuer that people sign in with: `https://` and no slash at its end, unless the issuer
   * itself has one.
   *
   * @default a Cognito user pool that the stack makes
   */
  readonly issuer?: string | undefined;
  /** The ID of the Console as a public client of that issuer. Needed with `issuer`, and only then. */
  readonly clientId?: string | undefined;
  /**
   * The claim of the ID token whose values `viewers` lists: a text or a list of texts.
   *
   * @default 'groups'; 'cognito:groups' with the stack's own user pool
   */
  readonly claim?: string | undefined;
  /** Asks for a ticket beside the reason of each reveal. @default false */
  readonly requireTicket?: boolean | undefined;
}

/** How long app KEKs live. See `docs/adr/0002-a-kms-key-per-app-and-slot.md`. */
export interface KekLifeProps {
  /** How long one app KEK encrypts; at least 1 hour. @default 24h */
  readonly cycle?: Period | undefined;
  /** How long before its cycle a key is made; at least 1 hour, at most `cycle`. @default 6h */
  readonly lead?: Period | undefined;
  /** How long a writer with a slow clock may still use the previous key; 5 minutes to `cycle`. @default 15m */
  readonly grace?: Period | undefined;
  /** The longest time to live that a caller may ask for; 60 s to 7 days. @default 24h */
  readonly maxTtl?: Period | undefined;
  /** How long KMS still decrypts after the last value has expired; at least 5 minutes and `grace`. @default 30m */
  readonly margin?: Period | undefined;
}

/** A name of yours for the API. You point it at the stack's output `DomainTarget` in your DNS. */
export interface DomainProps {
  /** The name, such as `vault.example.org`. */
  readonly name: string;
  /** ARN of a certificate for it in AWS Certificate Manager, in the vault's Region. CDK tokens are allowed. */
  readonly certificateArn: string;
}

/** Concurrent executions that are set aside for a function, and that it never exceeds: whole numbers from 1. */
export interface ConcurrencyProps {
  /** Serves `encrypt`, `incoming`, `explain` and `seal-blob`. */
  readonly encrypt?: number | undefined;
  /** Serves `decrypt`, `outgoing` and `open-blob`, and answers the Console: who sees an app, and what people reveal. */
  readonly decrypt?: number | undefined;
  /** Serves `erase`. */
  readonly erase?: number | undefined;
  /** Checks who calls the API, when its answer is not cached. */
  readonly authorizer?: number | undefined;
  /** Deletes what has expired, once a minute. */
  readonly sweep?: number | undefined;
  /** Makes and destroys app KEKs, every few minutes. */
  readonly rotate?: number | undefined;
  /** Sets up and retires apps during deployments. */
  readonly configureApp?: number | undefined;
}

/** The settings of a vault. */
export interface VaultProps {
  /**
   * Apps by name. A name has 1 to 63 lower case letters, digits and hyphens, and starts with a letter. An app that is no longer
   * among them is detached: its callers are refused, and nothing of it is destroyed. See `retire`.
   */
  readonly apps: { readonly [name: string]: AppProps };
  /**
   * Names of apps that end: their callers are refused at once, and an hour later their keys and blobs are destroyed. Until then,
   * listing one under `apps` again brings it back.
   *
   * @default none
   */
  readonly retire?: readonly string[] | undefined;
  /**
   * How many pools the apps with pooled keys are spread over: a whole number, 1 to 64. An app stays in the pool that it was
   * given first.
   *
   * @default 4
   */
  readonly keyPools?: number | undefined;
  /** How long app KEKs live. @default the defaults of its members */
  readonly kekLife?: KekLifeProps | undefined;
  /**
   * Removes every way to change a key's policy or to bring the key back after its end. This cannot be undone, not even by the
   * account's root user, for keys that are made while it is set.
   *
   * @default false
   */
  readonly lockKeyPolicy?: boolean | undefined;
  /**
   * How many days KMS waits before it deletes a key for good: a whole number, 7 to 30. The key is of no use while it waits.
   * Each app then has two keys alive and one pending for each of these days, of the 100,000 of an account and Region.
   *
   * @default 7
   */
  readonly deletionWindowDays?: number | undefined;
  /** Allows cycles from 60 seconds on. For tests only. @default false */
  readonly allowShortCycles?: boolean | undefined;
  /**
   * Allows an emulator whose KMS does not judge encryption contexts: its keys then end values at T2 only. Without effect on
   * AWS, where the first deployment fails if KMS does not.
   *
   * @default false
   */
  readonly allowMissingConditionKeys?: boolean | undefined;
  /**
   * Requests per second that the API accepts on each route, from all callers together: a whole number from 1. Bursts may reach
   * twice as many. API Gateway throttles each method on a best effort basis: a web ACL limits single callers.
   *
   * @default 200
   */
  readonly requestsPerSecond?: number | undefined;
  /** How many days function and access logs are kept: one of CloudWatch's steps, 1 to 3,653. @default 30 */
  readonly logRetentionDays?: number | undefined;
  /** How many days the audit log keeps each row: a whole number, 1 to 3,653. @default 365 */
  readonly auditRetentionDays?: number | undefined;
  /**
   * ARN of your regional WAFv2 web ACL to attach to the API: rate limits per address, country lists, a size limit
   * below API Gateway's 10 MB. CDK tokens are allowed. See `docs/adr/0009-protection-before-the-functions.md`.
   *
   * @default none
   */
  readonly webAclArn?: string | undefined;
  /**
   * IDs of the interface VPC endpoints for `execute-api` that can reach the API. The API then has no address on the internet.
   * At least one if set. CDK tokens are allowed.
   *
   * @default none: a regional API, reached over the internet
   */
  readonly privateVpcEndpointIds?: readonly string[] | undefined;
  /**
   * A name of yours for the API. The address that API Gateway gives it is then switched off. Not for a private API.
   *
   * @default none: the address of API Gateway
   */
  readonly domain?: DomainProps | undefined;
  /**
   * Concurrent executions of the functions. They are taken from the account's quota, so leave the others enough.
   *
   * @default none: the functions share the account's quota
   */
  readonly reservedConcurrency?: ConcurrencyProps | undefined;
  /**
   * Whether the stack sets the role through which API Gateway writes logs, which is one for the whole account and Region. Switch
   * it off where another stack sets it.
   *
   * @default true
   */
  readonly cloudWatchRole?: boolean | undefined;
  /** ARN of the managed policy that bounds the rights of every role of the vault. CDK tokens are allowed. @default none */
  readonly permissionsBoundaryArn?: string | undefined;
  /**
   * Path of every role of the vault, such as `/security/daykey/`. It cannot be changed later without replacing the roles, and live
   * keys name them: their values are then lost.
   *
   * @default /
   */
  readonly rolePath?: string | undefined;
  /**
   * What the name of each function's role begins with. It cannot be changed later, as the path cannot.
   *
   * @default none: the name of the stack
   */
  readonly rolePrefix?: string | undefined;
  /**
   * Tags for the keys that the vault makes: at most 40, with names that begin neither with `aws:` nor `daykey:`.
   *
   * @default none but its own
   */
  readonly keyTags?: { readonly [name: string]: string } | undefined;
  /** A page where authorized people see today's entries and reveal values. @default none: nothing of it exists */
  readonly console?: ConsoleProps | undefined;
}
