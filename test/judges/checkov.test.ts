// checkov: what its rules for CloudFormation find, and why each finding is intended.

import { expect, test } from 'vitest';
import { judged } from './judge.ts';
import { TEMPLATES } from './templates.ts';

interface Finding {
  readonly check: string;
  /** Type and logical ID, such as `AWS::DynamoDB::Table.RingTable…`. */
  readonly on: string;
}

interface Report {
  readonly summary: { readonly passed: number; readonly parsing_errors: number };
  readonly results: {
    readonly failed_checks: readonly {
      readonly check_id: string;
      readonly resource: string;
      readonly file_path: string;
    }[];
  };
}

// Check, resources, and why it is skipped there. A test fails when an entry is no longer needed.
const SKIPPED: readonly (readonly [check: string, on: RegExp, why: string])[] = [
  [
    'CKV_AWS_119',
    /^AWS::DynamoDB::Table\./,
    'values are ciphertext before they are stored; an AWS owned key is enough for the rest',
  ],
  ['CKV_AWS_28', /Table\.(Vault|Ring|Secrets)Table/, 'a recovery point would outlive what must be gone in a day'],
  [
    'CKV_AWS_111',
    /^AWS::IAM::Policy\.Functions(Authorizer|Decrypt|Encrypt|Erase)Role/,
    'Lambda makes network interfaces in a VPC, whose ARNs are not known before',
  ],
  [
    'CKV_AWS_28',
    /Table\.(Ledger|Audit)Table/,
    'they hold no value; users who need them for years export them, or turn it on',
  ],
  [
    'CKV_AWS_158',
    /^AWS::Logs::LogGroup\./,
    'no log holds a value, a ref, an API token or a body: tests search all logs for them',
  ],
  [
    'CKV_AWS_116',
    /^AWS::Lambda::Function\./,
    'a dead-letter queue would keep plaintext; callers do not invoke asynchronously',
  ],
  [
    'CKV_AWS_117',
    /^AWS::Lambda::Function\./,
    'they need nothing in a VPC: IAM and the API’s policy decide who gets in',
  ],
  [
    'CKV_AWS_115',
    /^AWS::Lambda::Function\./,
    'the API is throttled as a whole; a reservation would take concurrency from other functions',
  ],
  ['CKV_AWS_18', /^AWS::S3::Bucket\./, 'every blob that is opened has a row in the audit log; objects are ciphertext'],
  ['CKV_AWS_21', /^AWS::S3::Bucket\./, 'an old version would outlive what must be gone in a day'],
  ['CKV_AWS_173', /^AWS::Lambda::Function\./, 'the environment holds names and ARNs, and no secret'],
  [
    'CKV_AWS_73',
    /^AWS::ApiGateway::Stage\./,
    'traces would send data to another service; the log has one line for each request',
  ],
  ['CKV_AWS_120', /^AWS::ApiGateway::Stage\./, 'a cache would keep plaintext past its expiry'],
  ['CKV_AWS_59', /^AWS::ApiGateway::Method\.RestApi(proxy)?ANY/, 'everyone gets the 404 for unknown routes'],
];

// A key that never rotates, and that everyone may use.
const BAD = {
  Resources: {
    Key: {
      Type: 'AWS::KMS::Key',
      Properties: {
        KeyPolicy: {
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' }],
        },
      },
    },
  },
};

const findings = await findingsIn({ ...TEMPLATES, bad: BAD });

test.each(Object.keys(TEMPLATES))('every finding has a reason, in the template: %s', (name) => {
  const isSkipped = ({ check, on }: Finding) => SKIPPED.some(([known, where]) => known === check && where.test(on));
  expect(findings.get(name)?.filter((finding) => !isSkipped(finding))).toEqual([]);
});

test.each(SKIPPED)('%s on %s is still found', (check, where) => {
  const all = Object.keys(TEMPLATES).flatMap((name) => findings.get(name) ?? []);
  expect(all.filter((finding) => finding.check === check && where.test(finding.on))).not.toEqual([]);
});

test('a key that never rotates, and that everyone may use, is found', () => {
  const checks = findings.get('bad')?.map(({ check }) => check);
  expect(checks).toEqual(expect.arrayContaining(['CKV_AWS_7', 'CKV_AWS_33']));
});

/** All templates in one run: checkov takes longer to start than to read them. */
async function findingsIn(templates: Readonly<Record<string, object>>): Promise<Map<string, Finding[]>> {
  const files = Object.fromEntries(Object.entries(templates).map(([name, template]) => [`${name}.json`, template]));
  const args = ['--framework', 'cloudformation', '--output', 'json', '--quiet', '--compact', '--soft-fail'];
  // No guidelines and no policies of an account, so it needs no network.
  const offline = ['--skip-download', '--file', ...Object.keys(files)];
  const { stdout, stderr } = await judged('checkov', [...args, ...offline], files);
  const { summary, results } = JSON.parse(stdout) as Report;
  if (summary.parsing_errors > 0) throw new Error(`checkov could not read a template: ${stderr}`);
  return new Map(
    Object.keys(templates).map((name) => [
      name,
      results.failed_checks
        .filter(({ file_path }) => file_path === `/${name}.json`)
        .map(({ check_id, resource }) => ({ check: check_id, on: resource })),
    ]),
  );
}
