// Every DynamoDB adapter keeps its contract on DynamoDB Local, which AWS makes: conditions, sizes and pages are its own.

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createTable } from '../support/aws/create-tables.ts';
import { dynamoContracts } from '../support/contracts/dynamo-contracts.ts';
import { losingAnswers, lostAnswersContract } from '../support/contracts/lost-answers-contract.ts';
import { withSecondJudge } from './second-judge.ts';

withSecondJudge(
  'dynamodb',
  (folder, port) => ({
    command: 'java',
    args: [
      '-Xmx256m',
      `-Djava.library.path=${folder}`,
      '-cp',
      join(folder, '*'),
      'software.amazon.dynamodb.services.local.main.ServerRunner',
      '-inMemory',
      '-sharedDb',
      '-disableTelemetry',
      '-port',
      String(port),
    ],
    readyPath: '/',
  }),
  (client) => {
    const newTable = async () => {
      const dynamo = new DynamoDBClient({ ...client(), maxAttempts: 3 });
      const table = randomUUID();
      await createTable(dynamo, table);
      return { dynamo, table };
    };
    dynamoContracts({
      async add() {
        const { dynamo, table } = await newTable();
        return { documents: DynamoDBDocumentClient.from(dynamo), table };
      },
    });
    lostAnswersContract({
      async add() {
        const { dynamo, table } = await newTable();
        return { documents: await losingAnswers(dynamo), table };
      },
    });
  },
);
