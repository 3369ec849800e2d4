// The clients in a bundle lack what never runs (scripts/package/function-bundle.ts), and fail as the clients of the SDK do.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as dynamo from '@aws-sdk/client-dynamodb';
import * as kms from '@aws-sdk/client-kms';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dynamoDocuments } from '../../lambda/dynamo/documents.ts';
import { kmsClient } from '../../lambda/kms/kms-client.ts';
import { functionBundle } from '../../scripts/package/function-bundle.ts';

const LAMBDA = join(import.meta.dirname, '../../lambda');
const SENDERS = `
export { PutCommand } from '@aws-sdk/lib-dynamodb';
export { EncryptCommand } from '@aws-sdk/client-kms';
export { dynamoDocuments } from './dynamo/documents.ts';
export { kmsClient } from './kms/kms-client.ts';`;

/** The clients of a function, and a command of each. */
const unbundled = { PutCommand, EncryptCommand: kms.EncryptCommand, dynamoDocuments, kmsClient };
let bundled: typeof unbundled;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'daykey-bundled-sdk-'));
  const { outputFiles } = await functionBundle({ stdin: { contents: SENDERS, resolveDir: LAMBDA } });
  const file = join(folder, 'senders.cjs');
  writeFileSync(file, outputFiles[0]?.contents ?? '');
  bundled = createRequire(import.meta.url)(file);
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Failure {
  readonly status: number;
  readonly body: object;
}

/** A client's configuration with an AWS that answers every call with that failure. */
function failing({ status, body }: Failure) {
  const response = {
    statusCode: status,
    headers: { 'x-amzn-requestid': 'request-1' },
    body: Buffer.from(JSON.stringify(body)),
  };
  return {
    region: 'eu-central-1',
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
    maxAttempts: 1,
    requestHandler: { handle: async () => ({ response }) },
  };
}

async function encrypt({ EncryptCommand, kmsClient }: typeof unbundled, failure: Failure): Promise<unknown> {
  const command = new EncryptCommand({ KeyId: 'a-key', Plaintext: Buffer.from('a') });
  return thrownBy(kmsClient(failing(failure)).send(command));
}

async function put({ PutCommand, dynamoDocuments }: typeof unbundled, failure: Failure): Promise<unknown> {
  const command = new PutCommand({ TableName: 'vault', Item: { pk: 'a', sk: 'b' } });
  return thrownBy(dynamoDocuments(failing(failure)).send(command));
}

/** All that code can find out about a failure, except for its class. */
async function thrownBy(call: Promise<unknown>): Promise<object> {
  const error = await call.then(
    () => expect.unreachable('the call succeeds'),
    (thrown: Error) => thrown,
  );
  return { ...error, isError: error instanceof Error, name: error.name, message: error.message };
}

/** The errors that a client's service can answer with, by name, and whose fault they are. */
function errorsOf(
  client: object,
  base: abstract new (...options: never[]) => Error,
): [name: string, fault: 'client' | 'server'][] {
  const classes = Object.values(client).filter((value) => value?.prototype instanceof base);
  return classes.map((Class) => [Class.name, new Class({}).$fault]);
}

describe.each([
  { service: 'KMS', call: encrypt, errors: errorsOf(kms, kms.KMSServiceException), shapes: 'com.amazonaws.kms' },
  {
    service: 'DynamoDB',
    call: put,
    errors: errorsOf(dynamo, dynamo.DynamoDBServiceException),
    shapes: 'com.amazonaws.dynamodb.v20120810',
  },
])('the bundled client of $service', ({ service, call, errors, shapes }) => {
  test(`knows the errors of ${service}`, () => {
    expect(errors.length).toBeGreaterThan(30);
  });

  test.each(errors)('fails with %s as the client of the SDK does', async (name, fault) => {
    const status = fault === 'server' ? 500 : 400;
    for (const body of [
      { __type: `${shapes}#${name}`, message: 'what AWS says' },
      { __type: `${shapes}#${name}`, Message: 'what AWS says' },
      { __type: `${shapes}#${name}` },
    ]) {
      const failed = await call(bundled, { status, body });
      expect(failed).toMatchObject({ isError: true, name });
      expect(failed).toEqual(await call(unbundled, { status, body }));
    }
  });
});

test('the bundled client of DynamoDB decodes the bytes of an item that fails a condition', async () => {
  const body = {
    __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException',
    message: 'The conditional request failed',
    Item: { pk: { S: 'a' }, wrapped: { B: Buffer.from('bytes').toString('base64') } },
  };
  const failed = await put(bundled, { status: 400, body });
  expect(failed).toMatchObject({ Item: { wrapped: { B: new Uint8Array(Buffer.from('bytes')) } } });
});
