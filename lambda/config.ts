// The environment of the functions: which variables there are, and reading them all at once.

/** Every variable, by the name it has in code. */
export const VARIABLES = {
  /** Name of the stack: tags of its keys, service name of its metrics. */
  stack: 'DAYKEY_STACK',
  vaultTable: 'DAYKEY_VAULT_TABLE',
  ringTable: 'DAYKEY_RING_TABLE',
  ledgerTable: 'DAYKEY_LEDGER_TABLE',
  auditTable: 'DAYKEY_AUDIT_TABLE',
  /** Days that an audit row is kept. */
  auditRetentionDays: 'DAYKEY_AUDIT_RETENTION_DAYS',
  /** ARN of the key that signs destruction receipts. */
  receiptKeyArn: 'DAYKEY_RECEIPT_KEY_ARN',
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
export const ALIASES = { rest: 'rest', direct: 'direct', canary: 'canary' } as const;

/** The custom resources of a stack: one for each app, and one for the keys as a whole. */
export const CUSTOM_RESOURCES = { app: 'Custom::DaykeyApp', keys: 'Custom::DaykeyKeys' } as const;

/** Partition and sort key of every table. */
export const ROW_KEYS = { partitionKey: 'pk', sortKey: 'sk' } as const;

/** Attributes of the vault table that its roles and its TTL name. */
export const VAULT_TABLE = {
  /** Seconds since 1970; DynamoDB's TTL attribute. */
  expiry: 'expiresAt',
  /** What functions read that do not open anything. */
  withoutContent: ['pk', 'sk', 'slot', 'createdAt', 'blobDays'],
} as const;

/** What partition keys of the ring table begin with that a role's rights name. */
export const RING_TABLE = {
  /** Slots, which the rotator writes. Settings, tokens and roles have other partitions. */
  slots: 'slots#',
} as const;

/** The audit table's TTL attribute, in seconds since 1970. */
export const AUDIT_TABLE = { expiry: 'expiresAt' } as const;

/** Namespace of every metric; each has the dimension `service`, the name of the stack. */
export const METRIC_NAMESPACE = 'Daykey';

/** How long a function may run, in seconds. API Gateway waits 29 s; nothing that a caller waits for runs longer. */
export const FUNCTION_TIMEOUT_SECONDS = 29;

/** Reads variables. @throws Error that names every one that is missing. */
export function readConfig<const Names extends readonly Variable[]>(
  environment: Readonly<Record<string, string | undefined>>,
  names: Names,
): Record<Names[number], string> {
  const missing = names.map((name) => VARIABLES[name]).filter((variable) => !environment[variable]);
  if (missing.length > 0) throw new Error(`set these environment variables: ${missing.join(', ')}`);
  return Object.fromEntries(names.map((name) => [name, environment[VARIABLES[name]]])) as Record<Names[number], string>;
}

const REQUEST_VARIABLES = ['stack', 'ringTable', 'accountId', 'region', 'dnsSuffix'] as const;
type RequestVariable = (typeof REQUEST_VARIABLES)[number];

/** What every function of the request path must know, and its further variables. */
export type RequestConfig<Own extends Variable = never> = Record<RequestVariable | Own, string> & {
  /** Where STS is to be found instead, for emulators. AWS's own SDKs read the same variables. */
  readonly stsEndpoint: string | undefined;
};

/** Reads what the request path shares, and variables of one function's own. @throws as {@link readConfig} does. */
export function readRequestConfig<const Own extends Variable = never>(
  environment: Readonly<Record<string, string | undefined>>,
  ...own: readonly Own[]
): RequestConfig<Own> {
  const names: readonly (RequestVariable | Own)[] = [...REQUEST_VARIABLES, ...own];
  const stsEndpoint = environment.AWS_ENDPOINT_URL_STS || environment.AWS_ENDPOINT_URL || undefined;
  return { ...readConfig(environment, names), stsEndpoint };
}

/** Services that are called without an SDK client, by their host names, and the variables that AWS's SDKs read for them. */
const ENDPOINT_VARIABLES = {
  lambda: 'AWS_ENDPOINT_URL_LAMBDA',
  tagging: 'AWS_ENDPOINT_URL_RESOURCE_GROUPS_TAGGING_API',
} as const;

/** Where a service is found: in the Region, or at an emulator. */
export function endpointOf(
  service: keyof typeof ENDPOINT_VARIABLES,
  environment: Readonly<Record<string, string | undefined>>,
  { region, dnsSuffix }: Record<'region' | 'dnsSuffix', string>,
): string {
  const { [ENDPOINT_VARIABLES[service]]: own, AWS_ENDPOINT_URL } = environment;
  return own || AWS_ENDPOINT_URL || `https://${service}.${region}.${dnsSuffix}`;
}

/** Where S3 is found at an emulator; `undefined` on AWS. AWS's SDKs read the same variables. */
export function s3Endpoint(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  return environment.AWS_ENDPOINT_URL_S3 || environment.AWS_ENDPOINT_URL || undefined;
}

/** Whether to ask KMS if it judges encryption contexts. Never on AWS, whatever the setting says: there it must. */
export function mayMissConditionKeys(
  environment: Readonly<Record<string, string | undefined>>,
  { allowMissingConditionKeys }: Record<'allowMissingConditionKeys', string>,
): boolean {
  const isEmulator = Boolean(environment.AWS_ENDPOINT_URL_KMS || environment.AWS_ENDPOINT_URL);
  return isEmulator && allowMissingConditionKeys === 'true';
}

/** The same names under their variables: what the stack sets on a function. */
export function environmentOf(values: Partial<Record<Variable, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [VARIABLES[name as Variable], value]));
}
