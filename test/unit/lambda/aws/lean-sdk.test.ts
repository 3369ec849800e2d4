// A lean client asks AWS the same as the SDK's own client, and bears the same faults.

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterEach, describe, expect, test } from 'vitest';
import { lean } from '../../../../lambda/aws/lean-sdk.ts';
import { kmsClient } from '../../../../lambda/kms/kms-client.ts';

const HOUR_MS = 3600_000;
const CLIENT = {
  region: 'eu-central-1',
  credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret', sessionToken: 'session' },
};
const ENCRYPT = { KeyId: 'a-key', Plaintext: Buffer.from('a value'), EncryptionContext: { app: 'shop' } };
const PUT = { TableName: 'vault', Item: { pk: { S: 'ü' }, wrapped: { B: Buffer.from('bytes') } } };

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** An AWS that answers so. */
async function awsThat(answer: (response: ServerResponse, received: Received) => void) {
  const received: Received[] = [];
  const server = createServer(async (incoming, response) => {
    let body = '';
    for await (const chunk of incoming) body += String(chunk);
    received.push({ headers: incoming.headers, body });
    answer(response, { headers: incoming.headers, body });
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return { received, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const CIPHERTEXT = JSON.stringify({ CiphertextBlob: Buffer.from('sealed').toString('base64') });
const sealed = (response: ServerResponse) => void response.end(CIPHERTEXT);

describe('a lean client', () => {
  test.each<[string, (endpoint: string, changed: typeof lean) => Promise<unknown>]>([
    ['KMS', (endpoint, changed) => changed(new KMSClient({ ...CLIENT, endpoint })).send(new EncryptCommand(ENCRYPT))],
    [
      'DynamoDB',
      (endpoint, changed) => changed(new DynamoDBClient({ ...CLIENT, endpoint })).send(new PutItemCommand(PUT)),
    ],
  ])('of %s sends what the client of the SDK sends, but for its user agent', async (_, call) => {
    const { endpoint, received } = await awsThat((response) => response.end('{}'));
    await call(endpoint, (client) => client);
    await call(endpoint, lean);
    const [expected, actual] = received.map(({ headers, body }) => ({ body, headers: withoutDetails(headers) }));
    expect(actual).toEqual(expected);
  });

  test('has lost four middlewares, which the SDK still has under these names', () => {
    const names = (client: KMSClient) => client.middlewareStack.identify().map((each) => each.split(' ')[0]);
    const left = names(lean(new KMSClient(CLIENT)));
    expect(names(new KMSClient(CLIENT)).filter((name) => !left.includes(name))).toEqual([
      'loggerMiddleware',
      'contentLengthMiddleware',
      'getUserAgentMiddleware',
      'recursionDetectionMiddleware',
    ]);
  });

  test('corrects a clock that is an hour late by the date of a refusal, and signs right from then on', async () => {
    const { endpoint, received } = await awsThat((response, { headers }) => {
      const nowMs = Date.now() + HOUR_MS;
      response.setHeader('date', new Date(nowMs).toUTCString());
      if (Math.abs(signedAtMs(headers) - nowMs) < 5 * 60_000) return sealed(response);
      response.writeHead(400).end('{"__type":"InvalidSignatureException","message":"Signature expired: it is late"}');
    });
    const client = kmsClient({ ...CLIENT, endpoint });
    for (let i = 0; i < 2; i += 1) await client.send(new EncryptCommand(ENCRYPT));
    const areCorrected = received.map(({ headers }) => signedAtMs(headers) > Date.now() + HOUR_MS / 2);
    expect(areCorrected).toEqual([false, true, true]);
  });

  test('tries again after an answer that ends in the middle', async () => {
    let answers = 0;
    const { endpoint, received } = await awsThat((response) => {
      answers += 1;
      if (answers > 1) return sealed(response);
      response.writeHead(200, { 'content-length': CIPHERTEXT.length });
      response.write(CIPHERTEXT.slice(0, 10), () => response.socket?.destroy());
    });
    const { CiphertextBlob } = await kmsClient({ ...CLIENT, endpoint }).send(new EncryptCommand(ENCRYPT));
    expect(Buffer.from(CiphertextBlob ?? []).toString()).toBe('sealed');
    expect(received).toHaveLength(2);
  });

  test('keeps calls apart that run at the same time', async () => {
    const received = new Set<string>();
    const { endpoint } = await awsThat((response, { body }) => {
      const { Plaintext } = JSON.parse(body);
      const isFirst = !received.has(Plaintext);
      received.add(Plaintext);
      // Half of the calls are tried twice, in the middle of the others.
      if (isFirst && Plaintext.charCodeAt(0) % 2 === 0) response.socket?.resetAndDestroy();
      else setTimeout(() => response.end(JSON.stringify({ CiphertextBlob: Plaintext })), Math.random() * 20);
    });
    const client = kmsClient({ ...CLIENT, endpoint });
    const values = Array.from({ length: 20 }, (_, i) => Buffer.from(`${i} is a value`));
    const answers = await Promise.all(
      values.map((Plaintext) => client.send(new EncryptCommand({ ...ENCRYPT, Plaintext }))),
    );
    expect(answers.map(({ CiphertextBlob }) => Buffer.from(CiphertextBlob ?? []))).toEqual(values);
  });
});

/** Without what differs from one call to the next. */
function withoutDetails(headers: IncomingHttpHeaders) {
  const changing = ['authorization', 'x-amz-date', 'amz-sdk-invocation-id', 'host', 'user-agent', 'x-amz-user-agent'];
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !changing.includes(name)));
}

function signedAtMs(headers: IncomingHttpHeaders): number {
  const date = String(headers['x-amz-date']);
  return Date.parse(date.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'));
}
