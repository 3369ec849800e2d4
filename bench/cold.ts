// What a cold start costs: loading a function and its first request, beside the SDK alone.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environmentOf } from '../lambda/config.ts';
import { faultyNetwork } from '../test/support/aws/faulty-network.ts';
import type { ColdStart } from './support/cold-start.ts';
import { atMost, benchCommand, cells, type Findings, NO_CLAIM } from './support/command.ts';
import { progressLine } from './support/progress.ts';
import { quantile, ratios, timeRounds } from './support/rounds.ts';
import { appName, authorizationOf, keyArnOf, vaultOnAws } from './support/vault-on-aws.ts';

const HELP = `npx node bench/cold.ts [--rounds <n>]

Starts the encrypt function's bundle in a new process, lets it settle as Lambda does, and sends it its first request. Beside it
  the SDK alone  a bundle that only has the clients for KMS and DynamoDB and makes the same four calls with them
Both talk to a fake of AWS in the parent process over plain HTTP. Prints ratios of CPU time, which Lambda bills and users wait
for: the median over interleaved rounds, and where the middle 90 % of them lie. Exits 1 when the claim is missed.

  --rounds <n>  rounds that count, 10 or more (default 15)
  --help        this text`;

const VARIABLES = {
  stack: 'Vault',
  vaultTable: 'vault',
  ringTable: 'ring',
  secretTable: 'secrets',
  blobBucket: 'blobs',
  partition: 'aws',
  uploadRoleArn: 'arn:aws:iam::111122223333:role/upload',
  accountId: '111122223333',
  region: 'eu-central-1',
  dnsSuffix: 'amazonaws.com',
};
const ROOT = join(import.meta.dirname, '..');
const MOST_TIMES_SDK = 1.5;
const WARM_UP_ROUNDS = 2;

/** Four calls as a request to encrypt makes them, by clients as the SDK makes them. */
const SDK_ALONE = `
import { EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
const kms = new KMSClient({});
const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}));
export async function handler() {
  const key = { pk: 'none', sk: 'none' };
  await documents.send(new GetCommand({ TableName: 'ring', Key: key }));
  await documents.send(new QueryCommand({ TableName: 'ring', KeyConditionExpression: 'pk = :a', ExpressionAttributeValues: { ':a': 'shop' } }));
  const EncryptionContext = { app: 'shop' };
  const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId: '${keyArnOf(0)}', Plaintext: Buffer.alloc(60), EncryptionContext }));
  await documents.send(new PutCommand({ TableName: 'audit', Item: { ...key, CiphertextBlob } }));
  return { statusCode: 200 };
}`;

async function measure(rounds: number): Promise<Findings> {
  const progress = progressLine();
  // The bundle has the right time, and no other.
  const { aws } = await vaultOnAws(1, Math.floor(Date.now() / 1000));
  const network = await faultyNetwork(aws);
  // With it comes the CDK, which takes seconds to load.
  const { functionBundle } = await import('../scripts/package/function-bundle.ts');
  const folder = mkdtempSync(join(tmpdir(), 'daykey-cold-'));
  try {
    const bundles = {
      ours: await functionBundle({ entryPoints: [join(ROOT, 'lambda/encrypt.ts')] }),
      sdk: await functionBundle({ stdin: { contents: SDK_ALONE, resolveDir: ROOT } }, []),
    };
    const found = {
      init: { ours: [] as number[], sdk: [] as number[] },
      request: { ours: [] as number[], sdk: [] as number[] },
    };
    const app = appName(0);
    const lane = (name: 'ours' | 'sdk') => {
      const file = join(folder, `${name}.cjs`);
      writeFileSync(file, bundles[name].outputFiles[0]?.contents ?? '');
      const run = async () => {
        const { initNs, requestNs } = await start(file, network.endpoint, app);
        found.init[name].push(initNs);
        found.request[name].push(requestNs);
        return initNs + requestNs;
      };
      return { run, times: 1 };
    };
    const timings = await timeRounds(
      { ours: lane('ours'), sdk: lane('sdk') },
      {
        rounds,
        warmUpRounds: WARM_UP_ROUNDS,
        onRound: (done, total) => progress.show(`round ${done} of ${total}`),
      },
    );
    progress.end();
    const both = ratios(timings.ours, timings.sdk);
    const near = atMost(quantile(both, 0.5), MOST_TIMES_SDK);
    const kilobytes = (name: 'ours' | 'sdk') => (bundles[name].outputFiles[0]?.contents.length ?? 0) / 1024;
    const rows = [
      ['loading', ...cells(ratios(found.init.ours, found.init.sdk)), ...NO_CLAIM],
      ['first request', ...cells(ratios(found.request.ours, found.request.sdk)), ...NO_CLAIM],
      ['both', ...cells(both), ...near.cells],
    ];
    const notes = [
      `The bundle of the encrypt function has ${kilobytes('ours').toFixed(0)} KB, the SDK alone ${kilobytes('sdk').toFixed(0)} KB.`,
    ];
    return {
      tables: [
        { header: ['cold start: encrypt in times of the SDK alone', 'median', 'middle 90 %', 'claim', ''], rows },
      ],
      notes,
      claims: [near],
    };
  } finally {
    await network.close();
    rmSync(folder, { recursive: true });
  }
}

/** The CPU time of a new process that loads a bundle and asks it once. @throws Error when it does not answer with 200. */
async function start(file: string, endpoint: string, app: string): Promise<ColdStart> {
  const child = fork(join(import.meta.dirname, 'support/cold-start.ts'), [file, app, authorizationOf(app)], {
    // It writes a log line for the request.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      PATH: process.env.PATH,
      ...environmentOf(VARIABLES),
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: VARIABLES.region,
      AWS_ACCESS_KEY_ID: 'fake',
      AWS_SECRET_ACCESS_KEY: 'fake',
    },
  });
  const gone = once(child, 'exit').then(([code]) => {
    throw new Error(`the function ended with ${code} before it answered`);
  });
  const [answer] = await Promise.race([once(child, 'message'), gone]);
  gone.catch(() => {});
  return answer as ColdStart;
}

await benchCommand({ help: HELP, usualRounds: 15 }, measure);
