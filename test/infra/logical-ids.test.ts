// The only test that knows logical IDs. CloudFormation replaces a resource whose ID changes, and deletes what was in it.

import { expect, test } from 'vitest';
import { synthesized } from './synthesized.ts';

const integrations = { web: { kind: 'messaging' } } as const;
const vault = synthesized({ apps: { shop: { integrations } } });

// A changed ID of the apps is refused at deployment, since the apps belong to the resource that is there.
// A changed ID of a table loses its data at the next upgrade. A changed ID of a role fails, as its name is taken.
test.each<[type: string, ids: readonly string[]]>([
  [
    'AWS::DynamoDB::Table',
    ['AuditTable18A3095C', 'LedgerTable9343E4AA', 'RingTableF1161B33', 'SecretsTableFD49E5CE', 'VaultTable008FE3F5'],
  ],
  ['AWS::KMS::Key', ['ReceiptKey74646DB7']],
  ['AWS::S3::Bucket', ['BlobsBucket1038ED5D']],
  [
    'AWS::IAM::Role',
    [
      'BlobsUploadRole975E620F',
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
  ['Custom::DaykeyKeys', ['AppsKeys84DA8179']],
  ['Custom::DaykeyApps', ['AppsF3D52691']],
])('%s resources keep their logical IDs', (type, ids) => {
  expect([...vault.ofType(type).keys()].toSorted()).toEqual(ids);
});
