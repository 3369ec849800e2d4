// Opening a vault: from a stack's outputs or a local vault's file, to its tables and its receipt key.

import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AwsClients, type AwsSettings, openStack, openVault } from '../../../../client/cli/open-vault.ts';
import type { OperatorVault } from '../../../../client/cli/surroundings.ts';
import { rejection } from '../../../support/operator.ts';

const OUTPUTS = {
  RingTable: 'a-ring',
  AuditTable: 'an-audit',
  LedgerTable: 'a-ledger',
  ReceiptKeyArn: 'arn:aws:kms:eu-central-1:111122223333:key/receipts',
  ConfigureAppArn: 'arn:aws:lambda:eu-central-1:111122223333:function:configure-app',
};
const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** Clients of an account with one stack, and what they are sent. */
function anAccount({
  outputs = OUTPUTS as Record<string, string>,
  stack = 'Daykey',
  failure = undefined as unknown,
  invoked = { Payload: Buffer.from('{"isReady":true}') } as object,
} = {}) {
  const sent: { name: string; input: Record<string, unknown> }[] = [];
  const answer = (name: string, input: Record<string, unknown>): unknown => {
    sent.push({ name, input });
    if (name === 'DescribeStacksCommand') {
      if (failure !== undefined) throw failure;
      if (input.StackName !== stack) {
        throw Object.assign(new Error(`Stack with id ${input.StackName} does not exist`), { name: 'ValidationError' });
      }
      const Outputs = Object.entries(outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue }));
      return { Stacks: [{ StackStatus: 'CREATE_COMPLETE', Outputs }] };
    }
    if (name === 'InvokeCommand') return invoked;
    if (name === 'GetPublicKeyCommand') return { PublicKey: publicKey.export({ type: 'spki', format: 'der' }) };
    return { Items: [] };
  };
  const client = {
    config: { region: async () => 'eu-central-1' },
    send: async (command: { input: Record<string, unknown> }) => answer(command.constructor.name, command.input),
  };
  // Paginators take nothing but an instance.
  const documents = Object.assign(Object.create(DynamoDBDocumentClient.prototype), client);
  return { clients: { cloudFormation: client, documents, kms: client, lambda: client } as unknown as AwsClients, sent };
}

/** Reads once through every port. */
async function readAll(vault: OperatorVault): Promise<void> {
  await vault.keyRing.read('shop');
  await vault.tokens.list('shop');
  await vault.tokenUses.lastDay('0123456789ab');
  for await (const _ of vault.auditTrail.intents('shop', 0, 1000)) throw new Error('there are no intents');
  await vault.ledger.receipts({ app: 'shop' });
}

describe('the vault of a stack', () => {
  test('reads the tables that the outputs name', async () => {
    const { clients, sent } = anAccount();
    await readAll(await openStack(clients, 'Daykey'));
    const tables = sent.map(({ input }) => input.TableName).filter((table) => table !== undefined);
    expect([...new Set(tables)]).toEqual(['a-ring', 'an-audit', 'a-ledger']);
  });

  test('with a path in it has outputs that begin with the path', async () => {
    const outputs = Object.fromEntries(
      Object.entries(OUTPUTS).map(([name, value]) => [`SecurityVault${name}`, `${value}-of-the-construct`]),
    );
    const { clients, sent } = anAccount({ outputs, stack: 'Shop' });
    const vault = await openStack(clients, 'Shop/Security/Vault');
    await vault.keyRing.read('shop');
    expect(sent.map(({ input }) => input.TableName ?? input.StackName)).toContain('a-ring-of-the-construct');
    expect(vault.stack).toBe('Shop/Security/Vault');
  });

  test('has the public key of its receipts from KMS', async () => {
    const { clients, sent } = anAccount();
    const key = await (await openStack(clients, 'Daykey')).receiptKey();
    expect(key.equals(publicKey)).toBe(true);
    expect(sent.at(-1)?.input).toEqual({ KeyId: OUTPUTS.ReceiptKeyArn });
  });

  test('sets apps up by its function, with the rights of the operator', async () => {
    const { clients, sent } = anAccount();
    const request = { task: 'put', apps: { clinic: {} } } as const;
    expect(await (await openStack(clients, 'Daykey')).askForApps(request)).toEqual({ isReady: true });
    expect(sent.at(-1)).toEqual({
      name: 'InvokeCommand',
      input: { FunctionName: OUTPUTS.ConfigureAppArn, Payload: JSON.stringify(request) },
    });
  });

  test('says where to look when that function fails', async () => {
    const invoked = { FunctionError: 'Unhandled', Payload: Buffer.from('{"errorMessage":"a secret"}') };
    const { clients } = anAccount({ invoked });
    const { message } = await rejection((await openStack(clients, 'Daykey')).askForApps({ task: 'list' }));
    expect(message).toBe(`the function that sets apps up failed: see its log, of ${OUTPUTS.ConfigureAppArn}`);
  });

  test('that is not there is an error that says where it looked', async () => {
    const { message } = await rejection(openStack(anAccount().clients, 'Other'));
    expect(message).toBe(
      "there is no stack Other in eu-central-1: check AWS_REGION and AWS_PROFILE, or name the vault's stack with --stack",
    );
  });

  test.each(Object.keys(OUTPUTS))('without the output %s is no vault', async (missing) => {
    const outputs = Object.fromEntries(Object.entries(OUTPUTS).filter(([name]) => name !== missing));
    const { message } = await rejection(openStack(anAccount({ outputs }).clients, 'Daykey'));
    expect(message).toContain(`stack Daykey (CREATE_COMPLETE) has no output ${missing}, so it is no Daykey vault`);
  });

  test('whose stack cannot be read rejects with what AWS said', async () => {
    const failure = Object.assign(new Error('Rate exceeded'), { name: 'Throttling' });
    expect(await rejection(openStack(anAccount({ failure }).clients, 'Daykey'))).toBe(failure);
  });
});

describe('the vault of a file', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'daykey-vault-'));
    file = join(folder, 'vault.json');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const credentials = { accessKeyId: 'one', secretAccessKey: 'two' };
  const LOCAL = { stack: 'Local', endpoint: 'http://127.0.0.1:4000', region: 'us-east-1', credentials, url: 'more' };

  async function openFile(): Promise<{ vault: OperatorVault; settings: AwsSettings | undefined }> {
    let settings: AwsSettings | undefined;
    const vault = await openVault({ stack: 'Daykey', vault: file }, (given) => {
      settings = given;
      return anAccount({ stack: 'Local' }).clients;
    });
    return { vault, settings };
  }

  test('is reached with the address, Region, stack and credentials in it', async () => {
    writeFileSync(file, JSON.stringify(LOCAL));
    const { vault, settings } = await openFile();
    expect(vault.stack).toBe('Local');
    expect(settings).toEqual({ endpoint: 'http://127.0.0.1:4000', region: 'us-east-1', credentials });
  });

  test("is reached with the environment's credentials where the file has none", async () => {
    writeFileSync(file, JSON.stringify({ ...LOCAL, credentials: undefined }));
    expect((await openFile()).settings).toEqual({ endpoint: 'http://127.0.0.1:4000', region: 'us-east-1' });
  });

  test('that is not there says who writes it', async () => {
    const { message } = await rejection(openFile());
    expect(message).toBe(
      `there is no ${file}: \`npm start\` writes it once its vault is ready, so run that in another terminal`,
    );
  });

  test.each([
    ['no JSON', '{'],
    ['JSON of something else', '{"name":"daykey"}'],
    ['an address that is none', JSON.stringify({ ...LOCAL, endpoint: 'localhost' })],
  ])('that holds %s says which file is meant', async (_, text) => {
    writeFileSync(file, text);
    const { message } = await rejection(openFile());
    expect(message).toBe(`${file} is not what \`npm start\` writes: name its vault.json with --vault`);
  });
});
