// Settings that are not valid, each with the lines that say so: the CDK app, the testing kit and the configure function answer alike.

/** A name, the settings, and every line of the error. */
export type WrongSettings = readonly [name: string, settings: unknown, lines: readonly string[]];

const apps = { shop: { integrations: { web: { kind: 'messaging' } } } };
const ROLE = 'arn:aws:iam::111122223333:role/desk';

function withApp(app: object): object {
  return { apps: { shop: { ...apps.shop, ...app } } };
}

function withIntegration(integration: object): object {
  return { apps: { shop: { integrations: { web: { kind: 'messaging', ...integration } } } } };
}

const KIND = 'apps.shop.integrations.web.kind: must be messaging, customer-support, component or other';
const PERIOD = 'write "90s", "15m", "24h", "7d" or a Duration of the CDK';

/** All of them can be written as JSON. */
export const WRONG_SETTINGS: readonly WrongSettings[] = [
  // Names that are not known, at every depth.
  ['a misspelt lock', { apps, lockKeyPolcy: true }, ['lockKeyPolcy: is not a known name: did you mean lockKeyPolicy?']],
  [
    'a singular endpoint',
    { apps, privateVpcEndpointId: 'vpce-0123456789abcdef0' },
    ['privateVpcEndpointId: is not a known name: did you mean privateVpcEndpointIds?'],
  ],
  [
    'another case',
    { apps, RequestsPerSecond: 5 },
    ['RequestsPerSecond: is not a known name: did you mean requestsPerSecond?'],
  ],
  ['a name that resembles none', { apps, localSetup: 'yes' }, [expectUnknown('localSetup')]],
  ['a member of another level', { apps, maxTtl: '24h' }, [expectUnknown('maxTtl')]],
  [
    'a unit in the name',
    { apps, kekLife: { maxTtlS: 86_400 } },
    ['kekLife.maxTtlS: is not a known name: did you mean maxTtl?'],
  ],
  [
    'a TTL in capitals',
    withApp({ defaultTTL: '15m' }),
    ['apps.shop.defaultTTL: is not a known name: did you mean defaultTtl?'],
  ],
  [
    'one role instead of a list',
    withIntegration({ roleArn: ROLE }),
    ['apps.shop.integrations.web.roleArn: is not a known name: did you mean roleArns?'],
  ],
  [
    'a rule that is not known',
    withApp({ sensitiveData: { transcripts: false } }),
    ['apps.shop.sensitiveData.transcripts: is not a known name: did you mean transcript?'],
  ],
  [
    'an unknown name without a value',
    { apps, lockKeyPolcy: null },
    ['lockKeyPolcy: is not a known name: did you mean lockKeyPolicy?'],
  ],

  // Enums.
  ['a misspelt kind', withIntegration({ kind: 'mesaging' }), [`${KIND}, got "mesaging": did you mean messaging?`]],
  ['another kind', withIntegration({ kind: 'messenger' }), [`${KIND}, got "messenger": choose one of them`]],
  ['a kind that resembles none', withIntegration({ kind: 'crm' }), [`${KIND}, got "crm": choose one of them`]],
  ['a kind in capitals', withIntegration({ kind: 'Messaging' }), [`${KIND}, got "Messaging": did you mean messaging?`]],
  ['a list of kinds', withIntegration({ kind: ['messaging'] }), [`${KIND}, got a list: choose one of them`]],
  [
    'no kind',
    { apps: { shop: { integrations: { web: {} } } } },
    ['apps.shop.integrations.web.kind: is missing: write messaging, customer-support, component or other'],
  ],

  // Booleans.
  [
    'false as a text',
    withIntegration({ processSensitive: 'false' }),
    ['apps.shop.integrations.web.processSensitive: must be true or false, got "false": write false without quotes'],
  ],
  ['yes', { apps, lockKeyPolicy: 'yes' }, ['lockKeyPolicy: must be true or false, got "yes": write one of the two']],
  ['one', { apps, lockKeyPolicy: 1 }, ['lockKeyPolicy: must be true or false, got 1: write one of the two']],
  [
    'null',
    { apps, allowShortCycles: null },
    ['allowShortCycles: must be true or false, got null: write one of the two'],
  ],
  [
    'a rule as a text',
    withApp({ sensitiveData: { enabled: 'true' } }),
    ['apps.shop.sensitiveData.enabled: must be true or false, got "true": write true without quotes'],
  ],

  // Numbers.
  [
    'a number as a text',
    { apps, requestsPerSecond: '200' },
    ['requestsPerSecond: must be a whole number from 1, got "200": write a number, without quotes'],
  ],
  [
    'no request',
    { apps, requestsPerSecond: 0 },
    ['requestsPerSecond: must be a whole number from 1, got 0: change it'],
  ],
  [
    'a window that KMS does not have',
    { apps, deletionWindowDays: 31 },
    ['deletionWindowDays: must be a whole number of days, 7 to 30, got 31: change it'],
  ],
  [
    'a window that is too short',
    { apps, deletionWindowDays: 6.5 },
    ['deletionWindowDays: must be a whole number of days, 7 to 30, got 6.5: change it'],
  ],
  [
    'a domain with a scheme, and a certificate by its name',
    { apps, domain: { name: 'https://vault.example.org', certificateArn: 'mine' } },
    [
      'domain.name: must be the name of a domain, got "https://vault.example.org": write it like vault.example.org',
      'domain.certificateArn: must be the ARN of a certificate, got "mine": look it up with aws acm list-certificates',
    ],
  ],
  [
    'a domain for a private API',
    {
      apps,
      domain: { name: 'vault.example.org', certificateArn: 'arn:aws:acm:eu-central-1:111122223333:certificate/01-ab' },
      privateVpcEndpointIds: ['vpce-0123456789abcdef0'],
    },
    ['domain: is not for a private API: remove it or privateVpcEndpointIds'],
  ],
  [
    'concurrency of nothing, and of a function that does not exist',
    { apps, reservedConcurrency: { encrypt: 0, reveal: 1 } },
    [
      'reservedConcurrency.encrypt: must be a whole number from 1, got 0: change it',
      'reservedConcurrency.reveal: is not a known name: remove it, or use encrypt, decrypt, erase, authorizer, sweep, rotate or configureApp',
    ],
  ],
  [
    'names of roles that IAM does not take',
    { apps, rolePath: 'security', rolePrefix: 'a/b', permissionsBoundaryArn: 'boundary' },
    [
      'permissionsBoundaryArn: must be the ARN of a managed policy, got "boundary": write it like arn:aws:iam::111122223333:policy/boundary',
      'rolePath: must be a path of at most 512 characters, got "security": write it like /security/daykey/',
      'rolePrefix: must be 1 to 32 letters, digits and _+=,.@-, got "a/b": write it like acme-',
    ],
  ],
  [
    'tags that are reserved, empty or not texts',
    { apps, keyTags: { 'aws:team': 'a', 'daykey:app': 'b', team: 7, '': 'c' } },
    [
      'keyTags["aws:team"]: is not a tag: use 1 to 128 letters, digits, spaces and _.:/=+-@, and begin neither with aws: nor daykey:',
      'keyTags["daykey:app"]: is not a tag: use 1 to 128 letters, digits, spaces and _.:/=+-@, and begin neither with aws: nor daykey:',
      'keyTags.team: must be a text of at most 256 letters, digits, spaces and _.:/=+-@, got 7: change it',
      'keyTags[""]: is not a tag: use 1 to 128 letters, digits, spaces and _.:/=+-@, and begin neither with aws: nor daykey:',
    ],
  ],
  [
    'more tags than KMS takes',
    { apps, keyTags: Object.fromEntries(Array.from({ length: 41 }, (_, number) => [`tag-${number}`, 'x'])) },
    ['keyTags: must have at most 40 tags: remove some'],
  ],
  [
    'half a request',
    { apps, requestsPerSecond: 0.5 },
    ['requestsPerSecond: must be a whole number from 1, got 0.5: change it'],
  ],
  [
    'days without a step',
    { apps, logRetentionDays: 42 },
    [
      'logRetentionDays: must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653, got 42: choose one',
    ],
  ],
  [
    'days with a unit',
    { apps, auditRetentionDays: '365d' },
    ['auditRetentionDays: must be a whole number of days, 1 to 3653, got "365d": write a number, without quotes'],
  ],
  [
    'no day',
    { apps, auditRetentionDays: 0 },
    ['auditRetentionDays: must be a whole number of days, 1 to 3653, got 0: change it'],
  ],

  // Periods and units.
  ...(
    [
      ['a period without a unit', '900', '"900"'],
      ['seconds as a number', 900, '900'],
      ['a unit written out', '15min', '"15min"'],
      ['milliseconds', '900000ms', '"900000ms"'],
      ['a space', '15 m', '"15 m"'],
      ['a unit in capitals', '15M', '"15M"'],
      ['a fraction', '1.5h', '"1.5h"'],
      ['a negative period', '-15m', '"-15m"'],
      ['ISO 8601', 'PT15M', '"PT15M"'],
      ['an object', { hours: 24 }, 'an object'],
      ['a boolean', false, 'false'],
    ] as const
  ).map(
    ([name, defaultTtl, found]): WrongSettings => [
      `${name} as a period`,
      withApp({ defaultTtl }),
      [`apps.shop.defaultTtl: must be a period of time, got ${found}: ${PERIOD}`],
    ],
  ),
  [
    'a period of a key',
    { apps, kekLife: { cycle: '24hours' } },
    [`kekLife.cycle: must be a period of time, got "24hours": ${PERIOD}`],
  ],

  // Texts and lists.
  [
    'a role by its name',
    withIntegration({ roleArns: [ROLE, 'desk'] }),
    [
      'apps.shop.integrations.web.roleArns[1]: must be the ARN of an IAM role, got "desk": write it like arn:aws:iam::111122223333:role/name',
    ],
  ],
  [
    'a role that is not in a list',
    withIntegration({ roleArns: ROLE }),
    [
      'apps.shop.integrations.web.roleArns: must be a list of ARNs of IAM roles, got "arn:aws:iam::111122223333:role/desk": write it in [ ]',
    ],
  ],
  [
    'a role in two integrations',
    {
      apps: {
        shop: {
          integrations: {
            web: { kind: 'messaging', roleArns: [ROLE] },
            lab: { kind: 'other', roleArns: ['arn:aws:iam::111122223333:role/team/desk'] },
          },
        },
      },
    },
    [
      'apps.shop.integrations.lab.roleArns: lists the role 111122223333/desk, which integration web lists too: remove it from one of them',
    ],
  ],
  [
    'a web ACL by its name',
    { apps, webAclArn: 'mine' },
    [
      'webAclArn: must be the ARN of a regional WAFv2 web ACL, got "mine": look it up with aws wafv2 list-web-acls --scope REGIONAL',
    ],
  ],
  [
    'a web ACL for CloudFront',
    { apps, webAclArn: 'arn:aws:wafv2:us-east-1:111122223333:global/webacl/mine/1234' },
    [
      'webAclArn: must be the ARN of a regional WAFv2 web ACL, got "arn:aws:wafv2:us-east-1:111122223333:gl…": look it up with aws wafv2 list-web-acls --scope REGIONAL',
    ],
  ],
  [
    'no endpoint',
    { apps, privateVpcEndpointIds: [] },
    ['privateVpcEndpointIds: is empty: list at least one ID, or leave the setting out'],
  ],
  [
    'an interface as an endpoint',
    { apps, privateVpcEndpointIds: ['eni-0123456789abcdef0'] },
    [
      'privateVpcEndpointIds[0]: must be the ID of an interface VPC endpoint, got "eni-0123456789abcdef0": write it like vpce-0123456789abcdef0',
    ],
  ],

  // Objects and names.
  [
    'an app that is to retire, too',
    { apps, retire: ['bank', 'shop'] },
    ['retire[1]: lists shop, which apps has too: remove it from one of them'],
  ],
  [
    'a retired app without a name',
    { apps, retire: [''] },
    ['retire[0]: must be the name of an app, got "": write it as apps does'],
  ],
  ['too many pools', { apps, keyPools: 65 }, ['keyPools: must be a whole number, 1 to 64, got 65: change it']],
  [
    'keys of another kind',
    withApp({ keys: 'shared' }),
    ['apps.shop.keys: must be own or pooled, got "shared": choose one of them'],
  ],
  [
    'apps in a list',
    { apps: [apps.shop] },
    ['apps: must be an object of names and values, got a list: write it in { }'],
  ],
  ['nothing', {}, ['apps: is missing: write an object of names and values']],
  ['an app that is true', { apps: { shop: true } }, [expectGroup('apps.shop', 'true')]],
  [
    "an app's name",
    { apps: { Shop: apps.shop } },
    ['apps.Shop: is not a name: use 1 to 63 lower case letters, digits and hyphens, starting with a letter'],
  ],
  [
    "an integration's name",
    { apps: { shop: { integrations: { 'my web': { kind: 'messaging' } } } } },
    [
      'apps.shop.integrations["my web"]: is not a name: use 1 to 63 lower case letters, digits and hyphens, starting with a letter',
    ],
  ],
  [
    'a name that JavaScript keeps for itself',
    JSON.parse('{"apps":{"__proto__":{"integrations":{}},"shop":{"integrations":{}}}}'),
    ['apps.__proto__: is not a name: use 1 to 63 lower case letters, digits and hyphens, starting with a letter'],
  ],
  [
    'the same as a setting',
    JSON.parse('{"apps":{"shop":{"integrations":{}}},"__proto__":{"lockKeyPolicy":true}}'),
    [expectUnknown('__proto__')],
  ],

  // Rules over more than one setting.
  [
    'a TTL that is too short',
    withApp({ defaultTtl: '59s' }),
    ['apps.shop.defaultTtl: must be 1m to kekLife.maxTtl (24h), got 59s: change one of them'],
  ],
  [
    'a TTL that is too long',
    withApp({ defaultTtl: '25h' }),
    ['apps.shop.defaultTtl: must be 1m to kekLife.maxTtl (24h), got 25h: change one of them'],
  ],
  [
    'a longest TTL that is too long',
    { apps, kekLife: { maxTtl: '8d' } },
    ['kekLife.maxTtl: must be at most 7d, got 8d: lower it'],
  ],
  [
    'a margin below the grace',
    { apps, kekLife: { grace: '1h' } },
    ['kekLife.margin: must be at least grace (1h), got 30m: raise it'],
  ],
  [
    'a short cycle',
    { apps, kekLife: { cycle: '2m', lead: '2m', grace: '5m' } },
    [
      'kekLife.cycle: must be at least 1h, got 2m: raise it (for tests, allowShortCycles allows shorter ones)',
      'kekLife.lead: must be at least 1h, got 2m: raise it (for tests, allowShortCycles allows shorter ones)',
      'kekLife.grace: must be at most cycle (2m), got 5m: lower it or raise cycle',
    ],
  ],
  [
    'a path of an entry type',
    withApp({ sensitiveData: { entryTypes: { 'crm.note': { kind: 'event', doc: 'A note.', clear: ['text'] } } } }),
    [
      'apps.shop.sensitiveData.entryTypes["crm.note"]: "text" is not a path: write it like data.text, data.buttons[*].text, data.map.*',
    ],
  ],
  [
    'a misspelt member of an entry type',
    withApp({ sensitiveData: { entryTypes: { note: { kind: 'events', doc: 'A note.', claer: [] } } } }),
    [
      'apps.shop.sensitiveData.entryTypes.note.claer: is not a known name: did you mean clear?',
      'apps.shop.sensitiveData.entryTypes.note.kind: must be http, ws, event, media-event, component-response or trigger-response, got "events": change it',
      'apps.shop.sensitiveData.entryTypes.note: clear must list the fields that stay readable; with clear: [], all data is sealed',
    ],
  ],
  [
    'a member of another entry type',
    withApp({ sensitiveData: { entryTypes: { 'text.say': { kind: 'event' } } } }),
    [
      'apps.shop.sensitiveData.entryTypes["text.say"].kind: is not for text.say, which is built in: change clear and sensitive only',
    ],
  ],
  [
    'an app of the Console without viewers',
    { ...withApp({ console: { viewers: [] } }), console: {} },
    ['apps.shop.console.viewers: is empty: list at least one value, or leave console out'],
  ],
  [
    'too many viewers of an app',
    {
      ...withApp({ console: { viewers: Array.from({ length: 101 }, (_, number) => `group-${number}`) } }),
      console: {},
    },
    ['apps.shop.console.viewers: lists more than 100 values: let one group stand for several'],
  ],
  [
    'a viewer that no claim can have',
    { ...withApp({ console: { viewers: ['support', '', '\ud83d', 'x'.repeat(257)] } }), console: {} },
    ['""', '"\\ud83d"', `"${'x'.repeat(39)}…"`].map(
      (got, at) =>
        `apps.shop.console.viewers[${at + 1}]: must be a value of a claim, got ${got}: write the name of a group`,
    ),
  ],
  [
    'an app of the Console in a vault without one',
    withApp({ console: { viewers: ['support'] } }),
    ['apps.shop.console: needs the setting console of the vault: add it, or remove this one'],
  ],

  [
    'everything at once',
    {
      lockKeyPolcy: true,
      logRetentionDays: '30',
      kekLife: { maxTtl: '8d', lead: '6' },
      apps: {
        shop: {
          defaultTtl: '59s',
          integrations: {
            web: { kind: 'mesaging', roleArn: ROLE },
            'my web': { kind: 'other', processSensitive: 'false' },
          },
        },
        Bank: { integratons: {} },
      },
    },
    [
      'apps.shop.integrations.web.kind: must be messaging, customer-support, component or other, got "mesaging": did you mean messaging?',
      'apps.shop.integrations.web.roleArn: is not a known name: did you mean roleArns?',
      'apps.shop.integrations["my web"]: is not a name: use 1 to 63 lower case letters, digits and hyphens, starting with a letter',
      'apps.shop.integrations["my web"].processSensitive: must be true or false, got "false": write false without quotes',
      'apps.Bank: is not a name: use 1 to 63 lower case letters, digits and hyphens, starting with a letter',
      'apps.Bank.integrations: is missing: write an object of names and values',
      'apps.Bank.integratons: is not a known name: did you mean integrations?',
      'kekLife.lead: must be a period of time, got "6": write "90s", "15m", "24h", "7d" or a Duration of the CDK',
      'logRetentionDays: must be one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653, got "30": write a number, without quotes',
      'lockKeyPolcy: is not a known name: did you mean lockKeyPolicy?',
      'kekLife.maxTtl: must be at most 7d, got 8d: lower it',
      'apps.shop.defaultTtl: must be 1m to kekLife.maxTtl (8d), got 59s: change one of them',
    ],
  ],
];

function expectUnknown(name: string): string {
  const known =
    'apps, retire, keyPools, kekLife, lockKeyPolicy, deletionWindowDays, allowShortCycles, allowMissingConditionKeys, requestsPerSecond, logRetentionDays, auditRetentionDays, webAclArn, privateVpcEndpointIds, domain, reservedConcurrency, cloudWatchRole, permissionsBoundaryArn, rolePath, rolePrefix, keyTags or console';
  return `${name}: is not a known name: remove it, or use ${known}`;
}

function expectGroup(path: string, found: string): string {
  return `${path}: must be an object with integrations, defaultTtl, sensitiveData, console or keys, got ${found}: write it in { }`;
}
