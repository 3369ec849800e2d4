// Vaults as constructs: two in one stack, or one deep in it, share no name.

import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Construct } from 'constructs';
import { describe, expect, test } from 'vitest';
import { DaykeyVault } from '../../lib/daykey-vault.ts';
import { ONE_APP, QUICK, type Resource } from './synthesized.ts';

const stack = new Stack(new App(QUICK), 'Shop');
const vaults = [
  new DaykeyVault(stack, 'Vault', ONE_APP),
  new DaykeyVault(new Construct(stack, 'Security'), 'Vault', { ...ONE_APP, rolePrefix: 'acme-' }),
];
const { Resources, Outputs } = Template.fromStack(stack).toJSON() as {
  Resources: Record<string, Resource>;
  Outputs: Record<string, { Value: unknown }>;
};
const ofType = (type: string) => Object.values(Resources).filter(({ Type }) => Type === type);

describe('two vaults in one stack', () => {
  test('are called by their paths', () => {
    expect(vaults.map(({ vaultName }) => vaultName)).toEqual(['Shop/Vault', 'Shop/Security/Vault']);
  });

  test('have roles with names that hash these paths', () => {
    const names = ofType('AWS::IAM::Role').flatMap(({ Properties: { RoleName } }) => {
      const text = JSON.stringify(RoleName);
      return text === undefined ? [] : [text];
    });
    expect(names).toHaveLength(2 * 8);
    expect(new Set(names).size).toBe(names.length);
    const starts = names.map((name) => /\["",\["([^"]+)",\{"Ref":"AWS::Region"\}/.exec(name)?.[1]);
    expect([...new Set(starts)].toSorted()).toEqual([
      expect.stringMatching(/^Shop-Vault-[0-9a-f]{8}-$/),
      expect.stringMatching(/^acme-Shop-Secur-[0-9a-f]{8}-$/),
    ]);
  });

  test('tag their keys, count and name their APIs separately', () => {
    const variables = ofType('AWS::Lambda::Function').map(
      ({ Properties }) => (Properties.Environment as { Variables: Record<string, string> }).Variables.DAYKEY_STACK,
    );
    expect(new Set(variables)).toEqual(new Set(['Shop/Vault', 'Shop/Security/Vault']));
    const metrics = ofType('AWS::CloudWatch::Alarm').filter(({ Properties }) => Properties.Namespace === 'Daykey');
    expect(new Set(metrics.map(({ Properties }) => JSON.stringify(Properties.Dimensions))).size).toBe(2);
    expect(ofType('AWS::ApiGateway::RestApi').map(({ Properties }) => Properties.Name)).toEqual([
      'Shop/Vault',
      'Shop/Security/Vault',
    ]);
  });

  test('tag what is theirs', () => {
    const tags = ofType('AWS::DynamoDB::Table').map(({ Properties }) => Properties.Tags);
    expect(new Set(tags.map((each) => JSON.stringify(each)))).toEqual(
      new Set(vaults.map(({ vaultName }) => JSON.stringify([{ Key: 'daykey:stack', Value: vaultName }]))),
    );
  });

  test('have outputs that begin with their paths', () => {
    const ringTables = Object.keys(Outputs).filter((name) => name.endsWith('RingTable'));
    expect(ringTables).toEqual(['VaultRingTable', 'SecurityVaultRingTable']);
    expect(JSON.stringify(Outputs.SecurityVaultAudience)).toContain(':Shop/Security/Vault"');
  });
});

test.each([
  [
    'an ID that a tag cannot hold',
    'Vault*',
    'the ID of a vault: must have letters, digits and _ . + = @ -, got "Vault*"',
  ],
  ['a name that no tag can hold', 'V'.repeat(253), 'the name of a vault: must have at most 256 characters, got 257'],
])('%s is refused', (_, id, message) => {
  expect(() => new DaykeyVault(new Stack(new App(QUICK), 'One'), id, ONE_APP)).toThrow(message);
});
