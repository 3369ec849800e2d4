// The Console in the stack: nothing without the setting, and with it these rights and no others.

import { describe, expect, test } from 'vitest';
import type { VaultProps } from '../../lib/settings.ts';
import { ONE_APP, synthesized } from './synthesized.ts';

const SHOP = ONE_APP.apps.shop;
if (SHOP === undefined) throw new Error('the settings of these tests have the app shop');
const WITH_CONSOLE: VaultProps = {
  apps: { shop: { ...SHOP, console: { viewers: ['support'] } } },
  console: {},
};
const OTHER_ISSUER = { issuer: 'https://login.example.org', clientId: 'console' };

const without = synthesized();
const vault = synthesized(WITH_CONSOLE);

interface Statement {
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: { readonly 'ForAllValues:StringLike'?: { readonly 'dynamodb:LeadingKeys'?: string | string[] } };
}

/** `role action resource (partitions)` of every grant that touches the Console's parts, or is one of its role. */
function grants(): string[] {
  return [...vault.ofType('AWS::IAM::Policy').values()].flatMap(({ Properties }) => {
    const role = vault.nameOf((Properties.Roles as unknown[])[0]).replace('role ', '');
    const { Statement } = Properties.PolicyDocument as { readonly Statement: readonly Statement[] };
    return Statement.flatMap(({ Action, Resource, Condition }) =>
      [Action].flat().flatMap((action) => {
        const resource = vault.nameOf([Resource].flat()[0]);
        const keys = [Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'] ?? []].flat();
        return [`${role} ${action} ${resource}${keys.length > 0 ? ` (${keys.join(' ')})` : ''}`];
      }),
    );
  });
}

describe('without the setting', () => {
  test('nothing of the Console is in the template', () => {
    const text = JSON.stringify(without.template.toJSON()).toLowerCase();
    for (const trace of ['cognito', 'rsa_2048', 'daykey_console', 'daykey_log_key', 'entrylog', 'reveal']) {
      expect(text, trace).not.toContain(trace);
    }
    const aliases = [...without.ofType('AWS::Lambda::Alias').values()].map(({ Properties }) => Properties.Name);
    expect(aliases).not.toContain('console');
    const paths = [...without.ofType('AWS::ApiGateway::Resource').values()].map(
      ({ Properties }) => Properties.PathPart,
    );
    expect(paths).not.toContain('console');
  });

  test('an app cannot ask for it', () => {
    expect(() => synthesized({ apps: WITH_CONSOLE.apps })).toThrow(/apps\.shop\.console: needs the setting console/);
  });
});

test('an alarm rings for each reveal that a reviewer flags', () => {
  const alarms = [...vault.ofType('AWS::CloudWatch::Alarm').values()].map(({ Properties }) => Properties);
  expect(alarms.filter(({ MetricName }) => MetricName === 'RevealsFlagged')).toMatchObject([
    {
      Namespace: 'Daykey',
      Dimensions: [{ Name: 'service', Value: 'Vault' }],
      Statistic: 'Sum',
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
    },
  ]);
});

test('the functions may do exactly this with the log, and the Console exactly this with everything', () => {
  const own = grants().filter(
    (grant) => / (console table|log key|decrypt:console)/.test(grant) || grant.startsWith('console '),
  );
  expect(own.filter((grant) => !grant.includes('logs:')).toSorted()).toEqual(
    [
      'encrypt dynamodb:PutItem console table (log#* tag#* due#*)',
      'encrypt kms:GetPublicKey log key',
      'decrypt dynamodb:PutItem console table (log#* tag#* due#*)',
      'decrypt kms:GetPublicKey log key',
      'decrypt dynamodb:UpdateItem console table (reveals#*)',
      'decrypt dynamodb:DeleteItem console table (ask#*)',
      'erase dynamodb:Query console table (tag#*)',
      'erase dynamodb:DeleteItem console table (log#*)',
      'configure-app dynamodb:Query console table (log#*)',
      'configure-app dynamodb:DeleteItem console table (log#*)',
      'sweep dynamodb:Query console table (due#*)',
      'sweep dynamodb:DeleteItem console table (due#* log#* login#* session#* ask#*)',
      'console dynamodb:Query console table (log#*)',
      'console dynamodb:GetItem console table (log#*)',
      'console dynamodb:GetItem console table (login#* session#*)',
      'console dynamodb:PutItem console table (login#* session#*)',
      'console dynamodb:DeleteItem console table (login#* session#*)',
      'console dynamodb:PutItem console table (due#*)',
      'console dynamodb:Query console table (ask#*)',
      'console dynamodb:PutItem console table (ask#*)',
      'console dynamodb:UpdateItem console table (ask#*)',
      'console dynamodb:Query audit table (#reveals#*)',
      'console dynamodb:GetItem audit table (#reveals#*)',
      'console dynamodb:Query audit table (#marks#*)',
      'console dynamodb:PutItem audit table (#marks#*)',
      'console dynamodb:Query ledger table',
      'console kms:Decrypt log key',
      'console lambda:InvokeFunction decrypt:console',
    ].toSorted(),
  );
});

test('the log key is RSA for encryption, and the table forgets: TTL, no backup, no stream, no index, gone with the stack', () => {
  const keys = [...vault.ofType('AWS::KMS::Key').values()].map(({ Properties }) => Properties);
  expect(keys).toContainEqual(expect.objectContaining({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' }));
  const tables = [...vault.ofType('AWS::DynamoDB::Table')];
  const [, table] = tables.find(([id]) => vault.nameOf({ Ref: id }) === 'console table') ?? [];
  expect(table).toMatchObject({
    DeletionPolicy: 'Delete',
    Properties: {
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false },
    },
  });
  expect(table?.Properties.StreamSpecification).toBeUndefined();
  expect(table?.Properties.GlobalSecondaryIndexes).toBeUndefined();
});

test('the key policy of the log key lets no one but the Console’s role decrypt', () => {
  const keys = [...vault.ofType('AWS::KMS::Key').values()].map(({ Properties }) => Properties);
  const policy = keys.find(({ KeySpec }) => KeySpec === 'RSA_2048')?.KeyPolicy as { readonly Statement: Statement[] };
  const allows = ({ Action }: Statement, wanted: string) =>
    [Action].flat().some((action) => new RegExp(`^${action.replaceAll('*', '.*')}$`).test(wanted));
  for (const action of ['kms:ReEncryptFrom', 'kms:CreateGrant', 'kms:GenerateDataKey', 'kms:DeriveSharedSecret']) {
    expect([action, policy.Statement.filter((statement) => allows(statement, action))]).toEqual([action, []]);
  }
  const [decrypting, ...others] = policy.Statement.filter((statement) => allows(statement, 'kms:Decrypt'));
  expect(others).toEqual([]);
  expect(JSON.stringify(decrypting?.Condition)).toContain('-console');
});

test('the page of the Console may read from the bucket, and without a Console no other site may', () => {
  const cors = (of: typeof vault) => [...of.ofType('AWS::S3::Bucket').values()][0]?.Properties.CorsConfiguration;
  expect(cors(without)).toBeUndefined();
  const { CorsRules } = cors(vault) as { CorsRules: { AllowedMethods: string[]; AllowedOrigins: object[] }[] };
  expect(CorsRules.map(({ AllowedMethods }) => AllowedMethods)).toEqual([['GET']]);
  expect(JSON.stringify(CorsRules[0]?.AllowedOrigins)).toMatch(/^\[\{"Fn::Join":\["",\["https:\/\/",.*execute-api/);
  expect(JSON.stringify(CorsRules[0]?.AllowedOrigins)).not.toContain('prod');
});

test('only the routes of the Console go without the authorizer, and no route is cached', () => {
  const methods = [...vault.ofType('AWS::ApiGateway::Method').values()].map(({ Properties }) => Properties);
  const open = methods.filter(({ AuthorizationType, Integration }) => {
    return AuthorizationType === 'NONE' && (Integration as { Type: string }).Type === 'AWS_PROXY';
  });
  expect(
    open.map(({ HttpMethod, Integration }) => [HttpMethod, JSON.stringify(Integration).includes('Console')]),
  ).toEqual([
    ['GET', true],
    ['GET', true],
    ['POST', true],
  ]);
});

describe('the user pool', () => {
  test('takes no one in by itself, asks for a second factor, and has a public client', () => {
    const [pool] = vault.ofType('AWS::Cognito::UserPool').values();
    expect(pool?.Properties).toMatchObject({
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      MfaConfiguration: 'ON',
      EnabledMfas: ['SOFTWARE_TOKEN_MFA'],
    });
    const [client] = vault.ofType('AWS::Cognito::UserPoolClient').values();
    expect(client?.Properties).toMatchObject({
      GenerateSecret: false,
      AllowedOAuthFlows: ['code'],
      PreventUserExistenceErrors: 'ENABLED',
    });
  });

  test('is not made where another issuer is set', () => {
    const other = synthesized({ ...WITH_CONSOLE, console: OTHER_ISSUER });
    expect(JSON.stringify(other.template.toJSON())).not.toContain('Cognito');
    const variables = [...other.ofType('AWS::Lambda::Function').values()].map(({ Properties }) =>
      JSON.stringify(Properties),
    );
    expect(variables.find((text) => text.includes('DAYKEY_CONSOLE_ISSUER'))).toContain(OTHER_ISSUER.issuer);
  });
});

test.each([
  [{ issuer: 'https://login.example.org' }, /console\.clientId: is missing/],
  [{ clientId: 'console' }, /console\.issuer: is missing/],
  [{ ...OTHER_ISSUER, issuer: 'http://login.example.org' }, /console\.issuer: must be the address/],
  [{ requireTickets: true }, /console\.requireTickets: is not a known name: did you mean requireTicket/],
])('the setting console %j is refused', (console, message) => {
  expect(() => synthesized({ ...WITH_CONSOLE, console: console as object })).toThrow(message);
});

test('the viewers of however many apps change nothing in the template but the name of the settings', () => {
  const many = (count: number) => {
    const viewers = Array.from({ length: 100 }, (_, number) => `a-group-with-a-rather-long-name-${number}`);
    const apps = Array.from({ length: count }, (_, number) => [`app-${number}`, { ...SHOP, console: { viewers } }]);
    return synthesized({ ...WITH_CONSOLE, apps: Object.fromEntries(apps) });
  };
  const texts = [1, 200].map((count) => JSON.stringify(many(count).template.toJSON()).replaceAll(/[0-9a-f]{64}/g, ''));
  expect(texts[0]).toBe(texts[1]);
  expect(texts[0]).not.toContain('a-group-with');
});
