// The index of trusted roles in DynamoDB keeps the contract.

import { fakeTables, trustedRolesOn } from '../../../support/contracts/on-dynamo.ts';
import { trustedRolesContract } from '../../../support/contracts/trusted-roles-contract.ts';

trustedRolesContract('DynamoDB', () => trustedRolesOn(fakeTables()));
