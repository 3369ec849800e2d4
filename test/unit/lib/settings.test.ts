// The settings of a vault are judged as a whole: every problem at once, each with what to change.

import { Duration, Token } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { MAX_STACK_NAME, settingsOf as settingsOfStack, type VaultProps } from '../../../lib/settings.ts';

const integrations = { web: { kind: 'messaging' } } as const;
const GOOD: VaultProps = { apps: { shop: { integrations } } };
const settingsOf = (props: VaultProps, stackName = 'Daykey') => settingsOfStack(props, stackName);

test('of the least that can be said, every default is filled in', () => {
  expect(settingsOf(GOOD)).toMatchObject({
    apps: [
      {
        ...{ app: 'shop', defaultTtlS: 86_400, retired: false },
        life: { cycleS: 86_400, leadS: 21_600, graceS: 900, maxTtlS: 86_400, marginS: 1800 },
        integrations: { web: { kind: 'messaging', processSensitive: false } },
      },
    ],
    ...{ lockKeyPolicy: false, requestsPerSecond: 200, logRetentionDays: 30, auditRetentionDays: 365 },
    ...{ webAclArn: undefined, privateVpcEndpointIds: [] },
  });
});

test('what is said is kept', () => {
  const { apps, lockKeyPolicy } = settingsOf({
    ...{ lockKeyPolicy: true, kekLife: { maxTtl: Duration.hours(48) } },
    apps: {
      shop: { defaultTtl: Duration.minutes(10), integrations: { lab: { kind: 'other', processSensitive: true } } },
    },
  });
  expect(lockKeyPolicy).toBe(true);
  expect(apps).toMatchObject([
    { defaultTtlS: 600, life: { maxTtlS: 172_800 }, integrations: { lab: { kind: 'other', processSensitive: true } } },
  ]);
});

test('a role is known by its account and its name, once, whatever path or partition is in its ARN', () => {
  const roleArns = [
    ...['arn:aws:iam::111122223333:role/desk', 'arn:aws:iam::111122223333:role/team/support/desk'],
    ...['arn:aws-us-gov:iam::444455556666:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_A_0'],
  ];
  const { apps } = settingsOf({
    apps: { shop: { integrations: { desk: { kind: 'customer-support', roleArns }, web: { kind: 'messaging' } } } },
  });
  expect(apps[0]?.integrations).toMatchObject({
    desk: { roles: ['111122223333/desk', '444455556666/AWSReservedSSO_A_0'] },
    web: { roles: [] },
  });
});

test('a role may stand in several apps', () => {
  const of = {
    integrations: { desk: { kind: 'messaging', roleArns: ['arn:aws:iam::111122223333:role/desk'] } },
  } as const;
  expect(settingsOf({ apps: { shop: of, bank: of } }).apps).toHaveLength(2);
});

describe('a role is refused when it is', () => {
  test.each([
    ['a user', 'arn:aws:iam::111122223333:user/desk'],
    ['a session', 'arn:aws:sts::111122223333:assumed-role/desk/session'],
    ['an account', 'arn:aws:iam::111122223333:root'],
    ['every role', 'arn:aws:iam::111122223333:role/*'],
    ['a name alone', 'desk'],
    ['a key', '111122223333/desk'],
    ['not known at synth', Token.asString({ Ref: 'Role' })],
    ['nothing', ''],
  ])('%s', (_, arn) => {
    const apps = { shop: { integrations: { desk: { kind: 'messaging', roleArns: [arn] } } } } as const;
    expect(() => settingsOf({ apps })).toThrow(
      `apps.shop.integrations.desk.roleArns: must be ARNs of IAM roles, got ${arn}: write them out, like arn:aws:iam::111122223333:role/name`,
    );
  });

  test('in two integrations of an app', () => {
    const integrations = {
      web: { kind: 'messaging', roleArns: ['arn:aws:iam::111122223333:role/desk'] },
      lab: { kind: 'other', roleArns: ['arn:aws:iam::111122223333:role/team/desk'] },
    } as const;
    expect(() => settingsOf({ apps: { shop: { integrations } } })).toThrow(
      'apps.shop: a role may stand in one integration, got 111122223333/desk in web and lab: take it out of one of them',
    );
  });
});

describe('a problem is named with its place, what was got and what to do', () => {
  test.each<[place: string, props: Partial<VaultProps>, message: RegExp]>([
    ['no app', { apps: {} }, /^apps: at least one app is needed, got none: name one$/],
    ["an app's name", { apps: { Shop: { integrations } } }, /^apps\.Shop: a name starts with a lower case letter/],
    ['an empty name', { apps: { '': { integrations } } }, /^apps\.: a name starts with/],
    ['a name of 64', { apps: { ['x'.repeat(64)]: { integrations } } }, /at most 63$/],
    ['a name with #', { apps: { 'shop#1': { integrations } } }, /^apps\.shop#1: /],
    [
      "an integration's name",
      { apps: { shop: { integrations: { 'my web': { kind: 'messaging' } } } } },
      /^apps\.shop\.integrations\.my web: a name starts with/,
    ],
    [
      'a TTL too short',
      { apps: { shop: { integrations, defaultTtl: Duration.seconds(59) } } },
      /^apps\.shop\.defaultTtl: must be 60 to 86400 s, got 59: change it or maxTtl$/,
    ],
    [
      'a TTL too long',
      { apps: { shop: { integrations, defaultTtl: Duration.hours(25) } } },
      /^apps\.shop\.defaultTtl: must be 60 to 86400 s, got 90000: change it or maxTtl$/,
    ],
    [
      'a short grace',
      { kekLife: { grace: Duration.minutes(1) } },
      /^kekLife: graceS must be at least 300, got 60: raise/,
    ],
    ['a long TTL', { kekLife: { maxTtl: Duration.days(8) } }, /^kekLife: maxTtlS must be at most 604800 \(7 days\)/],
    [
      'a long grace',
      { kekLife: { grace: Duration.hours(25), margin: Duration.hours(25) } },
      /^kekLife: graceS must be/,
    ],
    ['a long lead', { kekLife: { lead: Duration.hours(25) } }, /^kekLife: leadS must be at most cycleS \(86400\)/],
    ['a margin', { kekLife: { grace: Duration.hours(1) } }, /^kekLife: marginS must be at least graceS \(3600\)/],
    [
      'days of audit',
      { auditRetentionDays: 0 },
      /^auditRetentionDays: must be whole days, 1 to 3653, got 0: change it$/,
    ],
    ['no request', { requestsPerSecond: 0 }, /^requestsPerSecond: must be a whole number from 1, got 0: change it$/],
    ['half a request', { requestsPerSecond: 0.5 }, /^requestsPerSecond: must be .*, got 0.5: change it$/],
    ['days of logs', { logRetentionDays: 42 }, /^logRetentionDays: must be one of 1, 3, .*, 3653, got 42: choose/],
    ['logs for ever', { logRetentionDays: 9999 }, /^logRetentionDays: must be one of .*, 3653, got 9999: choose/],
    ['a web ACL', { webAclArn: 'mine' }, /^webAclArn: must be the ARN of a regional WAFv2 web ACL, got mine: see/],
    ['no endpoint', { privateVpcEndpointIds: [] }, /^privateVpcEndpointIds: must name at least one, got none/],
    ['an endpoint', { privateVpcEndpointIds: ['eni-1'] }, /^privateVpcEndpointIds: must be IDs like .*, got eni-1/],
  ])('(%s)', (_, props, message) => {
    const problems = problemsOf({ ...GOOD, ...props });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(message);
  });
});

test('a stack has a name that leaves room for its roles in every Region', () => {
  expect(problemsOf(GOOD, 'S'.repeat(MAX_STACK_NAME))).toEqual([]);
  expect(problemsOf(GOOD, 'S'.repeat(MAX_STACK_NAME + 1))).toEqual([
    'stack name: must be at most 24 characters, got 25: shorten it, roles are named after it',
  ]);
});

test('all problems come at once', () => {
  const problems = problemsOf({
    kekLife: { maxTtl: Duration.days(8), margin: Duration.minutes(1) },
    apps: {
      Shop: { integrations: { 'my web': { kind: 'messaging' } } },
      bank: { integrations, defaultTtl: Duration.seconds(1) },
    },
    auditRetentionDays: 1.5,
  });
  expect(problems.map((problem) => problem.split(':')[0])).toEqual(
    expect.arrayContaining([
      ...['kekLife', 'apps.Shop', 'apps.Shop.integrations.my web', 'apps.bank.defaultTtl', 'auditRetentionDays'],
    ]),
  );
});

describe('short cycles', () => {
  const kekLife = {
    ...{ cycle: Duration.minutes(1), lead: Duration.seconds(30), grace: Duration.seconds(5) },
    ...{ maxTtl: Duration.minutes(1), margin: Duration.seconds(5) },
  };

  test('are for tests: they have to be allowed, and the message says how', () => {
    expect(problemsOf({ ...GOOD, kekLife }).join()).toContain('shorter ones are for tests: allowShortCycles');
    expect(settingsOf({ ...GOOD, kekLife, allowShortCycles: true }).apps[0]?.life.cycleS).toBe(60);
  });

  test('of less than a minute are allowed to nobody', () => {
    const shorter = { ...kekLife, cycle: Duration.seconds(59) };
    expect(problemsOf({ ...GOOD, kekLife: shorter, allowShortCycles: true })).toHaveLength(1);
  });
});

function problemsOf(props: VaultProps, stackName?: string): string[] {
  try {
    settingsOf(props, stackName);
    return [];
  } catch (error) {
    const [headline, ...problems] = String(error).split('\n');
    expect(headline).toBe('Error: the settings of the vault do not hold:');
    return problems.map((problem) => problem.trim());
  }
}
