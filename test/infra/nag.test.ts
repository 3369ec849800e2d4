// What AWS's own checklist (cdk-nag, AwsSolutions) finds, and why each of its findings is as it should be.

import { App } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { expect, test } from 'vitest';
import { synthesized } from './synthesized.ts';

// Finding, what it is about, and why it stands. One that no longer comes up has to go from here as well.
const ACKNOWLEDGED: readonly (readonly [rule: string, on: RegExp, why: string])[] = [
  ['DDB3', /^(Vault|Ring|Secrets)\/Table$/, 'a recovery point would outlive what must be gone in a day'],
  ['DDB3', /^(Ledger|Audit)\/Table$/, 'they hold no values; to keep them for years, export them or turn recovery on'],
  ['IAM5 its own log streams', /^Functions\/\w+\/Role\/DefaultPolicy$/, 'streams have names that Lambda makes up'],
  [
    'IAM5 objects of the bucket',
    /^Blobs\/UploadRole\/DefaultPolicy$/,
    'the session of an upload narrows it to one object',
  ],
  [
    'IAM5 objects of the bucket',
    /^Functions\/(Decrypt|Erase|Sweep|ConfigureApp)\/Role\/DefaultPolicy$/,
    'objects come and go with each blob',
  ],
  ['S1', /^Blobs\/Bucket$/, 'an access log outlives the blobs; each opening is in the audit log'],
  ['IAM5 *', /^Functions\/RotateKek\/Role\/DefaultPolicy$/, 'a key that is to be made has no ARN yet'],
  ['IAM5 *', /^Functions\/ConfigureApp\/Role\/DefaultPolicy$/, 'no resource can restrict the search by tags'],
  ['IAM4 AmazonAPIGatewayPushToCloudWatchLogs', /^Rest\/Api\/CloudWatchRole$/, 'what API Gateway asks for to log'],
  ['APIG2', /^Rest\/Api$/, 'the functions check requests more strictly, and their errors repeat no value'],
  ['APIG3', /^Rest\/Api\/DeploymentStage\.vault$/, 'a web ACL has a monthly price, so the operator decides'],
  ['APIG6', /^Rest\/Api\/DeploymentStage\.vault$/, 'an execution log would hold bodies, and bodies hold plaintext'],
  ['COG4', /^Rest\/Api\/Default\/v1\/apps\/\{app\}\/[\w-]+\/POST$/, 'callers are machines, with an authorizer of ours'],
  ['COG4', /^Rest\/Api\/Default(\/\{proxy\+\})?\/ANY$/, 'the 404 for unknown routes needs no identity'],
  ['APIG4', /^Rest\/Api\/Default(\/\{proxy\+\})?\/ANY$/, 'the 404 for unknown routes needs no identity'],
];

const findings = findingsOf();

test('every finding is one that is acknowledged', () => {
  const isAcknowledged = ({ rule, on }: Finding) =>
    ACKNOWLEDGED.some(([known, where]) => known === rule && where.test(on));
  expect(findings.filter((finding) => !isAcknowledged(finding))).toEqual([]);
});

test.each(ACKNOWLEDGED)('%s on %s is still found', (rule, where) => {
  expect(findings.filter((finding) => finding.rule === rule && where.test(finding.on))).not.toEqual([]);
});

test('every acknowledgement says why', () => {
  for (const [, , why] of ACKNOWLEDGED) expect(why.length).toBeGreaterThan(20);
});

interface Finding {
  readonly rule: string;
  readonly on: string;
}

function findingsOf(): Finding[] {
  const { stack } = synthesized();
  const report = new AwsSolutionsChecks(new App()).validateScope(stack);
  return report.violations.flatMap(({ ruleName, violatingResources }) =>
    violatingResources.map(({ constructPath = '' }) => ({
      rule: ruleOf(ruleName),
      on: constructPath.replace(/^Vault\/Default\//, '').replace(/\/Resource$/, ''),
    })),
  );
}

/** `IAM5 *` for `AwsSolutions-IAM5[Resource::*]`: logical IDs of log groups change, so they stay out. */
function ruleOf(name: string): string {
  return name
    .replace('AwsSolutions-', '')
    .replace(/\[Resource::<\w+Log\w+\.Arn>:\*\]$/, ' its own log streams')
    .replace(/\[Resource::<\w+Bucket\w+\.Arn>\/\*\]$/, ' objects of the bucket')
    .replace(/\[Resource::(.*)\]$/, ' $1')
    .replace(/\[Policy::.*\/(\w+)\]$/, ' $1');
}
