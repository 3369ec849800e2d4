// The environment of the functions: which variables there are, and reading them all at once.

/** Every variable, by the name it has in code. */
export const VARIABLES = {
  /** Name of the stack: tags of its keys, service name of its metrics. */
  stack: 'DAYKEY_STACK',
  vaultTable: 'DAYKEY_VAULT_TABLE',
  ringTable: 'DAYKEY_RING_TABLE',
  /** Name of the table of the secrets of apps with pooled keys. */
  secretTable: 'DAYKEY_SECRET_TABLE',
  ledgerTable: 'DAYKEY_LEDGER_TABLE',
  auditTable: 'DAYKEY_AUDIT_TABLE',
  /** Name of the Console's table. Set with `logKeyArn`, in a vault with a Console only. */
  consoleTable: 'DAYKEY_CONSOLE_TABLE',
  /** ARN of the key that rows of the entry log are sealed to. */
  logKeyArn: 'DAYKEY_LOG_KEY_ARN',
  /** Days that an audit row is kept. */
  auditRetentionDays: 'DAYKEY_AUDIT_RETENTION_DAYS',
  /** ARN of the key that signs destruction receipts. */
  receiptKeyArn: 'DAYKEY_RECEIPT_KEY_ARN',
  /** Base URL of the REST API, for the Console's own address. */
  consoleApiUrl: 'DAYKEY_CONSOLE_API_URL',
  /** The OpenID Connect issuer that people sign in with, and the Console's client there. */
  consoleIssuer: 'DAYKEY_CONSOLE_ISSUER',
  consoleClientId: 'DAYKEY_CONSOLE_CLIENT_ID',
  /** The claim whose values show apps. */
  consoleClaim: 'DAYKEY_CONSOLE_CLAIM',
  /** `true` or `false`: whether a reveal needs a ticket. */
  consoleRequiresTicket: 'DAYKEY_CONSOLE_REQUIRES_TICKET',
  /** Qualified ARN of the decrypt function's alias for the Console. */
  revealFunctionArn: 'DAYKEY_REVEAL_FUNCTION_ARN',
  partition: 'DAYKEY_PARTITION',
  accountId: 'DAYKEY_ACCOUNT_ID',
  region: 'DAYKEY_REGION',
  /** What AWS's host names end in: `amazonaws.com`, in China `amazonaws.com.cn`. */
  dnsSuffix: 'DAYKEY_DNS_SUFFIX',
  encryptRoleArn: 'DAYKEY_ENCRYPT_ROLE_ARN',
  decryptRoleArn: 'DAYKEY_DECRYPT_ROLE_ARN',
  rotateRoleArn: 'DAYKEY_ROTATE_ROLE_ARN',
  retireRoleArn: 'DAYKEY_RETIRE_ROLE_ARN',
  /** `true` or `false`: whether key policies are locked without a way back. */
  lockKeyPolicy: 'DAYKEY_LOCK_KEY_POLICY',
  /** How long KMS waits before it deletes a key, in days. */
  deletionWindowDays: 'DAYKEY_DELETION_WINDOW_DAYS',
  /** Further tags of every key, as a JSON object of texts. */
  keyTags: 'DAYKEY_KEY_TAGS',
  /** `true` or `false`: whether KMS may be an emulator that does not judge encryption contexts. */
  allowMissingConditionKeys: 'DAYKEY_ALLOW_MISSING_CONDITION_KEYS',
  /** Qualified ARNs of the functions that try a fresh key. */
  encryptCanaryArn: 'DAYKEY_ENCRYPT_CANARY_ARN',
  decryptCanaryArn: 'DAYKEY_DECRYPT_CANARY_ARN',
  rotateFunctionArn: 'DAYKEY_ROTATE_FUNCTION_ARN',
  /** The bucket of encrypted blobs, and the role that may put objects there. */
  blobBucket: 'DAYKEY_BLOB_BUCKET',
  uploadRoleArn: 'DAYKEY_UPLOAD_ROLE_ARN',
} as const;

export type Variable = keyof typeof VARIABLES;

/** Aliases of the functions: each caller is granted one, so that none can pass for another. */
export const ALIASES = { rest: 'rest', direct: 'direct', canary: 'canary', console: 'console' } as const;

/** The custom resources of a vault: one for all apps, one for the keys as a whole, and one for each role of another stack. */
export const CUSTOM_RESOURCES = {
  apps: 'Custom::DaykeyApps',
  keys: 'Custom::DaykeyKeys',
  trust: 'Custom::DaykeyTrust',
} as const;

/** Partition and sort key of every table. */
export const ROW_KEYS = { partitionKey: 'pk', sortKey: 'sk' } as const;

/** The TTL attribute of every table that has one: seconds since 1970. */
export const TTL_ATTRIBUTE = 'expiresAt';

/** Attributes of the vault table that its roles name. */
export const VAULT_TABLE = {
  /** The map of sealed fields. */
  fields: 'fields',
  /** Random name of the request that erased a field last. */
  eraser: 'eraser',
  /** What functions read that do not open anything. */
  withoutContent: ['pk', 'sk', 'pool', 'slot', 'createdAt', 'blobDays'],
} as const;

/** Index and attributes of the ring table, and the prefix of partition keys that the rights of roles name. */
export const RING_TABLE = {
  /** Slots and their plan, which the rotator writes. Settings, tokens and roles have other partitions. */
  slots: 'slots#',
  /** The index of plans by the second from which they are due. A plan with nothing to come is not in it. */
  dueIndex: 'due',
  /** Partition key of the index: a shard's number as text. */
  dueShard: 'due',
  /** Sort key of the index: seconds since 1970. */
  dueAt: 'dueAtS',
} as const;

/** Attributes of the ledger table that are counts: all that the functions which count bundles may change. */
export const LEDGER_TABLE = { tallies: ['swept', 'erased'] } as const;

/** Namespace of every metric; each has the dimension `service`, the name of the stack. */
export const METRIC_NAMESPACE = 'Daykey';

/** How long a function may run, in seconds. API Gateway waits 29 s; nothing that a caller waits for runs longer. */
export const FUNCTION_TIMEOUT_SECONDS = 29;

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads variables. @throws Error that names every one that is missing. */
export function readConfig<const Names extends readonly Variable[]>(
  environment: Environment,
  names: Names,
): Record<Names[number], string> {
  const missing = names.map((name) => VARIABLES[name]).filter((variable) => !environment[variable]);
  if (missing.length > 0) throw new Error(`set these environment variables: ${missing.join(', ')}`);
  return Object.fromEntries(names.map((name) => [name, environment[VARIABLES[name]]])) as Record<Names[number], string>;
}

const REQUEST_VARIABLES = ['stack', 'ringTable', 'accountId', 'region', 'dnsSuffix'] as const;
type RequestVariable = (typeof REQUEST_VARIABLES)[number];

/** What every function of the request path must know, where STS is found, and its further variables. */
export type RequestConfig<Own extends Variable = never> = Record<RequestVariable | Own | 'stsEndpoint', string>;

/** Reads what the request path shares, and variables of one function's own. @throws as {@link readConfig} does. */
export function readRequestConfig<const Own extends Variable = never>(
  environment: Environment,
  ...own: readonly Own[]
): RequestConfig<Own> {
  const config = readConfig<readonly (RequestVariable | Own)[]>(environment, [...REQUEST_VARIABLES, ...own]);
  return { ...config, stsEndpoint: endpointOf('sts', environment, config) };
}

/** The Console's part of a function's environment; `undefined` in a vault without one. @throws Error when half of it is there. */
export function readConsoleConfig(environment: Environment): Record<'consoleTable' | 'logKeyArn', string> | undefined {
  const isThere = environment[VARIABLES.consoleTable] || environment[VARIABLES.logKeyArn];
  return isThere ? readConfig(environment, ['consoleTable', 'logKeyArn']) : undefined;
}

/** The tag of every resource and key of a vault. Its value is the vault's name. */
export const VAULT_TAG = 'daykey:stack';

/** The name of a stack's output: `RingTable` for a vault `Shop`, `SecurityVaultRingTable` for a vault `Shop/Security/Vault`. */
export function outputName(vaultName: string, name: string): string {
  return `${vaultName.split('/').slice(1).join('')}${name}`.replaceAll(/[^A-Za-z0-9]/g, '');
}

/** The path of the Console below the API. */
export const CONSOLE_PATH = 'console';

/** The address of the Console's page. An emulator serves an API below its own address. */
export function consoleAddress(
  { AWS_ENDPOINT_URL }: Environment,
  { consoleApiUrl }: Record<'consoleApiUrl', string>,
): string {
  const { hostname, pathname } = new URL(consoleApiUrl);
  const [apiId] = hostname.split('.');
  const stage = pathname.replaceAll('/', '');
  const api = AWS_ENDPOINT_URL ? emulatedApiUrl(AWS_ENDPOINT_URL, `${apiId}`, stage) : consoleApiUrl.replace(/\/$/, '');
  return `${api}/${CONSOLE_PATH}`;
}

/** The address of an API at an emulator: the path form, since names below *.localhost do not resolve everywhere. */
export function emulatedApiUrl(endpoint: string, apiId: string, stage: string): string {
  return `${endpoint}/restapis/${apiId}/${stage}/_user_request_`;
}

/** Who the Console's issuer is. An emulator has the metadata of its user pools below its own address. */
export function consoleIssuer(
  { AWS_ENDPOINT_URL }: Environment,
  { consoleIssuer: issuer }: Record<'consoleIssuer', string>,
): { readonly issuer: string; readonly metadataAt?: string; readonly allowHttp: boolean } {
  const pool = /^https:\/\/cognito-idp\.[^/]+\/([^/]+)$/.exec(issuer)?.[1];
  if (AWS_ENDPOINT_URL && pool) return { issuer, metadataAt: `${AWS_ENDPOINT_URL}/${pool}`, allowHttp: true };
  return { issuer, allowHttp: issuer.startsWith('http://') };
}

/** Services by their host names, and the variables that AWS's SDKs read for them. */
const ENDPOINT_VARIABLES = {
  kms: 'AWS_ENDPOINT_URL_KMS',
  lambda: 'AWS_ENDPOINT_URL_LAMBDA',
  s3: 'AWS_ENDPOINT_URL_S3',
  sts: 'AWS_ENDPOINT_URL_STS',
  tagging: 'AWS_ENDPOINT_URL_RESOURCE_GROUPS_TAGGING_API',
} as const;
type Service = keyof typeof ENDPOINT_VARIABLES;

/** Where a service is found at an emulator; `undefined` on AWS. */
export function emulatorOf(service: Service, environment: Environment): string | undefined {
  return environment[ENDPOINT_VARIABLES[service]] || environment.AWS_ENDPOINT_URL || undefined;
}

/** Where a service is found: in the Region, or at an emulator. */
export function endpointOf(
  service: Service,
  environment: Environment,
  { region, dnsSuffix }: Record<'region' | 'dnsSuffix', string>,
): string {
  return emulatorOf(service, environment) ?? `https://${service}.${region}.${dnsSuffix}`;
}

/** Whether to ask KMS if it judges encryption contexts. Never on AWS, whatever the setting says: there it must. */
export function mayMissConditionKeys(
  environment: Environment,
  { allowMissingConditionKeys }: Record<'allowMissingConditionKeys', string>,
): boolean {
  return emulatorOf('kms', environment) !== undefined && allowMissingConditionKeys === 'true';
}

/** The same names under their variables: what the stack sets on a function. */
export function environmentOf(values: Partial<Record<Variable, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [VARIABLES[name as Variable], value]));
}
