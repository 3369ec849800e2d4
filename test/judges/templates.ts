// The templates that are judged: the default vault, and one with every setting that adds resources.

import { Stack } from 'aws-cdk-lib';
import { SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { DaykeyStackProps } from '../../lib/daykey-stack.ts';
import type { VaultProps } from '../../lib/settings.ts';
import { synthesized } from '../infra/synthesized.ts';

export interface JudgedTemplate {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties?: unknown }>>;
}

const EVERYTHING_SET: Partial<VaultProps> = {
  apps: {
    shop: {
      integrations: {
        web: { kind: 'messaging', roleArns: ['arn:aws:iam::111122223333:role/web'] },
        analytics: { kind: 'other', processSensitive: true },
      },
      sensitiveData: { entryTypes: { 'crm.ticket': { kind: 'event', doc: 'A ticket.', sensitive: ['data.subject'] } } },
    },
  },
  lockKeyPolicy: true,
  deletionWindowDays: 30,
  reservedConcurrency: { encrypt: 10, decrypt: 10 },
  permissionsBoundaryArn: 'arn:aws:iam::111122223333:policy/boundary',
  rolePath: '/security/',
  rolePrefix: 'acme-',
  keyTags: { team: 'security' },
  webAclArn: 'arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/vault/0123456789abcdef',
  privateVpcEndpointIds: ['vpce-0123456789abcdef0'],
};

const KMS_KEY = 'arn:aws:kms:eu-central-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef';

/** What a private API cannot have, and what a platform team brings along. */
function withPlatform(app: Construct): Partial<DaykeyStackProps> {
  const platform = new Stack(app, 'Platform');
  const vpc = Vpc.fromVpcAttributes(platform, 'Vpc', {
    vpcId: 'vpc-0123456789abcdef0',
    availabilityZones: ['eu-central-1a', 'eu-central-1b'],
    privateSubnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
  });
  return {
    domain: {
      name: 'vault.example.org',
      certificateArn: 'arn:aws:acm:eu-central-1:111122223333:certificate/01234567-89ab-cdef-0123-456789abcdef',
    },
    cloudWatchRole: false,
    vpc,
    securityGroups: [SecurityGroup.fromSecurityGroupId(platform, 'Group', 'sg-0123456789abcdef0')],
    tableKey: Key.fromKeyArn(platform, 'TableKey', KMS_KEY),
    logKey: Key.fromKeyArn(platform, 'LogKey', KMS_KEY),
    alarmTopic: Topic.fromTopicArn(platform, 'Topic', 'arn:aws:sns:eu-central-1:111122223333:on-call'),
  };
}

/** Templates by name. */
export const TEMPLATES: Readonly<Record<string, JudgedTemplate>> = {
  default: synthesized().template.toJSON() as JudgedTemplate,
  everything: synthesized(EVERYTHING_SET).template.toJSON() as JudgedTemplate,
  platform: synthesized(withPlatform).template.toJSON() as JudgedTemplate,
};
