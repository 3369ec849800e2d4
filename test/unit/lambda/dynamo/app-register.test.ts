// The register of apps in DynamoDB keeps the contract.

import { appRegisterContract } from '../../../support/contracts/app-register-contract.ts';
import { appRegisterOn, fakeTables } from '../../../support/contracts/on-dynamo.ts';

appRegisterContract('DynamoDB', () => appRegisterOn(fakeTables()));
