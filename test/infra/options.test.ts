// What platform teams ask for: network, names, boundaries, keys, domain, concurrency, and where alarms go.

import { Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { type IVpc, SecurityGroup, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { describe, expect, test } from 'vitest';
import type { VaultProps } from '../../lib/settings.ts';
import { present } from '../support/envelope.ts';
import { type Resource, type Synthesized, synthesized } from './synthesized.ts';

const usual = synthesized();
const REQUEST_PATH = ['authorizer', 'decrypt', 'encrypt', 'erase'];
const EVERY_FUNCTION = [...REQUEST_PATH, 'configure-app', 'rotate-kek', 'sweep'].toSorted();

function functionsOf(vault: Synthesized): Map<string, Resource> {
  return new Map(
    [...vault.ofType('AWS::Lambda::Function').values()].map((it) => [
      vault.nameOf(it.Properties.Role).replace('role ', ''),
      it,
    ]),
  );
}

function variablesOf(vault: Synthesized, entry: string): Record<string, unknown> {
  const { Properties } = present(functionsOf(vault).get(entry));
  return (Properties.Environment as { Variables: Record<string, unknown> }).Variables;
}

/** Each role's statements about one service, by the entry point of the role. */
function statementsAbout(vault: Synthesized, action: RegExp) {
  const found = new Map<string, object[]>();
  for (const { Properties } of vault.ofType('AWS::IAM::Policy').values()) {
    const { Roles, PolicyDocument } = Properties as {
      Roles: unknown[];
      PolicyDocument: { Statement: { Action: unknown }[] };
    };
    const statements = PolicyDocument.Statement.filter(({ Action }) =>
      [Action].flat().some((name) => action.test(String(name))),
    );
    if (statements.length > 0) found.set(vault.nameOf(Roles[0]).replace('role ', ''), statements);
  }
  return found;
}

describe('a VPC', () => {
  const vault = synthesized((app) => {
    const places = new Stack(app, 'Places');
    const vpc = new Vpc(places, 'Vpc') as IVpc;
    return { vpc, securityGroups: [new SecurityGroup(places, 'Group', { vpc })] };
  });

  test('holds the functions that answer requests, and no other', () => {
    const inVpc = [...functionsOf(vault)].filter(([, { Properties }]) => Properties.VpcConfig !== undefined);
    expect(inVpc.map(([name]) => name).toSorted()).toEqual(REQUEST_PATH);
    for (const [, { Properties }] of inVpc) {
      const { SecurityGroupIds, SubnetIds } = Properties.VpcConfig as Record<string, unknown[]>;
      expect([SecurityGroupIds?.length, SubnetIds?.length]).toEqual([1, 2]);
    }
  });

  test('comes with the rights for network interfaces that Lambda needs there, for these functions only', () => {
    expect([...statementsAbout(vault, /^ec2:/).keys()].toSorted()).toEqual(REQUEST_PATH);
    expect(statementsAbout(usual, /^ec2:/).size).toBe(0);
  });

  test('has the synthesis say which endpoints they need', () => {
    const services = Match.stringLikeRegexp(String.raw`\.dynamodb, .*\.kms, .*\.sts\.`);
    expect(Annotations.fromStack(vault.stack).findInfo('*', services)).toHaveLength(1);
  });
});

describe('the roles', () => {
  const permissionsBoundaryArn = 'arn:aws:iam::111122223333:policy/boundary';
  const rolePath = '/security/daykey/';
  const vault = synthesized({ permissionsBoundaryArn, rolePath });
  const roles = [...vault.ofType('AWS::IAM::Role').values()];

  test('all have the permissions boundary and the path, that of API Gateway too', () => {
    // And that of uploads.
    expect(roles).toHaveLength(EVERY_FUNCTION.length + 2);
    for (const { Properties } of roles) {
      expect(Properties).toMatchObject({ PermissionsBoundary: permissionsBoundaryArn, Path: rolePath });
    }
  });

  test('have their path in the key policies', () => {
    const variables = variablesOf(vault, 'rotate-kek');
    for (const role of ['ENCRYPT', 'DECRYPT', 'ROTATE', 'RETIRE']) {
      expect(JSON.stringify(variables[`DAYKEY_${role}_ROLE_ARN`])).toContain(':role/security/daykey/Vault-');
    }
  });

  test('have neither by default', () => {
    for (const { Properties } of usual.ofType('AWS::IAM::Role').values()) {
      expect(Properties.PermissionsBoundary).toBeUndefined();
      expect(Properties.Path ?? '/').toBe('/');
    }
  });
});

test('the role of API Gateway for logs is left to another stack on request', () => {
  const count = (vault: Synthesized) => vault.ofType('AWS::ApiGateway::Account').size;
  expect([count(usual), count(synthesized({ cloudWatchRole: false }))]).toEqual([1, 0]);
});

test('keys get the tags of the settings, which the rotator may set and no others', () => {
  const vault = synthesized({ keyTags: { 'cost-center': '4711', team: 'security' } });
  expect(JSON.parse(String(variablesOf(vault, 'rotate-kek').DAYKEY_KEY_TAGS))).toEqual({
    'cost-center': '4711',
    team: 'security',
  });
  const [statement] = statementsAbout(vault, /^kms:CreateKey$/).get('rotate-kek') ?? [];
  expect(statement).toMatchObject({
    Condition: { 'ForAllValues:StringLike': { 'aws:TagKeys': ['daykey:*', 'cost-center', 'team'] } },
  });
});

describe("a customer's keys", () => {
  const vault = synthesized((app) => {
    const keys = new Stack(app, 'Keys');
    return { tableKey: new Key(keys, 'Tables'), logKey: new Key(keys, 'Logs') };
  });

  test('encrypt every table, and every function may use that key through DynamoDB only', () => {
    const tables = [...vault.ofType('AWS::DynamoDB::Table').values()];
    expect(tables).toHaveLength(5);
    for (const { Properties } of tables) {
      expect(Properties.SSESpecification).toMatchObject({ SSEEnabled: true, SSEType: 'KMS' });
      expect(JSON.stringify(Properties.SSESpecification)).toContain('Keys:');
    }
    const rights = statementsAbout(vault, /^kms:Decrypt$/);
    expect([...rights.keys()].toSorted()).toEqual(EVERY_FUNCTION);
    for (const statements of rights.values()) {
      for (const statement of statements) {
        expect(JSON.stringify((statement as { Condition: unknown }).Condition)).toContain(
          '"kms:ViaService":{"Fn::Join"',
        );
        expect((statement as { Resource: unknown }).Resource).not.toBe('*');
      }
    }
  });

  test('encrypt every log group, and CloudWatch Logs may use that key', () => {
    const groups = [...vault.ofType('AWS::Logs::LogGroup').values()];
    expect(groups).toHaveLength(EVERY_FUNCTION.length + 1);
    for (const { Properties } of groups) expect(Properties.KmsKeyId).toBeDefined();
    const keys = present(vault.stack.node.root.node.tryFindChild('Keys')) as Stack;
    Template.fromStack(keys).hasResourceProperties('AWS::KMS::Key', {
      KeyPolicy: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Allow',
            Principal: { Service: { 'Fn::Join': ['', ['logs.', { Ref: 'AWS::Region' }, '.amazonaws.com']] } },
          }),
        ]),
      },
    });
  });

  test('are none by default: AWS has its own', () => {
    for (const { Properties } of usual.ofType('AWS::DynamoDB::Table').values()) {
      expect(Properties.SSESpecification).toBeUndefined();
    }
    for (const { Properties } of usual.ofType('AWS::Logs::LogGroup').values())
      expect(Properties.KmsKeyId).toBeUndefined();
  });
});

describe('an alarm topic', () => {
  const vault = synthesized((app) => ({ alarmTopic: new Topic(new Stack(app, 'OnCall'), 'Topic') }));
  const alarms = [...vault.ofType('AWS::CloudWatch::Alarm').values()].map(({ Properties }) => Properties);

  test('hears every alarm', () => {
    expect(alarms.length).toBeGreaterThan(10);
    for (const { AlarmActions } of alarms) expect(AlarmActions).toHaveLength(1);
  });

  test('hears the silence of what runs on a schedule, and of nothing else', () => {
    const hearing = alarms.filter(({ InsufficientDataActions }) => InsufficientDataActions !== undefined);
    expect(hearing.length).toBeGreaterThan(0);
    expect(hearing).toEqual(alarms.filter(({ TreatMissingData }) => TreatMissingData === 'missing'));
  });
});

describe('a domain', () => {
  const domain = {
    name: 'vault.example.org',
    certificateArn: 'arn:aws:acm:eu-central-1:111122223333:certificate/01234567-89ab-cdef-0123-456789abcdef',
  };
  const vault = synthesized({ domain });

  test('is the only way to the API, with TLS 1.2', () => {
    const [name] = [...vault.ofType('AWS::ApiGateway::DomainName').values()];
    expect(name?.Properties).toMatchObject({
      DomainName: domain.name,
      RegionalCertificateArn: domain.certificateArn,
      SecurityPolicy: 'TLS_1_2',
      EndpointConfiguration: { Types: ['REGIONAL'] },
    });
    const [api] = [...vault.ofType('AWS::ApiGateway::RestApi').values()];
    expect(api?.Properties.DisableExecuteApiEndpoint).toBe(true);
    expect(vault.ofType('AWS::ApiGateway::BasePathMapping').size).toBe(1);
  });

  test('is the address of the outputs, which also say where the DNS has to point', () => {
    const { Outputs } = vault.template.toJSON() as { Outputs: Record<string, { Value: unknown }> };
    expect(Outputs.Url?.Value).toBe('https://vault.example.org/');
    expect(JSON.stringify(Outputs.DomainTarget?.Value)).toContain('RegionalDomainName');
    expect(usual.template.toJSON().Outputs).not.toHaveProperty('DomainTarget');
  });
});

test('concurrency is set aside for the functions that the settings name', () => {
  const reservedConcurrency: Required<VaultProps>['reservedConcurrency'] = {
    encrypt: 1,
    decrypt: 2,
    erase: 3,
    authorizer: 4,
    sweep: 5,
    rotate: 6,
    configureApp: 7,
  };
  const reserved = (vault: Synthesized) =>
    [...functionsOf(vault)]
      .map(([name, { Properties }]) => `${name} ${Properties.ReservedConcurrentExecutions}`)
      .toSorted();
  expect(reserved(synthesized({ reservedConcurrency }))).toEqual(
    ['encrypt 1', 'decrypt 2', 'erase 3', 'authorizer 4', 'sweep 5', 'rotate-kek 6', 'configure-app 7'].toSorted(),
  );
  expect(reserved(usual)).toEqual(EVERY_FUNCTION.map((name) => `${name} undefined`));
});
