// Sign-ins, sessions and the count of reveals in DynamoDB keep their contract.

import { consoleSessionsContract } from '../../../support/contracts/console-sessions-contract.ts';
import { consoleSessionsOn, fakeTables } from '../../../support/contracts/on-dynamo.ts';

consoleSessionsContract('DynamoDB', () => consoleSessionsOn(fakeTables()));
