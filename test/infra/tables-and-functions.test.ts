// Tables that keep nothing for longer, functions that queue nothing, logs that end.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Match } from 'aws-cdk-lib/assertions';
import { Role } from 'aws-cdk-lib/aws-iam';
import { describe, expect, test } from 'vitest';
import { VARIABLES } from '../../lambda/config.ts';
import { LONGEST_RUN_S } from '../../vault/domain/app-state.ts';
import { synthesized } from './synthesized.ts';

const ENTRY_POINTS = join(import.meta.dirname, '../../lambda');
// Through every update and deletion, but not when the first deployment fails: nothing is in it then.
const STAYS = ['RetainExceptOnCreate', 'Retain'];
const vault = synthesized();
const tables = [...vault.ofType('AWS::DynamoDB::Table').entries()].map(([id, table]) => ({
  ...table,
  name: vault.nameOf({ Ref: id }),
}));
const functions = [...vault.ofType('AWS::Lambda::Function').entries()].map(([id, { Properties }]) => ({
  id,
  Properties,
  entry: vault.nameOf({ Ref: id }),
}));

describe('the tables', () => {
  test('are these five', () => {
    expect(tables.map(({ name }) => name).toSorted()).toEqual([
      'audit table',
      'ledger table',
      'ring table',
      'secret table',
      'vault table',
    ]);
    expect(vault.ofType('AWS::DynamoDB::GlobalTable').size).toBe(0);
  });

  test.each(tables)('$name has no recovery point, no stream, no export and no replica', ({ Properties }) => {
    const { PointInTimeRecoverySpecification } = Properties as Record<string, { PointInTimeRecoveryEnabled?: boolean }>;
    expect(PointInTimeRecoverySpecification?.PointInTimeRecoveryEnabled ?? false).toBe(false);
    for (const copy of ['StreamSpecification', 'KinesisStreamSpecification', 'ImportSourceSpecification', 'Replicas']) {
      expect(Properties).not.toHaveProperty(copy);
    }
  });

  test('are in no backup plan', () => {
    const types = Object.values(vault.template.toJSON().Resources as Record<string, { Type: string }>);
    expect(types.filter(({ Type }) => Type.startsWith('AWS::Backup::'))).toEqual([]);
  });

  test('have no index but one on the ring, which names holders and dates and nothing else', () => {
    const indexes = tables.flatMap(({ Properties }) => Properties.GlobalSecondaryIndexes ?? []);
    expect(indexes).toEqual([
      {
        IndexName: 'due',
        KeySchema: [
          { AttributeName: 'due', KeyType: 'HASH' },
          { AttributeName: 'dueAtS', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ]);
  });

  test('have the same keys, and the one of bundles ends every item by its expiry', () => {
    vault.template.hasResourceProperties('AWS::DynamoDB::Table', {
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    });
  });

  test('go with the stack, but for the ledger with its receipts and for the audit log', () => {
    const kept = Object.fromEntries(
      tables.map(({ name, DeletionPolicy, UpdateReplacePolicy }) => [name, [DeletionPolicy, UpdateReplacePolicy]]),
    );
    expect(kept).toEqual({
      'vault table': ['Delete', 'Delete'],
      'ring table': ['Delete', 'Delete'],
      'secret table': ['Delete', 'Delete'],
      'ledger table': STAYS,
      'audit table': STAYS,
    });
  });
});

describe('every log group', () => {
  const groups = [...vault.ofType('AWS::Logs::LogGroup').values()];

  test('ends after 30 days, and after what the settings say', () => {
    expect(groups.length).toBe(functions.length + 1);
    for (const { Properties } of groups) expect(Properties.RetentionInDays).toBe(30);
    const week = synthesized({ logRetentionDays: 7 });
    for (const { Properties } of week.ofType('AWS::Logs::LogGroup').values())
      expect(Properties.RetentionInDays).toBe(7);
  });

  test('belongs to one function, or to the API', () => {
    const names = [...vault.ofType('AWS::Logs::LogGroup').keys()].map((id) => vault.nameOf({ Ref: id }));
    expect(names.toSorted()).toEqual(['access log', ...functions.map(({ entry }) => `log of ${entry}`)].toSorted());
  });
});

describe('the function', () => {
  const TIMEOUTS: Record<string, number> = { sweep: 60, 'rotate-kek': 60, 'configure-app': 600 };

  test('of each entry point is there, and no other; the Console has a setting', () => {
    expect(functions.map(({ entry }) => entry).toSorted()).toEqual(
      entryPoints().filter((entry) => entry !== 'console'),
    );
  });

  test.each(functions)(
    '$entry runs on Node 24 and arm64, for no longer than its caller waits',
    ({ entry, Properties }) => {
      expect(Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        Timeout: TIMEOUTS[entry] ?? 29,
      });
    },
  );

  test('that ends apps runs for less than the time for which the name of an ended app is kept free', () => {
    const { Timeout } = functions.find(({ entry }) => entry === 'configure-app')?.Properties ?? {};
    expect(Timeout).toBeLessThan(LONGEST_RUN_S);
  });

  test.each(functions)('$entry has no dead-letter queue, no layer, no URL and no trace', ({ Properties }) => {
    for (const way of ['DeadLetterConfig', 'Layers', 'TracingConfig', 'FileSystemConfigs', 'VpcConfig']) {
      expect(Properties).not.toHaveProperty(way);
    }
    expect(vault.ofType('AWS::Lambda::Url').size).toBe(0);
    expect(vault.ofType('AWS::Lambda::EventSourceMapping').size).toBe(0);
  });

  // An asynchronous invocation would leave its payload in a queue, and bring an old event of CloudFormation after a newer one.
  test.each(functions)('$entry tries an asynchronous event once, and drops it after a minute', ({ id, entry }) => {
    const patience = { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 };
    const configs = [...vault.ofType('AWS::Lambda::EventInvokeConfig').values()]
      .map(({ Properties }) => Properties)
      .filter(({ FunctionName }) => vault.nameOf(FunctionName) === entry);
    for (const config of configs) {
      expect(config).toMatchObject(patience);
      expect(config).not.toHaveProperty('DestinationConfig');
    }
    const aliases = [...vault.ofType('AWS::Lambda::Alias').entries()]
      .filter(([, { Properties }]) => JSON.stringify(Properties.FunctionName) === JSON.stringify({ Ref: id }))
      .map(([aliasId]) => vault.nameOf({ Ref: aliasId }));
    const qualified = configs.map(({ Qualifier }) => vault.nameOf(Qualifier));
    expect(qualified.toSorted()).toEqual(['$LATEST', ...aliases].toSorted());
  });

  test('has an alias for each way in, and no other', () => {
    const aliases = [...vault.ofType('AWS::Lambda::Alias').keys()].map((id) => vault.nameOf({ Ref: id }));
    expect(aliases.toSorted()).toEqual([
      'decrypt:canary',
      'decrypt:direct',
      'decrypt:rest',
      'encrypt:canary',
      'encrypt:direct',
      'encrypt:rest',
      'erase:direct',
      'erase:rest',
    ]);
  });

  test.each(functions)(
    '$entry is given exactly the variables that its entry point reads',
    async ({ entry, Properties }) => {
      const { Variables } = Properties.Environment as { Variables: Record<string, unknown> };
      expect(Object.keys(Variables).toSorted()).toEqual(await variablesReadBy(entry));
    },
  );

  test('of the rotator, and of no other, knows whether KMS may miss condition keys', () => {
    const { template } = synthesized({ allowMissingConditionKeys: true });
    const Environment = { Variables: Match.objectLike({ DAYKEY_ALLOW_MISSING_CONDITION_KEYS: 'true' }) };
    template.resourcePropertiesCountIs('AWS::Lambda::Function', { Environment }, 1);
  });

  test('of the rotator knows whether keys are to be locked', () => {
    for (const [lockKeyPolicy, text] of [
      [true, 'true'],
      [false, 'false'],
    ] as const) {
      const { template } = synthesized({ lockKeyPolicy });
      const Environment = { Variables: Match.objectLike({ DAYKEY_LOCK_KEY_POLICY: text }) };
      // The rotator's and the retirement's.
      template.resourcePropertiesCountIs('AWS::Lambda::Function', { Environment }, 2);
    }
  });

  test('every variable there is, is read by one of them', async () => {
    const read = new Set((await Promise.all(entryPoints().map(variablesReadBy))).flat());
    expect([...read].toSorted()).toEqual(Object.values(VARIABLES).toSorted());
  });
});

test('the key that signs receipts can do nothing else, and stays when the stack goes', () => {
  expect([...vault.ofType('AWS::KMS::Key').values()]).toMatchObject([
    {
      DeletionPolicy: STAYS[0],
      UpdateReplacePolicy: STAYS[1],
      Properties: { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
    },
  ]);
});

test('nothing of the stack is in a queue, a topic or a stream', () => {
  const types = Object.values(vault.template.toJSON().Resources as Record<string, { Type: string }>);
  expect(types.filter(({ Type }) => /^AWS::(SQS|SNS|Kinesis|KinesisFirehose|Pipes)::/.test(Type))).toEqual([]);
});

test('who is granted an operation may invoke its direct alias, and no other', () => {
  const granted = synthesized({}, (stack) => {
    const bot = Role.fromRoleArn(stack, 'Bot', 'arn:aws:iam::111122223333:role/bot');
    stack.vault.grantInvoke(bot, 'encrypt', 'decrypt');
  });
  const policies = [...granted.ofType('AWS::IAM::Policy').values()].map(({ Properties }) => Properties);
  const statements = policies
    .filter(({ Roles }) => JSON.stringify(Roles) === '["bot"]')
    .flatMap(({ PolicyDocument }) => (PolicyDocument as { Statement: Invoke[] }).Statement);
  expect(statements.map(({ Action, Resource }) => `${Action} ${granted.nameOf([Resource].flat()[0])}`)).toEqual([
    'lambda:InvokeFunction encrypt:direct',
    'lambda:InvokeFunction decrypt:direct',
  ]);
});

interface Invoke {
  readonly Action: string;
  readonly Resource: unknown;
}

function entryPoints(): string[] {
  const shared = ['config.ts', 'runtime.ts'];
  return readdirSync(ENTRY_POINTS)
    .filter((file) => file.endsWith('.ts') && !shared.includes(file))
    .map((file) => file.slice(0, -'.ts'.length))
    .toSorted();
}

/** What an entry point says it lacks when it finds nothing in its environment. */
async function variablesReadBy(entry: string): Promise<string[]> {
  const started: Promise<unknown> = import(pathToFileURL(join(ENTRY_POINTS, `${entry}.ts`)).href);
  const complaint = await started.then(
    () => '',
    (error: unknown) => String(error),
  );
  const [, list] = /set these environment variables: (.*)$/.exec(complaint) ?? [];
  if (list === undefined) throw new Error(`${entry} reads no configuration: ${complaint}`);
  return list.split(', ').toSorted();
}
