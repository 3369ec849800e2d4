// The one place that knows logical IDs. To CloudFormation another ID is another resource: the old one goes, with all in it.

import { expect, test } from 'vitest';
import { synthesized } from './synthesized.ts';

const integrations = { web: { kind: 'messaging' } } as const;
const vault = synthesized({ apps: { shop: { integrations }, 'shop-eu': { integrations }, shopeu: { integrations } } });

// Whoever changes one of the apps' has the keys of apps that live on destroyed: they come from the name of the app alone.
// Whoever changes another loses the tables of every vault that upgrades, or the names of its roles are taken.
test.each<[type: string, ids: readonly string[]]>([
  ['AWS::DynamoDB::Table', ['AuditTable18A3095C', 'LedgerTable9343E4AA', 'RingTableF1161B33', 'VaultTable008FE3F5']],
  ['AWS::KMS::Key', ['ReceiptKey74646DB7']],
  [
    'AWS::IAM::Role',
    [
      'FunctionsAuthorizerRole490C6065',
      'FunctionsConfigureAppRoleB100DD72',
      'FunctionsDecryptRoleE25DA240',
      'FunctionsEncryptRoleE83AE4C2',
      'FunctionsEraseRole4F5F6BD0',
      'FunctionsRotateKekRoleCD444ED0',
      'FunctionsSweepRole001D02BF',
      'RestApiCloudWatchRole686D2EB0',
    ],
  ],
  ['Custom::DaykeyApp', ['Appshop', 'AppshopXeu', 'Appshopeu']],
])('%s resources keep their logical IDs', (type, ids) => {
  expect([...vault.ofType(type).keys()].toSorted()).toEqual(ids);
});
