// Warming up does the SDK's work for a call, asks AWS nothing, and leaves nothing behind.

import { setImmediate } from 'node:timers/promises';
import { EncryptCommand } from '@aws-sdk/client-kms';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test, vi } from 'vitest';
import { warmUpOpening, warmUpRequests, warmUpSealing } from '../../../../lambda/aws/warm-up.ts';
import { dynamoDocuments } from '../../../../lambda/dynamo/documents.ts';
import { kmsClient } from '../../../../lambda/kms/kms-client.ts';

/** Clients with credentials that say how often they are asked for, and with a network that says what it is asked. */
function clients() {
  const credentials = vi.fn(async () => ({ accessKeyId: 'a', secretAccessKey: 'b' }));
  const sent: string[] = [];
  const handle = async ({ headers }: { headers: Record<string, string> }) => {
    sent.push(String(headers['x-amz-target']));
    return { response: { statusCode: 200, headers: {}, body: Buffer.from('{}') } };
  };
  const config = { region: 'eu-central-1', credentials, requestHandler: { handle } as never };
  return { credentials, sent, documents: dynamoDocuments(config), kms: kmsClient(config) };
}

test('signs a request for every call of a request, and sends none', async () => {
  const { credentials, sent, documents, kms } = clients();
  warmUpRequests(documents);
  warmUpSealing(documents, kms);
  warmUpOpening(documents, kms);
  await expect.poll(() => credentials).toHaveBeenCalled();
  for (let turn = 0; turn < 20; turn += 1) await setImmediate();
  expect(sent).toEqual([]);
});

test('the calls after it reach AWS', async () => {
  const { sent, documents, kms } = clients();
  warmUpRequests(documents);
  warmUpSealing(documents, kms);
  await Promise.all([
    kms.send(new EncryptCommand({ KeyId: 'a', Plaintext: Buffer.of(1) })),
    documents.send(new GetCommand({ TableName: 'ring', Key: { pk: 'a', sk: 'b' } })),
  ]);
  expect(sent.toSorted()).toEqual(['DynamoDB_20120810.GetItem', 'TrentService.Encrypt']);
});

test('without credentials it is silent, and the first request says what is missing', async () => {
  const credentials = () => Promise.reject(new Error('no credentials'));
  const kms = kmsClient({ region: 'eu-central-1', credentials });
  warmUpSealing(dynamoDocuments({ region: 'eu-central-1', credentials }), kms);
  await setImmediate();
  await expect(kms.send(new EncryptCommand({ KeyId: 'a', Plaintext: Buffer.of(1) }))).rejects.toThrow('no credentials');
});
