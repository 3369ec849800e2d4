// Every DynamoDB adapter bears answers that get lost, on the fake.

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createTable } from '../support/aws/create-tables.ts';
import { fakeAws } from '../support/aws/fake-aws.ts';
import { losingAnswers, lostAnswersContract } from '../support/contracts/lost-answers-contract.ts';

lostAnswersContract({
  async add() {
    const dynamo = new DynamoDBClient({ ...fakeAws().clients, maxAttempts: 3 });
    await createTable(dynamo, 'table');
    return { documents: await losingAnswers(dynamo), table: 'table' };
  },
});
