// What other constructs do with a vault: add apps, trust roles, grant invocations, watch it, and import it.

import { App, Duration, Stack, Tags } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { type IRole, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { describe, expect, test } from 'vitest';
import { DaykeyVault, type DaykeyVaultProps } from '../../lib/daykey-vault.ts';
import { ONE_APP, QUICK, type Resource, settingsAsset } from './synthesized.ts';

const integrations = { web: { kind: 'messaging' } } as const;
const ATTRIBUTES = { vaultName: 'Shop/Vault', url: 'https://vault.example.org/' };

function vaultIn(stack: Stack, props: DaykeyVaultProps = ONE_APP): DaykeyVault {
  return new DaykeyVault(stack, 'Vault', props);
}

function aStack(context: object = {}): Stack {
  return new Stack(new App({ ...QUICK, context: { ...QUICK.context, ...context } }), 'Shop');
}

function roleIn(stack: Stack): Role {
  return new Role(stack, 'Desk', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
}

function resourcesOf(stack: Stack): [id: string, resource: Resource][] {
  return Object.entries(Template.fromStack(stack).toJSON().Resources as Record<string, Resource>);
}

function ofType(stack: Stack, type: string): Resource[] {
  return resourcesOf(stack).flatMap(([, resource]) => (resource.Type === type ? [resource] : []));
}

describe('an app that is added', () => {
  test.each([
    ['as the CDK visits constructs by default', {}],
    ['where the CDK visits them until nothing changes', { '@aws-cdk/core:aspectStabilization': true }],
  ])('is an app like those of the props, also after the construct was made, %s', (_, context) => {
    const stack = aStack(context);
    Tags.of(stack).add('team', 'security');
    const vault = vaultIn(stack, { apps: { shop: { integrations } } });
    vault.addApp('bank', { integrations, defaultTtl: Duration.minutes(5) });
    expect(ofType(stack, 'Custom::DaykeyApps')).toHaveLength(1);
    expect(JSON.stringify(settingsAsset(stack))).toMatch(/shop.*bank.*5m/);
  });

  test('may be the first', () => {
    const stack = aStack();
    vaultIn(stack, {}).addApp('shop', { integrations });
    expect(ofType(stack, 'Custom::DaykeyApps')).toHaveLength(1);
    expect(settingsAsset(stack)).toMatchObject({ apps: { shop: {} } });
  });

  test('is shown in the Console to its viewers', () => {
    const stack = aStack();
    const vault = vaultIn(stack, { apps: { shop: { integrations } }, console: {} });
    vault.addApp('bank', { integrations, console: { viewers: ['auditors'] } });
    expect(ofType(stack, 'Custom::DaykeyApps')).toHaveLength(1);
    expect(settingsAsset(stack)).toMatchObject({ apps: { bank: { console: { viewers: ['auditors'] } } }, console: {} });
  });

  test('is refused at once with every problem, and when it is there already', () => {
    const vault = vaultIn(aStack());
    expect(() => vault.addApp('bank', { integrations, defaultTtl: '25h' })).toThrow(
      'apps.bank.defaultTtl: must be 1m to kekLife.maxTtl (24h), got 25h',
    );
    expect(() => vault.addApp('shop', { integrations })).toThrow('app shop: is there already: add each app once');
  });
});

describe('a role that is trusted', () => {
  const trustsOf = (stack: Stack) => ofType(stack, 'Custom::DaykeyTrust');

  test('in another stack is a resource there, which waits for the whole vault', () => {
    const vaultStack = aStack();
    const vault = vaultIn(vaultStack);
    const other = new Stack(vaultStack.node.root as App, 'Desk');
    const role = roleIn(other);
    vault.trust('shop', 'desk', role);
    const [trust, ...more] = trustsOf(other);
    expect(more).toEqual([]);
    expect(trust?.Properties).toMatchObject({
      App: 'shop',
      Integration: 'desk',
      RoleArn: { 'Fn::GetAtt': [other.getLogicalId(role.node.defaultChild as never), 'Arn'] },
      ServiceToken: { 'Fn::ImportValue': expect.stringContaining('ConfigureApp') },
    });
    expect(trustsOf(vaultStack)).toEqual([]);
    expect(other.dependencies).toEqual([vaultStack]);
  });

  test('in the stack of the vault waits for the apps', () => {
    const stack = aStack();
    vaultIn(stack).trust('shop', 'desk', roleIn(stack));
    const [trust] = trustsOf(stack);
    const apps = resourcesOf(stack).flatMap(([id, { Type }]) => (Type === 'Custom::DaykeyApps' ? [id] : []));
    expect(apps.length).toBeGreaterThan(0);
    expect(trust?.DependsOn).toEqual(expect.arrayContaining(apps));
  });

  test('may act as several integrations, of several vaults', () => {
    const stack = aStack();
    const role: IRole = Role.fromRoleArn(stack, 'Desk', 'arn:aws:iam::444455556666:role/desk');
    const vault = vaultIn(stack);
    const imported = DaykeyVault.fromAttributes(stack, 'Other', {
      ...ATTRIBUTES,
      vaultName: 'Bank/Vault',
      configureAppArn: 'arn:aws:lambda:eu-central-1:111122223333:function:configure-app',
    });
    vault.trust('shop', 'desk', role);
    vault.trust('shop', 'bot', role);
    imported.trust('shop', 'desk', role);
    expect(trustsOf(stack).map(({ Properties: { Integration, RoleArn } }) => [Integration, RoleArn])).toEqual([
      ['desk', 'arn:aws:iam::444455556666:role/desk'],
      ['bot', 'arn:aws:iam::444455556666:role/desk'],
      ['desk', 'arn:aws:iam::444455556666:role/desk'],
    ]);
  });

  test('cannot act as an integration that its app does not have', () => {
    const stack = aStack();
    expect(() => vaultIn(stack).trust('shop', 'desks', roleIn(stack))).toThrow(
      'app shop has no integration desks, it has web, desk, bot, analytics: name one of them',
    );
  });
});

describe('a metric', () => {
  const vault = vaultIn(aStack());

  test.each([
    ['FieldsSealed', 'Sum'],
    ['SweeperLagSeconds', 'Maximum'],
  ] as const)('%s is the vault’s, as %s over five minutes', (name, statistic) => {
    const { namespace, metricName, dimensions, statistic: own, period } = vault.metric(name);
    expect([namespace, metricName, dimensions, own, period.toMinutes()]).toEqual([
      'Daykey',
      name,
      { service: 'Shop/Vault' },
      statistic,
      5,
    ]);
  });

  test('takes options', () => {
    expect(vault.metric('FieldsSealed', { period: Duration.hours(1) }).period.toHours()).toBe(1);
  });
});

test('the alarms are there to be connected', () => {
  const stack = aStack();
  for (const alarm of vaultIn(stack).alarms) {
    alarm.addAlarmAction({ bind: () => ({ alarmActionArn: 'arn:aws:sns:eu-central-1:111122223333:on-call' }) });
  }
  const alarms = ofType(stack, 'AWS::CloudWatch::Alarm');
  expect(alarms.length).toBeGreaterThan(10);
  for (const { Properties } of alarms) expect(Properties.AlarmActions).toHaveLength(1);
});

describe('an imported vault', () => {
  const DECRYPT = 'arn:aws:lambda:eu-central-1:111122223333:function:decrypt:direct';

  test('grants what it knows the functions of', () => {
    const stack = aStack();
    const vault = DaykeyVault.fromAttributes(stack, 'Imported', { ...ATTRIBUTES, functionArns: { decrypt: DECRYPT } });
    const role = roleIn(stack);
    vault.grantInvoke(role, 'decrypt').assertSuccess();
    const [policy] = ofType(stack, 'AWS::IAM::Policy');
    expect(policy?.Properties.PolicyDocument).toMatchObject({
      Statement: [{ Action: 'lambda:InvokeFunction', Effect: 'Allow', Resource: DECRYPT }],
    });
    expect(() => vault.grantInvoke(role, 'erase')).toThrow(
      "functionArns: has no erase: add the ARN to the vault's attributes",
    );
    expect(() => vault.trust('shop', 'desk', role)).toThrow('configureAppArn: is missing');
    expect(() => vault.grantInvoke(role)).toThrow('grantInvoke: names no operation');
  });

  test('has the audience of its name in the account and Region of the stack', () => {
    const stack = new Stack(new App(), 'Desk', { env: { account: '111122223333', region: 'eu-central-1' } });
    expect(DaykeyVault.fromAttributes(stack, 'Imported', ATTRIBUTES).audience).toBe(
      'daykey:111122223333:eu-central-1:Shop/Vault',
    );
  });
});
