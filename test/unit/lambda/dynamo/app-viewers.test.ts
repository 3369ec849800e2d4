// The index of viewers in DynamoDB keeps the contract.

import { appViewersContract } from '../../../support/contracts/app-viewers-contract.ts';
import { appViewersOn, fakeTables } from '../../../support/contracts/on-dynamo.ts';

appViewersContract('DynamoDB', () => appViewersOn(fakeTables()));
