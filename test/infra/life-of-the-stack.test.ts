// Schedules, apps, alarms and outputs, and the order in which the stack is created and deleted.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duration, Token } from 'aws-cdk-lib';
import { afterAll, describe, expect, test } from 'vitest';
import { parseSettings, targetFrom } from '../../vault/domain/settings/parse.ts';
import { OPERATIONS } from '../../wire/operations.ts';
import { type Resource, type Synthesized, settingsAsset, synthesized } from './synthesized.ts';

const integrations = { web: { kind: 'messaging' } } as const;
const vault = synthesized({
  apps: { shop: { integrations }, bank: { integrations, defaultTtl: Duration.minutes(5) } },
});
const rules = rulesOf(vault);
const apps = [...vault.ofType('Custom::DaykeyApps').entries()];

describe('the schedules', () => {
  test('rotate every five minutes, end retired apps, look for orphans every hour and sweep every minute', () => {
    expect(rules.map(({ target, schedule, input }) => `${target} ${schedule} ${input}`).toSorted()).toEqual([
      'configure-app rate(5 minutes) {"task":"end-retired"}',
      'rotate-kek rate(1 hour) {"task":"tidy-up"}',
      'rotate-kek rate(5 minutes) {}',
      'sweep rate(1 minute) {"InputPathsMap":{"time":"$.time"},"InputTemplate":"{\\"time\\":<time>}"}',
    ]);
  });

  test('rotate more often when keys are made a short time ahead', () => {
    const kekLife = { cycle: Duration.minutes(2), lead: Duration.minutes(1), grace: Duration.seconds(5) };
    const short = synthesized({
      allowShortCycles: true,
      kekLife: { ...kekLife, maxTtl: Duration.minutes(1), margin: Duration.seconds(5) },
    });
    expect(rulesOf(short).map(({ schedule }) => schedule)).toContain('rate(1 minute)');
  });

  test('are on, and never tried twice: the next run does what the last one left', () => {
    for (const { Properties } of rules) {
      expect(Properties.State).toBe('ENABLED');
      const targets = Properties.Targets as Record<string, unknown>[];
      expect(targets).toHaveLength(1);
      expect(targets[0]?.RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 });
      expect(targets[0]).not.toHaveProperty('DeadLetterConfig');
    }
  });
});

describe('the apps', () => {
  test('are one resource over an asset with every default in it', () => {
    const kekLife = { cycle: '24h', lead: '6h', grace: '15m', maxTtl: '24h', margin: '30m' };
    const web = { kind: 'messaging', processSensitive: false, roleArns: [] };
    expect(settingsAsset(vault.stack)).toEqual({
      apps: {
        shop: { integrations: { web }, keys: 'own', defaultTtl: '24h' },
        bank: { integrations: { web }, keys: 'own', defaultTtl: '5m' },
      },
      retire: [],
      keyPools: 4,
      kekLife,
      deletionWindowDays: 7,
      allowShortCycles: false,
    });
    expect(apps).toHaveLength(1);
    expect(apps[0]?.[1].Properties).toMatchObject({
      Key: expect.stringMatching(/^[0-9a-f]{64}\.json$/),
      Digest: digestOf(JSON.stringify(settingsAsset(vault.stack))),
      Values: [],
    });
  });

  test('are read by the function as the settings of each app', () => {
    const { apps: read } = targetFrom(parseSettings(settingsAsset(vault.stack), { tokens: 'resolved' }));
    expect([...read.keys()]).toEqual(['shop', 'bank']);
  });

  test('may trust a role that is made by the same CDK app: CloudFormation fills in its ARN', () => {
    const arn = { 'Fn::GetAtt': ['DeskRole', 'Arn'] };
    const roleArns = [Token.asString(arn)];
    const desk = { kind: 'customer-support', roleArns } as const;
    const settings = { shop: { integrations: { desk } }, bank: { integrations: { desk } } };
    const { stack, ofType } = synthesized({ apps: settings });
    const [resource] = ofType('Custom::DaykeyApps').values();
    expect(resource?.Properties.Values).toEqual([arn]);
    const integrations = { desk: { kind: 'customer-support', roleArns: ['@value:0'] } };
    expect(settingsAsset(stack)).toMatchObject({ apps: { shop: { integrations }, bank: { integrations } } });
    expect(JSON.stringify(settingsAsset(stack))).not.toContain('Token');
  });

  test('make a template of the same size, one app or a thousand', () => {
    const sized = (count: number) => {
      const many = Object.fromEntries(
        Array.from({ length: count }, (_, number) => [`app-${number}`, { integrations }]),
      );
      return JSON.stringify(synthesized({ apps: many }).template.toJSON()).length;
    };
    expect(sized(1000)).toBe(sized(1));
  });

  test('that need more keys than an account has are refused before anything is deployed', () => {
    const many = Object.fromEntries(Array.from({ length: 9700 }, (_, number) => [`app-${number}`, { integrations }]));
    expect(() => synthesized({ apps: many })).toThrow("give apps keys: 'pooled', at most 9696 can have their own");
  });

  test('is configured after every function is deployed: until then some could not read its settings', () => {
    const roles = [...vault.ofType('AWS::IAM::Policy').entries()].filter(([, { Properties }]) =>
      vault.nameOf(Properties.Roles).startsWith('role '),
    );
    const functions = [...vault.ofType('AWS::Lambda::Function').keys()];
    expect(functions).toHaveLength(7);
    for (const [, { Properties, DependsOn = [] }] of apps) {
      expect(vault.nameOf(Properties.ServiceToken)).toBe('configure-app');
      expect(DependsOn).toEqual(expect.arrayContaining([...functions, ...roles.map(([id]) => id)]));
    }
  });
});

describe('the keys as a whole', () => {
  const [[id = '', keys] = []] = [...vault.ofType('Custom::DaykeyKeys')];

  test('are tried out before the first app, and again when the window changes', () => {
    expect(vault.nameOf(keys?.Properties.ServiceToken)).toBe('configure-app');
    expect(keys?.Properties).toMatchObject({ DeletionWindowDays: 7, ServiceTimeout: '900' });
    expect(apps).toHaveLength(1);
    // CloudFormation deletes in reverse: leftover keys go once every app is gone.
    for (const [, { DependsOn = [] }] of apps) expect(DependsOn).toContain(id);
  });

  test('wait for the rights of the functions that try them out', () => {
    const policies = [...vault.ofType('AWS::IAM::Policy').keys()];
    expect(policies).toHaveLength(9);
    expect(keys?.DependsOn).toEqual(expect.arrayContaining(policies));
  });

  test('end with the window of the settings', () => {
    const { ofType, nameOf } = synthesized({ deletionWindowDays: 30 });
    const windows = [...ofType('AWS::Lambda::Function').values()].flatMap(({ Properties }) => {
      const { Variables = {} } = (Properties.Environment ?? {}) as { Variables?: Record<string, string> };
      const { DAYKEY_DELETION_WINDOW_DAYS: days } = Variables;
      return days === undefined ? [] : [`${nameOf(Properties.Role)} ${days}`];
    });
    expect(windows.toSorted()).toEqual(['role configure-app 30', 'role rotate-kek 30']);
  });
});

describe('CloudFormation', () => {
  test('waits an hour for the apps: KMS makes five keys a second', () => {
    expect(apps.map(([, { Properties }]) => Properties.ServiceTimeout)).toEqual(['3600']);
  });
});

test('the rules come after the apps and go before them: no function runs without its rights, and no key is made at the end', () => {
  const appIds = apps.map(([id]) => id);
  expect(appIds).toHaveLength(1);
  expect(rules).toHaveLength(4);
  for (const { DependsOn } of rules) expect(DependsOn).toEqual(expect.arrayContaining(appIds));
});

describe('alarms', () => {
  const alarms = [...vault.ofType('AWS::CloudWatch::Alarm').values()].map(({ Properties }) => Properties);
  const own = alarms.filter(({ Namespace }) => Namespace === 'Daykey');
  const spokenOf = (word: RegExp) => alarms.find(({ AlarmDescription }) => word.test(String(AlarmDescription)));

  test('ring for what the functions count, under the name of the stack', () => {
    expect(own.length).toBeGreaterThan(9);
    for (const alarm of own) expect(alarm.Dimensions).toEqual([{ Name: 'service', Value: 'Vault' }]);
    for (const alarm of alarms) {
      expect(alarm.AlarmDescription).toMatch(/^[A-Z].{30,}\.$/);
    }
  });

  test('ring when someone changes a key, cancels its deletion or disables it', () => {
    const [[ruleId, rule] = []] = [...vault.ofType('AWS::Events::Rule').entries()].filter(
      ([, { Properties }]) => Properties.EventPattern,
    );
    expect(rule?.Properties).toMatchObject({
      State: 'ENABLED',
      EventPattern: {
        source: ['aws.kms'],
        'detail-type': ['AWS API Call via CloudTrail'],
        detail: { eventName: ['PutKeyPolicy', 'CancelKeyDeletion', 'DisableKey'] },
      },
    });
    expect(spokenOf(/policy of a KMS key in this account and Region/)).toMatchObject({
      Namespace: 'AWS/Events',
      MetricName: 'MatchedEvents',
      Statistic: 'Sum',
      Threshold: 1,
      Dimensions: [{ Name: 'RuleName', Value: { Ref: ruleId } }],
    });
  });

  test('ring when the API answers with 5XX', () => {
    expect(spokenOf(/5XX/)).toMatchObject({
      Namespace: 'AWS/ApiGateway',
      MetricName: '5XXError',
      Statistic: 'Sum',
      // By the name of the stack, so that two vaults in one account have separate metrics.
      Dimensions: [{ Name: 'ApiName', Value: 'Vault' }],
    });
  });

  test('ring when a function fails, but for the authorizer, whose errors are 401s', () => {
    const failing = alarms.filter(({ Namespace }) => Namespace === 'AWS/Lambda');
    const watched = failing.map(({ MetricName, Statistic, Dimensions }) => {
      expect([MetricName, Statistic]).toEqual(['Errors', 'Sum']);
      return vault.nameOf(Dimensions);
    });
    expect(watched.toSorted()).toEqual(['configure-app', 'decrypt', 'encrypt', 'erase', 'rotate-kek', 'sweep']);
  });

  test('hear the silence of what runs on a schedule, and never ring for missing data: a new vault has none', () => {
    const treatments = Map.groupBy(alarms, ({ TreatMissingData }) => TreatMissingData);
    expect([...treatments.keys()].toSorted()).toEqual(['missing', 'notBreaching']);
    const hearing = treatments.get('missing')?.map(({ MetricName }) => MetricName);
    expect(hearing?.toSorted()).toEqual(['NextSlotMissing', 'RotationBehindSeconds', 'SweeperLagSeconds']);
  });

  test('wait for more than one report of a missing key: the first of an app may take minutes', () => {
    const [missing] = alarms.filter(({ MetricName }) => MetricName === 'NextSlotMissing');
    expect(missing).toMatchObject({ Period: 300, EvaluationPeriods: 3, Statistic: 'Maximum' });
  });
});

test('the outputs say where the vault is, and nothing secret', () => {
  const { Outputs } = vault.template.toJSON() as { Outputs: Record<string, unknown> };
  const names = Object.keys(Outputs).filter((name) => !name.startsWith('Rest'));
  const [functions, others] = [true, false].map((is) => names.filter((name) => name.startsWith('Function') === is));
  expect(functions?.map((name) => name.toLowerCase()).toSorted()).toEqual(
    OPERATIONS.map((operation) => `function${operation.replace('-', '')}`).toSorted(),
  );
  expect(others?.toSorted()).toEqual([
    'Audience',
    'AuditTable',
    'BlobBucket',
    'ConfigureAppArn',
    'LedgerTable',
    'ReceiptKeyArn',
    'RingTable',
    'SecretTable',
    'Url',
    'VaultTable',
  ]);
});

describe('an alarm', () => {
  const shop = { integrations, console: { viewers: ['support'] } };
  const withConsole = synthesized({ apps: { shop }, console: {} });

  test('has a row in docs/operations.md that says what to do, and each row has an alarm', () => {
    const guide = readFileSync(join(import.meta.dirname, '../../docs/operations.md'), 'utf8');
    const [, table = ''] = guide.split('## When an alarm fires');
    const rows = [...(table.split('\n## ')[0] ?? '').matchAll(/^\| ([A-Z]\w+) +\|.*\|$/gm)].map(([, name]) => name);
    const { alarms, node } = withConsole.stack.vault;
    expect(alarms).toHaveLength(withConsole.ofType('AWS::CloudWatch::Alarm').size);
    // One row for all functions.
    const ids = alarms.map((alarm) => alarm.node.path.slice(`${node.path}/Alarms/`.length).replace(/\/.*/, ''));
    expect(rows.toSorted()).toEqual([...new Set(ids)].toSorted());
  });

  test('on a metric of the vault has that metric on the dashboard', () => {
    const dashboards = [...withConsole.ofType('AWS::CloudWatch::Dashboard').values()];
    const shown = JSON.stringify(dashboards.map(({ Properties }) => Properties.DashboardBody));
    const alarms = [...withConsole.ofType('AWS::CloudWatch::Alarm').values()].map(({ Properties }) => Properties);
    const watched = alarms.filter(({ Namespace }) => Namespace === 'Daykey').map(({ MetricName }) => `${MetricName}`);
    expect(watched.length).toBeGreaterThan(10);
    expect(watched.filter((name) => !shown.includes(name))).toEqual([]);
  });
});

describe('the CDK app', () => {
  const folder = mkdtempSync(join(tmpdir(), 'daykey-cdk-app-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each([
    [true, 'on AWS', {}],
    [false, 'on an emulator', { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' }],
  ])(
    'protects the stack from deletion: %s %s',
    (isProtected, where, variables) => {
      const outdir = join(folder, where);
      const { AWS_ENDPOINT_URL: _, ...environment } = process.env;
      execFileSync(process.execPath, [join(import.meta.dirname, '../../bin/daykey.ts')], {
        cwd: join(import.meta.dirname, '../..'),
        env: {
          ...environment,
          ...variables,
          CDK_OUTDIR: outdir,
          CDK_VALIDATION: 'false',
          CDK_CONTEXT_JSON: JSON.stringify({ 'aws:cdk:disable-asset-staging': true }),
        },
      });
      const { artifacts } = JSON.parse(readFileSync(join(outdir, 'manifest.json'), 'utf8')) as Manifest;
      expect(artifacts.Daykey?.properties.terminationProtection ?? false).toBe(isProtected);
      expect(artifacts.Daykey?.properties.tags).toEqual({ 'daykey:stack': 'Daykey' });
    },
    120_000,
  );
});

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

interface Manifest {
  readonly artifacts: Record<string, { properties: { terminationProtection?: boolean; tags?: object } }>;
}

interface RuleResource extends Resource {
  readonly target: string;
  readonly schedule: string;
  readonly input: string;
}

function rulesOf({ ofType, nameOf }: Synthesized): RuleResource[] {
  const scheduled = [...ofType('AWS::Events::Rule').values()].filter(({ Properties }) => Properties.ScheduleExpression);
  return scheduled.map((rule) => {
    const [target] = rule.Properties.Targets as { Arn: unknown; Input?: string; InputTransformer?: object }[];
    const schedule = String(rule.Properties.ScheduleExpression);
    return {
      ...rule,
      schedule,
      target: nameOf(target?.Arn),
      input: target?.Input ?? JSON.stringify(target?.InputTransformer),
    };
  });
}
