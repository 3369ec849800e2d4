// The props of a stack: checked by the schema of a vault's settings, with the CDK's own types in them.

import { App, Aws, Duration, Fn, Lazy, Token } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { describe, expect, test } from 'vitest';
import { DaykeyStack } from '../../../lib/daykey-stack.ts';
import type { VaultProps } from '../../../lib/settings.ts';
import { settingsFromProps } from '../../../lib/settings-from-props.ts';
import { LOG_RETENTION_DAYS } from '../../../vault/domain/settings/schema.ts';
import { WRONG_SETTINGS } from '../../support/wrong-settings.ts';

const integrations = { web: { kind: 'messaging' } } as const;
const GOOD: VaultProps = { apps: { shop: { integrations } } };

describe('a stack', () => {
  test.each(WRONG_SETTINGS)('is not synthesized with %s', (_, settings, lines) => {
    expect(problemsWith(settings as VaultProps)).toEqual(lines);
  });

  test('takes the props of a stack beside those of the vault, and no others', () => {
    const stackProps = { env: { region: 'eu-central-1' }, terminationProtection: true, tags: { team: 'vault' } };
    const make = (more: object) => new DaykeyStack(new App(QUICK), 'Daykey', { ...GOOD, ...stackProps, ...more });
    expect(() => make({})).not.toThrow();
    expect(() => make({ lockKeyPolcy: true })).toThrow(
      "the vault's settings are not valid:\n  lockKeyPolcy: is not a known name: did you mean lockKeyPolicy?",
    );
    expect(() => make({ terminationProtecton: true })).toThrow('terminationProtecton: is not a known name');
  });
});

test('a Duration is taken wherever a text is', () => {
  const props: VaultProps = {
    kekLife: {
      cycle: Duration.hours(48),
      lead: Duration.minutes(90),
      grace: Duration.seconds(400),
      maxTtl: Duration.days(2),
      margin: Duration.hours(1),
    },
    apps: { shop: { integrations, defaultTtl: Duration.minutes(10) } },
  };
  const { apps, kekLife } = settingsFromProps(props);
  expect(apps.shop?.defaultTtl).toBe(600);
  expect(kekLife).toEqual({ cycle: 172_800, lead: 5400, grace: 400, maxTtl: 172_800, margin: 3600 });
});

test('a Duration of less than a second is refused', () => {
  const apps = { shop: { integrations, defaultTtl: Duration.millis(90_500) } };
  expect(problemsWith({ apps })).toEqual([
    'apps.shop.defaultTtl: must be a period of time, got an object of class Duration: write "90s", "15m", "24h", "7d" or a Duration of the CDK',
  ]);
});

describe('CDK tokens', () => {
  const text = Token.asString({ Ref: 'Something' });

  test('are taken in ARNs and IDs', () => {
    const roleArns = [text, `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role/desk`, Fn.importValue('RoleArn')];
    const props: VaultProps = {
      apps: { shop: { integrations: { desk: { kind: 'customer-support', roleArns } } } },
      webAclArn: Lazy.string({ produce: () => 'later' }),
      privateVpcEndpointIds: [text],
    };
    expect(problemsWith(props)).toEqual([]);
  });

  test.each<[path: string, props: object]>([
    ['apps.shop.integrations.web.kind', { apps: { shop: { integrations: { web: { kind: text } } } } }],
    ['apps.shop.defaultTtl', { apps: { shop: { integrations, defaultTtl: text } } }],
    ['lockKeyPolicy', { ...GOOD, lockKeyPolicy: Token.asAny({ Ref: 'Something' }) }],
    ['lockKeyPolicy', { ...GOOD, lockKeyPolicy: Fn.conditionEquals('a', 'b') }],
    ['requestsPerSecond', { ...GOOD, requestsPerSecond: Token.asNumber({ Ref: 'Something' }) }],
    ['auditRetentionDays', { ...GOOD, auditRetentionDays: Lazy.number({ produce: () => 5 }) }],
    ['privateVpcEndpointIds[0]', { ...GOOD, privateVpcEndpointIds: Token.asList({ Ref: 'Something' }) }],
  ])('are refused in %s', (path, props) => {
    const got = 'got a CDK token, which is known only at deployment: write the value out';
    const lines = problemsWith(props as VaultProps);
    expect(lines).toHaveLength(1);
    expect(lines[0]?.startsWith(`${path}: must be `)).toBe(true);
    expect(lines[0]?.endsWith(got)).toBe(true);
  });

  test('are refused in the Duration of a period', () => {
    const defaultTtl = Duration.seconds(Token.asNumber({ Ref: 'Something' }));
    expect(problemsWith({ apps: { shop: { integrations, defaultTtl } } })).toHaveLength(1);
  });
});

test('logs can be kept for every step of CloudWatch but without an end', () => {
  const steps = Object.values(RetentionDays).filter((days) => typeof days === 'number');
  expect(LOG_RETENTION_DAYS).toEqual(steps.filter((days) => days !== RetentionDays.INFINITE));
});

// Neither bundles nor the CDK's own checks, which take seconds.
const QUICK = { context: { 'aws:cdk:disable-asset-staging': true }, builtinCloudFormationValidation: false };

function problemsWith(props: VaultProps): string[] {
  try {
    settingsFromProps(props);
    return [];
  } catch (error) {
    const [headline, ...problems] = String(error).split('\n');
    expect(headline).toBe("SettingsError: the vault's settings are not valid:");
    return problems.map((problem) => problem.trim());
  }
}
