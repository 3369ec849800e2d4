// What each role may do, as the exact set: an action more or a resource more, and a test here fails.

import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { KEY_TAGS } from '../../lambda/kms/key-maker.ts';
import { DaykeyStack } from '../../lib/daykey-stack.ts';
import { ONE_APP, QUICK, synthesized } from './synthesized.ts';

const vault = synthesized();

const READ_RING = ['dynamodb:GetItem ring table', 'dynamodb:Query ring table'];
const CHANGE_RING = [...READ_RING, 'dynamodb:UpdateItem ring table', 'dynamodb:DeleteItem ring table'];
const READ_SECRET = ['dynamodb:GetItem secret table'];
const ISSUE_RECEIPTS = [
  'dynamodb:GetItem ledger table',
  'dynamodb:UpdateItem ledger table',
  'dynamodb:Query vault table',
  'kms:Sign receipt key',
];

const MAY: Record<string, readonly string[]> = {
  encrypt: ['dynamodb:PutItem vault table', ...READ_RING, ...READ_SECRET, 'sts:AssumeRole role upload'],
  decrypt: [
    'dynamodb:BatchGetItem vault table',
    ...READ_RING,
    ...READ_SECRET,
    'dynamodb:PutItem audit table',
    's3:GetObject bucket/*',
    's3:ListBucket bucket',
  ],
  erase: [
    'dynamodb:Query vault table',
    'dynamodb:DeleteItem vault table',
    'dynamodb:UpdateItem vault table',
    'dynamodb:PutItem vault table',
    ...READ_RING,
    ...READ_SECRET,
    'dynamodb:UpdateItem ledger table',
    's3:DeleteObject bucket/*',
  ],
  authorizer: READ_RING,
  sweep: [
    'dynamodb:Query vault table',
    'dynamodb:DeleteItem vault table',
    'dynamodb:UpdateItem ledger table',
    's3:DeleteObject bucket/*',
  ],
  'rotate-kek': [
    ...CHANGE_RING,
    'dynamodb:Scan ring table',
    'dynamodb:Query ring table/index/due',
    ...ISSUE_RECEIPTS,
    'kms:CreateKey *',
    'kms:DescribeKey *',
    'kms:TagResource *',
    'tag:GetResources *',
    'lambda:InvokeFunction encrypt:canary',
    'lambda:InvokeFunction decrypt:canary',
  ],
  'configure-app': [
    ...CHANGE_RING,
    'dynamodb:PutItem ring table',
    'dynamodb:Scan ring table',
    'dynamodb:PutItem secret table',
    'dynamodb:DeleteItem secret table',
    ...ISSUE_RECEIPTS,
    'tag:GetResources *',
    's3:DeleteObject bucket/*',
    's3:ListBucket bucket',
    'lambda:InvokeFunction rotate-kek',
    // It goes on with itself, and reads the one object that holds the settings.
    'lambda:InvokeFunction configure-app',
    's3:GetObject settings asset',
  ],
};

const MAKES_KEYS = ['kms:CreateKey', 'kms:TagResource'];
const TAGGED_AS_OURS = {
  StringEquals: { [`aws:RequestTag/${KEY_TAGS.stack}`]: 'Vault' },
  'ForAllValues:StringLike': { 'aws:TagKeys': ['daykey:*'] },
};

// What finds bundles reads no wrapped key and no field of them.
const WITHOUT_CONTENT = {
  StringEquals: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
  'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['pk', 'sk', 'pool', 'slot', 'createdAt', 'blobDays'] },
  Null: { 'dynamodb:Attributes': 'false' },
};

const ONLY_SLOTS = {
  'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': 'slots#*' },
  Null: { 'dynamodb:LeadingKeys': 'false' },
};

// What takes fields out of a bundle, and what counts bundles.
const changes = (...attributes: string[]) => ({
  'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['pk', 'sk', ...attributes] },
  Null: { 'dynamodb:Attributes': 'false' },
  StringEqualsIfExists: { 'dynamodb:ReturnValues': 'NONE' },
});

/** The conditions of grants that have any, by role, action and resource. */
const CONDITIONS: Record<string, object> = {
  'rotate-kek kms:CreateKey *': TAGGED_AS_OURS,
  'rotate-kek kms:TagResource *': TAGGED_AS_OURS,
  'rotate-kek dynamodb:UpdateItem ring table': ONLY_SLOTS,
  'rotate-kek dynamodb:DeleteItem ring table': ONLY_SLOTS,
  ...Object.fromEntries(
    ['erase', 'sweep', 'rotate-kek', 'configure-app'].map((entry) => [
      `${entry} dynamodb:Query vault table`,
      WITHOUT_CONTENT,
    ]),
  ),
  'configure-app dynamodb:PutItem secret table': { StringEqualsIfExists: { 'dynamodb:ReturnValues': 'NONE' } },
  'configure-app dynamodb:DeleteItem secret table': { StringEqualsIfExists: { 'dynamodb:ReturnValues': 'NONE' } },
  'sweep dynamodb:DeleteItem vault table': { StringEqualsIfExists: { 'dynamodb:ReturnValues': 'NONE' } },
  'erase dynamodb:UpdateItem vault table': changes('fields', 'eraser'),
  'erase dynamodb:UpdateItem ledger table': changes('swept', 'erased'),
  'sweep dynamodb:UpdateItem ledger table': changes('swept', 'erased'),
  'erase dynamodb:PutItem vault table': {
    'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['pk', 'sk'] },
    Null: { 'dynamodb:Attributes': 'false' },
  },
};

test('every tag of a key is one that the rotator may set', () => {
  for (const tag of Object.values(KEY_TAGS)) expect(tag).toMatch(/^daykey:/);
});

const granted = grantsByRole();

/** The one role that no function has: its sessions sign uploads. */
const UPLOAD = 'upload';

test('only the encrypt function assumes the role of uploads, which may put objects and nothing else', () => {
  expect(granted.get(UPLOAD)).toEqual(['s3:PutObject bucket/*']);
  const [role] = [...vault.ofType('AWS::IAM::Role').values()].filter(({ Properties }) => isUpload(Properties.RoleName));
  expect(role?.Properties.AssumeRolePolicyDocument).toMatchObject({
    Statement: [{ Action: 'sts:AssumeRole', Principal: { AWS: expect.anything() } }],
  });
  expect(vault.nameOf(role?.Properties.AssumeRolePolicyDocument)).toBe('role encrypt');
});

describe('the role of', () => {
  test.each(Object.entries(MAY))('%s may do exactly this', (entry, allowed) => {
    const own = ['logs:CreateLogStream', 'logs:PutLogEvents'].flatMap((action) => [
      `${action} log of ${entry}`,
      `${action} log of ${entry}:*`,
    ]);
    expect(granted.get(entry)?.toSorted()).toEqual([...allowed, ...own].toSorted());
  });
});

test('there are no other roles, but the one API Gateway writes its access log with', () => {
  expect([...granted.keys()].toSorted()).toEqual([...Object.keys(MAY), UPLOAD].toSorted());
  const unnamed = [...vault.ofType('AWS::IAM::Role').values()].filter(({ Properties }) => !Properties.RoleName);
  expect(unnamed.map(({ Properties }) => JSON.stringify(Properties.AssumeRolePolicyDocument))).toEqual([
    expect.stringContaining('apigateway.amazonaws.com'),
  ]);
});

test('roles of functions have fixed names, which key policies that outlive a deployment name', () => {
  const names = [...vault.ofType('AWS::IAM::Role').values()].flatMap(({ Properties }) => Properties.RoleName ?? []);
  expect(names.map((name) => JSON.stringify(name)).toSorted()).toEqual(
    [...Object.keys(MAY), UPLOAD]
      .map((entry) => JSON.stringify({ 'Fn::Join': ['', ['Vault-', { Ref: 'AWS::Region' }, `-${entry}`]] }))
      .toSorted(),
  );
});

/** The names of all roles of functions, in the longest Region. */
function roleNames(stackName: string, rolePrefix?: string): string[] {
  const stack = new DaykeyStack(new App(QUICK), stackName, { ...ONE_APP, ...(rolePrefix && { rolePrefix }) });
  const roles = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Role'));
  return roles.flatMap(({ Properties }) => {
    if (Properties.RoleName === undefined) return [];
    const [, [start, , end]] = Properties.RoleName['Fn::Join'] as [string, [string, object, string]];
    return [`${start}${'r'.repeat(25)}${end}`];
  });
}

describe('the names of roles', () => {
  const long = 'S'.repeat(128);

  test('stay within the 64 characters of IAM, in every Region and however long the name of the stack is', () => {
    for (const names of [roleNames(long), roleNames(long, 'a-prefix-of-thirty-two-characters'.slice(0, 32))]) {
      expect(names).toHaveLength(Object.keys(MAY).length + 1);
      for (const name of names) expect(name.length).toBeLessThanOrEqual(64);
    }
  });

  test('that are shortened differ for stacks whose names begin alike', () => {
    const names = [...roleNames(`${long.slice(1)}a`), ...roleNames(`${long.slice(1)}b`)];
    expect(new Set(names).size).toBe(2 * (Object.keys(MAY).length + 1));
  });

  test('begin with the prefix, if there is one', () => {
    for (const name of roleNames('Vault', 'acme-')) expect(name).toMatch(/^acme-Vault-r+-[a-z-]+$/);
  });
});

test('only Lambda assumes a role of a function, and none has a policy but its own', () => {
  for (const { Properties } of vault.ofType('AWS::IAM::Role').values()) {
    expect(Properties.Policies).toBeUndefined();
    if (!Properties.RoleName || isUpload(Properties.RoleName)) continue;
    expect(Properties.ManagedPolicyArns).toBeUndefined();
    expect(Properties.AssumeRolePolicyDocument).toEqual({
      Version: '2012-10-17',
      Statement: [{ Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' } }],
    });
  }
  for (const type of ['AWS::IAM::ManagedPolicy', 'AWS::IAM::User', 'AWS::IAM::Group', 'AWS::IAM::RolePolicy']) {
    expect(vault.ofType(type).size).toBe(0);
  }
});

test('no role has a right to use a key or to change its policy: key policies grant that', () => {
  const actions = [...granted.values()].flat().map((grant) => grant.slice(0, grant.indexOf(' ')));
  const onKeys = new Set(actions.filter((action) => !/^(dynamodb|logs|lambda|tag|s3|sts):/.test(action)));
  // DescribeKey tells the state of a key, and of a key that is gone that it does not exist.
  expect([...onKeys].toSorted()).toEqual(['kms:CreateKey', 'kms:DescribeKey', 'kms:Sign', 'kms:TagResource']);
  for (const forbidden of ['kms:Encrypt', 'kms:Decrypt', 'kms:PutKeyPolicy', 'kms:ScheduleKeyDeletion', 'kms:*', '*']) {
    expect(actions).not.toContain(forbidden);
  }
});

test('no role reads, changes or deletes the audit log', () => {
  const onAudit = [...granted].flatMap(([entry, grants]) =>
    grants.filter((grant) => grant.endsWith('audit table')).map((grant) => `${entry} ${grant}`),
  );
  expect(onAudit).toEqual(['decrypt dynamodb:PutItem audit table']);
});

test('no action has a wildcard, and none but making keys, finding them and writing logs a resource with one', () => {
  for (const grant of [...granted.values()].flat()) {
    const [action = '', ...resource] = grant.split(' ');
    expect(action).not.toContain('*');
    const isExpected =
      action.startsWith('logs:') ||
      / bucket\/\*$/.test(grant) ||
      [...MAKES_KEYS, 'kms:DescribeKey', 'tag:GetResources'].includes(action);
    expect(isExpected || !resource.join(' ').includes('*')).toBe(true);
  }
});

test('nothing invokes a function but the API its rest alias, and the schedules what is theirs', () => {
  const permissions = [...vault.ofType('AWS::Lambda::Permission').values()].map(({ Properties }) => {
    const { Action, Principal, FunctionName, SourceArn } = Properties;
    expect(SourceArn).toBeDefined();
    return `${Principal} ${Action} ${vault.nameOf(FunctionName)}`;
  });
  expect([...new Set(permissions)].toSorted()).toEqual([
    'apigateway.amazonaws.com lambda:InvokeFunction authorizer',
    'apigateway.amazonaws.com lambda:InvokeFunction decrypt:rest',
    'apigateway.amazonaws.com lambda:InvokeFunction encrypt:rest',
    'apigateway.amazonaws.com lambda:InvokeFunction erase:rest',
    'events.amazonaws.com lambda:InvokeFunction configure-app',
    'events.amazonaws.com lambda:InvokeFunction rotate-kek',
    'events.amazonaws.com lambda:InvokeFunction sweep',
  ]);
});

function isUpload(roleName: unknown): boolean {
  return JSON.stringify(roleName ?? '').includes(`-${UPLOAD}`);
}

/** `action resource` of every role by its entry point, resolved through its policies. */
function grantsByRole(): Map<string, string[]> {
  const grants = new Map<string, string[]>();
  for (const { Properties } of vault.ofType('AWS::IAM::Policy').values()) {
    const { Roles, PolicyDocument } = Properties as { Roles: unknown[]; PolicyDocument: { Statement: Statement[] } };
    for (const role of Roles) {
      const entry = vault.nameOf(role).replace('role ', '');
      for (const { Effect, Action, Resource, Condition, ...more } of PolicyDocument.Statement) {
        expect([Effect, more]).toEqual(['Allow', {}]);
        for (const action of [Action].flat()) {
          for (const resource of [Resource].flat()) {
            const grant = `${action} ${vault.nameOf(resource)}`;
            expect(Condition, `${entry}: ${grant}`).toEqual(CONDITIONS[`${entry} ${grant}`]);
            grants.set(entry, [...(grants.get(entry) ?? []), grant]);
          }
        }
      }
    }
  }
  return grants;
}

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}
