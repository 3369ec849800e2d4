// Every DynamoDB adapter keeps its contract on an emulator that other people wrote.

import { dynamoContracts } from '../../support/contracts/dynamo-contracts.ts';
import { emulatedTables } from './emulated.ts';

dynamoContracts(emulatedTables);
