// Every policy of a template, with its references resolved: judges of policies do not know CloudFormation.

import type { JudgedTemplate } from './templates.ts';

export interface Policy {
  readonly Version: string;
  readonly Statement: readonly Readonly<Record<string, unknown>>[];
}

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::AccountId': '111122223333',
  'AWS::Region': 'eu-central-1',
  'AWS::URLSuffix': 'amazonaws.com',
};

// What a reference to a resource resolves to. `Ref` and the attribute `Arn` are the same here: policies name these only by ARN.
const ARNS: Readonly<Record<string, (id: string) => string>> = {
  'AWS::DynamoDB::Table': (id) => arn('dynamodb', `table/${id}`),
  'AWS::S3::Bucket': (id) => `arn:aws:s3:::${id.toLowerCase()}`,
  'AWS::IAM::Role': (id) => `arn:aws:iam::${PSEUDO['AWS::AccountId']}:role/${id}`,
  'AWS::KMS::Key': (id) => arn('kms', `key/${id}`),
  'AWS::Logs::LogGroup': (id) => arn('logs', `log-group:${id}:*`),
  'AWS::Lambda::Function': (id) => arn('lambda', `function:${id}`),
  'AWS::Lambda::Alias': (id) => arn('lambda', `function:${id}:alias`),
};

// The hash that the CDK adds to a logical ID.
const HASH = /[0-9A-F]{8}$/;

/** Policies by the logical ID of their resource and the property they are in. @throws Error for an unknown reference. */
export function policiesOf({ Resources }: JudgedTemplate): Map<string, Policy> {
  const policies = new Map<string, Policy>();
  for (const [id, { Properties }] of Object.entries(Resources)) collect(Properties, id.replace(HASH, ''));
  return policies;

  function collect(value: unknown, path: string): void {
    if (isPolicy(value)) {
      const policy = resolved(value) as Policy;
      // The trust policy of a role has no resource, since it can only be that role. Judges expect one.
      const withResource = policy.Statement.map((statement) => ({ Resource: '*', ...statement }));
      policies.set(path, path.endsWith('.AssumeRolePolicyDocument') ? { ...policy, Statement: withResource } : policy);
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, member] of Object.entries(value)) collect(member, `${path}.${name}`);
    }
  }

  function resolved(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(resolved);
    if (typeof value !== 'object' || value === null) return value;
    const [[name, argument] = ['', undefined], ...others] = Object.entries(value);
    if (others.length > 0 || !/^(Ref|Fn::\w+)$/.test(name)) {
      return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, resolved(member)]));
    }
    if (name === 'Fn::Join' && Array.isArray(argument)) {
      const [separator, parts] = argument as [string, unknown[]];
      return parts.map(resolved).join(separator);
    }
    if (name === 'Fn::Sub') {
      return String(argument).replace(/\$\{([^}]+)\}/g, (_, pseudo: string) => {
        const text = PSEUDO[pseudo];
        if (text === undefined) throw new Error(`unknown reference: ${JSON.stringify(value)}`);
        return text;
      });
    }
    const [id, attribute = 'Arn'] = [argument].flat() as string[];
    const text = PSEUDO[id ?? ''] ?? ARNS[Resources[id ?? '']?.Type ?? '']?.(id ?? '');
    if (text === undefined || attribute !== 'Arn') throw new Error(`unknown reference: ${JSON.stringify(value)}`);
    return text;
  }
}

function isPolicy(value: unknown): value is Policy {
  return typeof value === 'object' && value !== null && 'Statement' in value;
}

function arn(service: string, resource: string): string {
  return `arn:aws:${service}:${PSEUDO['AWS::Region']}:${PSEUDO['AWS::AccountId']}:${resource}`;
}
