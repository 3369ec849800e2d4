// The deployed rotator tries KMS out, and finds an orphaned key by its tags among all keys of the account.

import { CreateKeyCommand, DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { InvokeCommand, LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda';
import { beforeAll, expect, inject, test } from 'vitest';
import { tagsOfKey } from '../../lambda/kms/key-maker.ts';
import { clientFor } from '../../local/emulator-client.ts';
import { probePolicy } from '../../vault/domain/kek-life/key-policy.ts';
import { secondsOf } from '../../vault/ports/clock.ts';
import { present } from '../support/envelope.ts';

const client = clientFor(inject('endpoint'));
const kms = new KMSClient(client);
const lambda = new LambdaClient(client);
let rotator = { arn: '', roleArn: '' };

beforeAll(async () => {
  for await (const { Functions = [] } of paginateListFunctions({ client: lambda }, {})) {
    const found = Functions.find(({ Role }) => Role?.endsWith(`${inject('vault').stack}-${client.region}-rotate-kek`));
    if (found) rotator = { arn: present(found.FunctionArn), roleArn: present(found.Role) };
  }
});

async function askRotator(event: object): Promise<unknown> {
  const { FunctionError, Payload = [] } = await lambda.send(
    new InvokeCommand({ FunctionName: rotator.arn, Payload: JSON.stringify(event) }),
  );
  expect(FunctionError).toBeUndefined();
  return JSON.parse(Buffer.from(Payload as Uint8Array).toString() || 'null');
}

/** A key with the tags of the stack, whose T2 is so many seconds from now, and that no ring row names. */
async function anOrphan({ inS }: { inS: number }): Promise<string> {
  const settings = { partition: 'aws', accountId: '000000000000', lock: false };
  const roleArns = { encrypt: 'e', decrypt: 'd', rotate: rotator.roleArn, retire: rotator.roleArn };
  const nowS = secondsOf(Date.now());
  const create = new CreateKeyCommand({
    Policy: JSON.stringify(probePolicy({ ...settings, roleArns })),
    Tags: tagsOfKey(inject('vault').stack, { app: 'shop' }, nowS, nowS + inS),
  });
  return present((await kms.send(create)).KeyMetadata?.Arn);
}

async function stateOf(arn: string) {
  return (await kms.send(new DescribeKeyCommand({ KeyId: arn }))).KeyMetadata?.KeyState;
}

test('KMS lets the rotator make a key and schedule its deletion', async () => {
  expect(await askRotator({ task: 'probe' })).toEqual({});
});

test('an orphaned key past its T2 is found by its tags and destroyed, and one before it is not', async () => {
  const [past, live] = [await anOrphan({ inS: -1 }), await anOrphan({ inS: 3600 })];
  await askRotator({ task: 'tidy-up' });
  expect([await stateOf(past), await stateOf(live)]).toEqual(['PendingDeletion', 'Enabled']);
});
