// cfn-lint: the templates fit CloudFormation's schemas of their resources.

import { expect, test } from 'vitest';
import { judged } from './judge.ts';
import { TEMPLATES } from './templates.ts';

interface Finding {
  readonly Filename: string;
  readonly Message: string;
  readonly Rule: { readonly Id: string };
  readonly Location: { readonly Path: readonly (string | number)[] | null };
}

// Rule, and why it does not apply here. A test fails when an entry is no longer needed.
const ACCEPTED: readonly (readonly [rule: string, why: string])[] = [
  ['W3005', 'the CDK makes a function depend on its whole role, of which a reference names one part'],
];

// Tables have no property `TimeToLive`, and the output refers to a resource that does not exist.
const BAD = {
  Resources: {
    Table: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
        TimeToLive: { AttributeName: 'x', Enabled: true },
      },
    },
  },
  Outputs: { Name: { Value: { Ref: 'Tabel' } } },
};

const findings = await findingsIn({ ...TEMPLATES, bad: BAD });

test.each(Object.keys(TEMPLATES))('CloudFormation takes the template: %s', (name) => {
  const isAccepted = ({ Rule }: Finding) => ACCEPTED.some(([rule]) => rule === Rule.Id);
  expect(findings.get(name)?.filter((finding) => !isAccepted(finding))).toEqual([]);
});

test.each(ACCEPTED)('%s is still found', (rule) => {
  for (const name of Object.keys(TEMPLATES)) expect(findings.get(name)?.map(({ Rule }) => Rule.Id)).toContain(rule);
});

test('an unknown property and a reference to nothing are found', () => {
  const rules = findings.get('bad')?.map(({ Rule }) => Rule.Id);
  expect(rules).toEqual(expect.arrayContaining(['E3002', 'E6101']));
});

/** All templates in one run: cfn-lint takes longer to start than to read them. */
async function findingsIn(templates: Readonly<Record<string, object>>): Promise<Map<string, Finding[]>> {
  const files = Object.fromEntries(Object.entries(templates).map(([name, template]) => [`${name}.json`, template]));
  const args = ['--format', 'json', '--non-zero-exit-code', 'none', '--template', ...Object.keys(files)];
  const { exitCode, stdout, stderr } = await judged('cfn-lint', args, files);
  if (exitCode !== 0) throw new Error(`cfn-lint ended with ${exitCode}: ${stderr}`);
  const all = JSON.parse(stdout) as Finding[];
  return new Map(
    Object.keys(templates).map((name) => [name, all.filter(({ Filename }) => Filename === `${name}.json`)]),
  );
}
