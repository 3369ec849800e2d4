// The entry log in DynamoDB keeps its contract.

import { entryLogContract } from '../../../support/contracts/entry-log-contract.ts';
import { entryLogOn, fakeTables } from '../../../support/contracts/on-dynamo.ts';

entryLogContract('DynamoDB', () => entryLogOn(fakeTables()));
