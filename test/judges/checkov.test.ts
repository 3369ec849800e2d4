// checkov: what its rules for CloudFormation find, and why each of its findings is as it should be.

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

// Check, what it is about, and why it is skipped there. One that no longer comes up has to go.
const SKIPPED: readonly (readonly [check: string, on: RegExp, why: string])[] = [
  [
    'CKV_AWS_119',
    /^AWS::DynamoDB::Table\./,
    'values are ciphertext before they are stored; AWS’s own key does the rest',
  ],
  ['CKV_AWS_28', /Table\.(Vault|Ring)Table/, 'a recovery point would outlive what must be gone in a day'],
  [
    'CKV_AWS_28',
    /Table\.(Ledger|Audit)Table/,
    'they hold no value; whoever needs them for years exports them, or turns it on',
  ],
  [
    'CKV_AWS_158',
    /^AWS::Logs::LogGroup\./,
    'no log holds a value, a ref, a token or a body: tests look for them in all of them',
  ],
  [
    'CKV_AWS_116',
    /^AWS::Lambda::Function\./,
    'a dead-letter queue would keep plaintext; asynchronous calls are off the table',
  ],
  [
    'CKV_AWS_117',
    /^AWS::Lambda::Function\./,
    'they need nothing of a VPC: IAM and the API’s own policy decide who gets in',
  ],
  [
    'CKV_AWS_115',
    /^AWS::Lambda::Function\./,
    'the API is throttled as a whole; a reserve would be taken from the account’s other functions',
  ],
  ['CKV_AWS_173', /^AWS::Lambda::Function\./, 'the environment holds names and ARNs, and no secret'],
  [
    'CKV_AWS_73',
    /^AWS::ApiGateway::Stage\./,
    'traces leave the vault for another service; the log has one line for each request',
  ],
  ['CKV_AWS_120', /^AWS::ApiGateway::Stage\./, 'a cache would keep plaintext past its expiry'],
  ['CKV_AWS_59', /^AWS::ApiGateway::Method\.RestApi(proxy)?ANY/, 'the 404 for unknown routes is for everybody'],
];

// A key that never rotates, and that everybody may use.
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

test.each(Object.keys(TEMPLATES))('every finding is argued, in the template: %s', (name) => {
  const isSkipped = ({ check, on }: Finding) => SKIPPED.some(([known, where]) => known === check && where.test(on));
  expect(findings.get(name)?.filter((finding) => !isSkipped(finding))).toEqual([]);
});

test.each(SKIPPED)('%s on %s is still found', (check, where) => {
  for (const name of Object.keys(TEMPLATES)) {
    expect(findings.get(name)?.filter((finding) => finding.check === check && where.test(finding.on))).not.toEqual([]);
  }
});

test('a key that never rotates, and that everybody may use, is found', () => {
  const checks = findings.get('bad')?.map(({ check }) => check);
  expect(checks).toEqual(expect.arrayContaining(['CKV_AWS_7', 'CKV_AWS_33']));
});

/** All templates in one run: to start takes it longer than to read them. */
async function findingsIn(templates: Readonly<Record<string, object>>): Promise<Map<string, Finding[]>> {
  const files = Object.fromEntries(Object.entries(templates).map(([name, template]) => [`${name}.json`, template]));
  const args = ['--framework', 'cloudformation', '--output', 'json', '--quiet', '--compact', '--soft-fail'];
  // Neither guidelines nor policies of an account: nothing goes over the network.
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
