// Settings are checked as a whole: one error lists every problem, each with its path, what was found and what to do.

import { describe, expect, test } from 'vitest';
import { mostHolders } from '../../../../../vault/domain/kek-life/capacity.ts';
import { firstPool } from '../../../../../vault/domain/kek-life/holder.ts';
import { DEFAULT_LIFE } from '../../../../../vault/domain/kek-life/life.ts';
import {
  appSettings,
  checkSettings,
  parseApps,
  parseSettings,
  SettingsError,
  type Source,
  targetFrom,
  vaultDocument,
} from '../../../../../vault/domain/settings/parse.ts';
import { WRONG_SETTINGS } from '../../../../support/wrong-settings.ts';

const integrations = { web: { kind: 'messaging' } };
const LEAST = { apps: { shop: { integrations } } };
const TOKEN = '$' + '{Token[TOKEN.7]}';
const RESOLVED: Source = { tokens: 'resolved' };
const linesFor = (settings: unknown, source = RESOLVED) => checkSettings(settings, source).problems;

describe('settings that are not valid', () => {
  test.each(WRONG_SETTINGS)('say so, line by line: %s', (_, settings, lines) => {
    expect(linesFor(settings)).toEqual(lines);
  });

  test('throw one error with every line, and keep the lines', () => {
    const parse = () => parseSettings({ lockKeyPolcy: true, webAclArn: 5 }, RESOLVED);
    expect(parse).toThrow(SettingsError);
    expect(parse).toThrow(expect.objectContaining({ name: 'SettingsError' }));
    expect(parse).toThrow(
      [
        "the vault's settings are not valid:",
        '  apps: is missing: write an object of names and values',
        '  webAclArn: must be the ARN of a regional WAFv2 web ACL, got 5: look it up with aws wafv2 list-web-acls --scope REGIONAL',
        '  lockKeyPolcy: is not a known name: did you mean lockKeyPolicy?',
      ].join('\n'),
    );
  });

  test.each<[string, unknown, string]>([
    ['undefined', undefined, 'is missing: write an object with apps, '],
    ['null', null, 'got null'],
    ['a text', 'shop', 'got "shop"'],
    ['a list', [], 'got an empty list'],
    ['a function', () => LEAST, 'got a function'],
    ['a map', new Map(Object.entries(LEAST)), 'got an object of class Map'],
  ])('that are %s are one problem', (_, settings, text) => {
    const lines = linesFor(settings);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(text);
  });

  test.each<[string, object]>([
    ['apps', { apps: null }],
    ['apps.shop', { apps: { shop: null } }],
    ['apps.shop.integrations', { apps: { shop: { integrations: null } } }],
    ['apps.shop.integrations.web', { apps: { shop: { integrations: { web: null } } } }],
    ['kekLife', { ...LEAST, kekLife: null }],
    ['console', { ...LEAST, console: null }],
  ])('have one problem where %s is null', (path, settings) => {
    expect(linesFor(settings)).toEqual([
      expect.stringMatching(`^${path}: must be an object .*, got null: write it in`),
    ]);
  });

  test.each<[string, object]>([
    ['Map', new Map()],
    ['Date', new Date(0)],
    ['Life', new (class Life {})()],
  ])('have no place for an object of class %s: none of its contents would be read', (name, kekLife) => {
    const members = 'an object with cycle, lead, grace, maxTtl or margin';
    expect(linesFor({ ...LEAST, kekLife })).toEqual([
      `kekLife: must be ${members}, got an object of class ${name}: write it in { }`,
    ]);
  });

  test('quote at most 40 characters of a value or a name', () => {
    const long = 'x'.repeat(5000);
    const lines = linesFor({ apps: { shop: { integrations, defaultTtl: long, [long]: 1 } }, webAclArn: long });
    expect(lines).toHaveLength(3);
    for (const line of lines) {
      expect(line).not.toContain('x'.repeat(40));
      expect(line.length).toBeLessThan(300);
    }
  });

  test('list 100 problems, and say how many more there are', () => {
    const many = Object.fromEntries(Array.from({ length: 150 }, (_, number) => [`app-${number}`, {}]));
    const lines = linesFor({ apps: many });
    expect(lines).toHaveLength(101);
    expect(lines.at(-1)).toBe('and 50 more problems');
  });

  test('are refused at a bounded cost, however large they are', () => {
    const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, number) => [`${'x'.repeat(100)}${number}`, 1]));
    const started = process.cpuUsage();
    expect(linesFor({ ...LEAST, ...many })).toHaveLength(101);
    // CPU time, in microseconds: the wall clock also counts what else the machine does.
    expect(process.cpuUsage(started).user).toBeLessThan(4_000_000);
  });
});

describe('settings that are valid', () => {
  test('get every default', () => {
    expect(parseSettings(LEAST, RESOLVED)).toEqual({
      apps: {
        shop: { integrations: { web: { kind: 'messaging', processSensitive: false, roleArns: [] } }, keys: 'own' },
      },
      retire: [],
      keyPools: 4,
      kekLife: { cycle: 86_400, lead: 21_600, grace: 900, maxTtl: 86_400, margin: 1800 },
      lockKeyPolicy: false,
      deletionWindowDays: 7,
      allowShortCycles: false,
      allowMissingConditionKeys: false,
      requestsPerSecond: 200,
      logRetentionDays: 30,
      auditRetentionDays: 365,
      reservedConcurrency: {},
      cloudWatchRole: true,
      rolePath: '/',
      rolePrefix: '',
      keyTags: {},
    });
  });

  test('may be objects without a prototype, as some parsers make them', () => {
    const bare = Object.assign(Object.create(null), LEAST);
    expect(parseSettings(bare, RESOLVED)).toEqual(parseSettings(LEAST, RESOLVED));
  });

  test('may leave a member undefined', () => {
    const vague = { ...LEAST, lockKeyPolicy: undefined, kekLife: { cycle: undefined }, webAclArn: undefined };
    expect(parseSettings(vague, RESOLVED)).toMatchObject(parseSettings(LEAST, RESOLVED));
  });

  test('take a text and anything with toSeconds wherever a period is', () => {
    const asText = {
      kekLife: { cycle: '48h', lead: '2h', grace: '10m', maxTtl: '2d', margin: '1h' },
      apps: { shop: { integrations, defaultTtl: '90s' } },
    };
    const seconds = (value: number) => ({ toSeconds: () => value });
    const asObjects = {
      kekLife: {
        cycle: seconds(172_800),
        lead: seconds(7200),
        grace: seconds(600),
        maxTtl: seconds(172_800),
        margin: seconds(3600),
      },
      apps: { shop: { integrations, defaultTtl: seconds(90) } },
    };
    const parsed = parseSettings(asText, RESOLVED);
    expect(parsed.apps.shop?.defaultTtl).toBe(90);
    expect(parsed.kekLife).toEqual({ cycle: 172_800, lead: 7200, grace: 600, maxTtl: 172_800, margin: 3600 });
    expect(parseSettings(asObjects, RESOLVED)).toEqual(parsed);
  });

  test('allow cycles from a minute on when tests ask for them, and no shorter ones', () => {
    const kekLife = { cycle: '60s', lead: '30s', grace: '5s', maxTtl: '60s', margin: '5s' };
    expect(linesFor({ ...LEAST, kekLife })).toHaveLength(4);
    expect(linesFor({ ...LEAST, kekLife, allowShortCycles: true })).toEqual([]);
    expect(linesFor({ ...LEAST, kekLife: { ...kekLife, cycle: '59s' }, allowShortCycles: true })).toEqual([
      'kekLife.cycle: must be at least 1m, got 59s: raise it',
    ]);
  });
});

describe('CDK tokens', () => {
  const withRole = { apps: { shop: { integrations: { web: { kind: 'messaging', roleArns: [TOKEN] } } } } };

  test('are allowed in ARNs and IDs, whole or in parts', () => {
    const settings = {
      apps: {
        shop: {
          integrations: { web: { kind: 'messaging', roleArns: [TOKEN, `arn:aws:iam::${TOKEN}:role/desk`] } },
        },
      },
      webAclArn: TOKEN,
      privateVpcEndpointIds: [TOKEN],
    };
    expect(linesFor(settings, { tokens: 'allowed' })).toEqual([]);
  });

  test('are refused in a document of a deployment: by then every value is known', () => {
    expect(linesFor(withRole)).toEqual([
      'apps.shop.integrations.web.roleArns[0]: must be the ARN of an IAM role, got a CDK token, which is known only at deployment: write the value out',
    ]);
  });

  test.each<[string, object]>([
    ['apps.shop.defaultTtl', { apps: { shop: { integrations, defaultTtl: TOKEN } } }],
    ['apps.shop.integrations.web.kind', { apps: { shop: { integrations: { web: { kind: TOKEN } } } } }],
    ['lockKeyPolicy', { ...LEAST, lockKeyPolicy: TOKEN }],
    ['requestsPerSecond', { ...LEAST, requestsPerSecond: -1.8881545897087513e289 }],
    ['logRetentionDays', { ...LEAST, logRetentionDays: { resolve: () => 1, creationStack: [] } }],
    ['privateVpcEndpointIds', { ...LEAST, privateVpcEndpointIds: { resolve: () => [], creationStack: [] } }],
    ['kekLife.cycle', { ...LEAST, kekLife: { cycle: { toSeconds: () => -1.8881545897087513e289 } } }],
  ])('are refused in %s, where the value decides what is synthesized', (path, settings) => {
    const [line, ...others] = linesFor(settings, { tokens: 'allowed' });
    expect(line).toMatch(
      new RegExp(
        `^${path}: must be .*, got (a CDK token, which is known only at deployment: write the value out|an object)`,
      ),
    );
    expect(others).toEqual([]);
  });
});

describe('what is stored of an app', () => {
  test('holds its periods in seconds, and each role once by account and name', () => {
    const roleArns = [
      'arn:aws:iam::111122223333:role/desk',
      'arn:aws:iam::111122223333:role/team/support/desk',
      'arn:aws-us-gov:iam::444455556666:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_A_0',
    ];
    const settings = {
      kekLife: { maxTtl: '48h' },
      apps: {
        shop: {
          defaultTtl: '10m',
          integrations: {
            desk: { kind: 'customer-support', roleArns },
            lab: { kind: 'other', processSensitive: true },
          },
          sensitiveData: { transport: false },
        },
        bank: { integrations: { desk: { kind: 'messaging', roleArns: roleArns.slice(0, 1) } } },
      },
    };
    const life = { cycleS: 86_400, leadS: 21_600, graceS: 900, maxTtlS: 172_800, marginS: 1800 };
    expect(appSettings(parseSettings(settings, RESOLVED))).toEqual([
      {
        app: 'shop',
        life,
        defaultTtlS: 600,
        integrations: {
          desk: {
            kind: 'customer-support',
            processSensitive: false,
            roles: ['111122223333/desk', '444455556666/AWSReservedSSO_A_0'],
          },
          lab: { kind: 'other', processSensitive: true, roles: [] },
        },
        sensitiveData: { transport: false },
        state: 'live',
      },
      {
        app: 'bank',
        life,
        defaultTtlS: 172_800,
        integrations: { desk: { kind: 'messaging', processSensitive: false, roles: ['111122223333/desk'] } },
        state: 'live',
      },
    ]);
  });

  test('is the same from the document that CloudFormation passes on', () => {
    const settings = {
      kekLife: { maxTtl: '3d', margin: '90m' },
      apps: {
        shop: { defaultTtl: '61s', integrations, sensitiveData: { enabled: false } },
        bank: { integrations: { desk: { kind: 'other', roleArns: ['arn:aws:iam::111122223333:role/desk'] } } },
      },
    };
    const vault = parseSettings(settings, RESOLVED);
    const document: unknown = JSON.parse(JSON.stringify(vaultDocument(vault)));
    expect(targetFrom(parseSettings(document, RESOLVED))).toEqual(targetFrom(vault));
  });
});

describe('numbers of the vault', () => {
  test.each([
    ['keyPools', 1],
    ['keyPools', 64],
    ['deletionWindowDays', 7],
    ['deletionWindowDays', 30],
    ['auditRetentionDays', 1],
    ['auditRetentionDays', 3653],
    ['requestsPerSecond', 1],
    ['logRetentionDays', 3653],
  ])('%s may be %i', (name, value) => {
    expect(linesFor({ ...LEAST, [name]: value })).toEqual([]);
  });

  test.each([
    ['keyPools', 0, 'a whole number, 1 to 64'],
    ['keyPools', 65, 'a whole number, 1 to 64'],
    ['keyPools', 1.5, 'a whole number, 1 to 64'],
    ['deletionWindowDays', 6, 'a whole number of days, 7 to 30'],
    ['deletionWindowDays', 31, 'a whole number of days, 7 to 30'],
    ['deletionWindowDays', 7.5, 'a whole number of days, 7 to 30'],
    ['auditRetentionDays', 0, 'a whole number of days, 1 to 3653'],
    ['auditRetentionDays', 3654, 'a whole number of days, 1 to 3653'],
    ['auditRetentionDays', 1.5, 'a whole number of days, 1 to 3653'],
    ['requestsPerSecond', 0, 'a whole number from 1'],
    ['requestsPerSecond', 1.5, 'a whole number from 1'],
  ])('%s is not %f', (name, value, expected) => {
    expect(linesFor({ ...LEAST, [name]: value })).toEqual([`${name}: must be ${expected}, got ${value}: change it`]);
  });
});

describe('keys that the account does not have', () => {
  const kekLife = { cycle: '1h', lead: '1h' };
  const deletionWindowDays = 30;
  const most = mostHolders({ ...DEFAULT_LIFE, cycleS: 3600, leadS: 3600 }, deletionWindowDays);
  const appsWith = (own: number, pooled: number) =>
    Object.fromEntries([
      ...Array.from({ length: own }, (_, at) => [`own-${at}`, { integrations }]),
      ...Array.from({ length: pooled }, (_, at) => [`pooled-${at}`, { integrations, keys: 'pooled' }]),
    ]);
  const vaultOf = (own: number, pooled: number, more = {}) =>
    linesFor({ apps: appsWith(own, pooled), kekLife, deletionWindowDays, ...more });

  test('are a problem of the apps, with the pools that any pooled app needs', () => {
    expect([vaultOf(most, 0), vaultOf(most - 4, 1), vaultOf(most - 7, 1, { keyPools: 7 })]).toEqual([[], [], []]);
    expect(vaultOf(most + 1, 0)).toEqual([expect.stringMatching(/^apps: \d+ apps with their own keys need /)]);
    expect(vaultOf(most - 3, 1)).toEqual([expect.stringContaining(' apps with their own keys and 4 pools need ')]);
    expect(vaultOf(0, most + 1)).toEqual([]);
  });

  test.each([{ keyPools: '4' }, { deletionWindowDays: '30' }])('are not counted where %j is wrong already', (wrong) => {
    expect(vaultOf(most + 1, 1, wrong)).toHaveLength(1);
  });
});

describe('rules over several settings', () => {
  test('an app is not retired and set up at once', () => {
    const apps = { shop: { integrations }, bank: { integrations } };
    expect(linesFor({ apps, retire: ['old', 'bank'] })).toEqual([
      'retire[1]: lists bank, which apps has too: remove it from one of them',
    ]);
    expect(linesFor({ apps, retire: ['old'] })).toEqual([]);
    expect(linesFor({ apps, retire: 'bank' })).toHaveLength(1);
  });

  test('an issuer and its client belong together', () => {
    const text = 'is missing: an issuer and the ID of its client belong together';
    expect(linesFor({ ...LEAST, console: { issuer: 'https://login.example.org' } })).toEqual([
      `console.clientId: ${text}`,
    ]);
    expect(linesFor({ ...LEAST, console: { clientId: 'daykey' } })).toEqual([`console.issuer: ${text}`]);
    expect(linesFor({ ...LEAST, console: { issuer: 'https://login.example.org', clientId: 'daykey' } })).toEqual([]);
    expect(linesFor({ ...LEAST, console: {} })).toEqual([]);
  });

  test('an app is shown only in a vault with a Console', () => {
    const apps = { shop: { integrations, console: { viewers: ['support'] } } };
    expect(linesFor({ apps, console: {} })).toEqual([]);
    expect(linesFor({ apps })).toEqual([
      'apps.shop.console: needs the setting console of the vault: add it, or remove this one',
    ]);
  });

  test('a default time to live is 60 s to the longest one', () => {
    const lines = (defaultTtl: string) => linesFor({ apps: { shop: { integrations, defaultTtl } } });
    expect([lines('60s'), lines('24h')]).toEqual([[], []]);
    expect(lines('59s')).toEqual([expect.stringMatching(/^apps.shop.defaultTtl: must be 1m to .*, got 59s: /)]);
    expect(lines('86401s')).toHaveLength(1);
  });

  test('what is no list of ARNs has no roles that two integrations share', () => {
    const kind = 'messaging';
    expect(
      linesFor({ apps: { shop: { integrations: { a: { kind, roleArns: [5] }, b: { kind, roleArns: [5] } } } } }),
    ).toEqual([
      expect.stringMatching(/^apps.shop.integrations.a.roleArns\[0\]: must be the ARN of an IAM role, got 5/),
      expect.stringMatching(/^apps.shop.integrations.b.roleArns\[0\]: must be the ARN of an IAM role, got 5/),
    ]);
    const arn = 'arn:aws:iam::111122223333:role/desk';
    expect(
      linesFor({ apps: { shop: { integrations: { a: { kind, roleArns: arn }, b: { kind, roleArns: arn } } } } }),
    ).toHaveLength(2);
  });
});

describe('what follows from settings', () => {
  const console = { viewers: ['support'], showPlain: true, requireApproval: false };
  const settings = {
    apps: { shop: { integrations, console }, bank: { integrations, keys: 'pooled' } },
    retire: ['old'],
    keyPools: 9,
    deletionWindowDays: 8,
    console: {},
  };

  test('an app has its Console and the pool that follows from its name', () => {
    const [shop, bank] = parseApps(settings, RESOLVED);
    expect(shop).toMatchObject({ app: 'shop', console });
    expect(shop).not.toHaveProperty('keys');
    expect(bank).toMatchObject({ app: 'bank', keys: { pool: firstPool('bank', 9) } });
    expect(bank).not.toHaveProperty('console');
  });

  test('the vault has what all apps share, and whether there is a Console', () => {
    const target = targetFrom(parseSettings(settings, RESOLVED));
    expect([...target.apps.keys()]).toEqual(['shop', 'bank']);
    expect(target.apps.get('bank')).toEqual(parseApps(settings, RESOLVED)[1]);
    expect([...target.retire]).toEqual(['old']);
    expect(target.vault).toEqual({
      life: DEFAULT_LIFE,
      keyPools: 9,
      deletionWindowDays: 8,
      allowShortCycles: false,
      hasConsole: true,
    });
    expect(targetFrom(parseSettings(LEAST, RESOLVED)).vault.hasConsole).toBe(false);
  });

  test('the document says that there is a Console, and nothing else of it', () => {
    const withIssuer = { ...settings, console: { issuer: 'https://login.example.org', clientId: 'daykey' } };
    expect(vaultDocument(parseSettings(withIssuer, RESOLVED)).console).toEqual({});
    expect(vaultDocument(parseSettings(LEAST, RESOLVED))).not.toHaveProperty('console');
    const document: unknown = JSON.parse(JSON.stringify(vaultDocument(parseSettings(settings, RESOLVED))));
    expect(targetFrom(parseSettings(document, RESOLVED))).toEqual(targetFrom(parseSettings(settings, RESOLVED)));
  });
});
