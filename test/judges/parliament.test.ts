// parliament: the actions, resources and conditions of every policy exist and fit together, and no policy grants too much without a reason.

import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { keyPolicy } from '../../vault/domain/kek-life/key-policy.ts';
import { DEFAULT_LIFE } from '../../vault/domain/kek-life/life.ts';
import { slotDates } from '../../vault/domain/kek-life/slot.ts';
import { judged } from './judge.ts';
import { type Policy, policiesOf } from './policies.ts';
import { TEMPLATES } from './templates.ts';

interface Finding {
  readonly issue: string;
  readonly detail: unknown;
  readonly location: { readonly filepath: string };
}

// Issue, policies, and why it is intended. A test fails when an entry is no longer needed.
const ACKNOWLEDGED: readonly (readonly [issue: string, on: RegExp, why: string])[] = [
  ['RESOURCE_STAR', /KEK|KeyPolicy$/, 'in the policy of a key, * is that key'],
  ['RESOURCE_STAR', /AssumeRolePolicyDocument$/, 'the trust policy of a role applies to that role'],
  ['CREDENTIALS_EXPOSURE', /AssumeRolePolicyDocument$/, 'one AWS service assumes the role'],
  [
    'CREDENTIALS_EXPOSURE',
    /FunctionsEncryptRoleDefaultPolicy/,
    'one role, which may put blobs: its sessions sign uploads',
  ],
  [
    'RESOURCE_STAR',
    /^platform: Functions(Authorizer|Decrypt|Encrypt|Erase)RoleDefaultPolicy/,
    'Lambda makes network interfaces in a VPC, whose ARNs are not known before',
  ],
  ['RESOURCE_STAR', /RotateKekRoleDefaultPolicy/, 'a key has no ARN before it is made'],
  ['PERMISSIONS_MANAGEMENT_ACTIONS', /RotateKekRoleDefaultPolicy/, 'a key is made with the policy that ends it'],
  ['PERMISSIONS_MANAGEMENT_ACTIONS', /^app KEK$/, 'the break-glass of an unlocked stack, which rings an alarm'],
  [
    'PERMISSIONS_MANAGEMENT_ACTIONS',
    /ReceiptKey\.KeyPolicy$/,
    'the key outlives its stack, so the account’s IAM policies govern it',
  ],
  ['INVALID_ARN', /RestApi\.Policy$/, 'API Gateway puts its ARN before resources that begin with execute-api:/'],
];

// What parliament must find, by issue.
const BAD: readonly (readonly [issue: string, statement: object])[] = [
  ['UNKNOWN_ACTION', { Action: 'kms:Decryptt' }],
  ['RESOURCE_MISMATCH', { Action: 'kms:Decrypt', Resource: 'arn:aws:s3:::bucket' }],
  ['UNKNOWN_CONDITION_FOR_ACTION', { Action: 'kms:Decrypt', Condition: { StringEquals: { 'kms:Viaservices': 'a' } } }],
  [
    'UNKNOWN_OPERATOR',
    { Action: 'kms:Decrypt', Condition: { StringEqual: { 'aws:PrincipalAccount': '111122223333' } } },
  ],
  ['MISMATCHED_TYPE', { Action: 'kms:Decrypt', Condition: { DateLessThan: { 'aws:PrincipalArn': '2027-01-01' } } }],
  ['PERMISSIONS_MANAGEMENT_ACTIONS', { Action: 'iam:*' }],
];

const own = new Map<string, Policy>([
  ...Object.entries(TEMPLATES).flatMap(([name, template]) =>
    [...policiesOf(template)].map(([path, policy]) => [`${name}: ${path}`, policy] as const),
  ),
  ['app KEK', appKekPolicy(false)],
  ['app KEK, locked', appKekPolicy(true)],
]);
const bad = BAD.map(
  ([issue, statement]) => [issue, policyOf({ Effect: 'Allow', Resource: '*', ...statement })] as const,
);
const findings = await findingsIn(new Map([...own, ...bad]));

test.each([...own.keys()])('%s: what is found is acknowledged', (name) => {
  const isAcknowledged = ({ issue }: Finding) => ACKNOWLEDGED.some(([known, on]) => known === issue && on.test(name));
  expect(findings.get(name)?.filter((finding) => !isAcknowledged(finding))).toEqual([]);
});

test.each(ACKNOWLEDGED)('%s on %s is still found', (issue, on) => {
  const found = [...own.keys()].filter((name) => on.test(name)).flatMap((name) => findings.get(name) ?? []);
  expect(found.map((finding) => finding.issue)).toContain(issue);
});

test.each(BAD)('%s is found where it occurs', (issue) => {
  expect(findings.get(issue)?.map((finding) => finding.issue)).toContain(issue);
});

test('every function’s role and every kind of key and resource policy is among them', () => {
  const names = [...own.keys()].join('\n');
  for (const role of ['Encrypt', 'Decrypt', 'Erase', 'Authorizer', 'Sweep', 'RotateKek', 'ConfigureApp']) {
    expect(names).toContain(`default: Functions${role}RoleDefaultPolicy.PolicyDocument`);
    expect(names).toContain(`default: Functions${role}Role.AssumeRolePolicyDocument`);
  }
  expect(names).toContain('default: ReceiptKey.KeyPolicy');
  expect(names).toContain('everything: RestApi.Policy');
});

function policyOf(...Statement: Policy['Statement']): Policy {
  return { Version: '2012-10-17', Statement };
}

function appKekPolicy(lock: boolean): Policy {
  const role = (name: string) => `arn:aws:iam::111122223333:role/Vault-eu-central-1-${name}`;
  const made = keyPolicy({
    partition: 'aws',
    accountId: '111122223333',
    lock,
    roleArns: {
      encrypt: role('encrypt'),
      decrypt: role('decrypt'),
      rotate: role('rotate-kek'),
      retire: role('configure-app'),
    },
    holder: { app: 'shop' },
    dates: slotDates(Date.UTC(2027, 0, 1) / 1000, Date.UTC(2027, 0, 2) / 1000, DEFAULT_LIFE),
  });
  return policyOf(...made.Statement.map((statement) => ({ ...statement })));
}

/** The community auditors check whether a policy grants too much; the others do not. */
async function findingsIn(policies: ReadonlyMap<string, Policy>): Promise<Map<string, Finding[]>> {
  const names = [...policies.keys()];
  const fileOf = (name: string) => `${names.indexOf(name)}.json`;
  const files = Object.fromEntries([...policies].map(([name, policy]) => [fileOf(name), policy]));
  const args = ['--directory', '.', '--include_policy_extension', 'json', '--include-community-auditors', '--json'];
  const { stdout } = await judged('parliament', args, files);
  const all = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Finding);
  const inFile = (name: string) => all.filter(({ location }) => basename(location.filepath) === fileOf(name));
  return new Map(names.map((name) => [name, inFile(name)]));
}
