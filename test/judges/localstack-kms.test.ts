// Every KMS adapter keeps its contract on LocalStack's KMS, which truly authenticates blobs and contexts, unlike the emulator.

import { join } from 'node:path';
import { KMSClient } from '@aws-sdk/client-kms';
import { appKekContract } from '../support/contracts/app-kek-contract.ts';
import { keyMakerContract } from '../support/contracts/key-maker-contract.ts';
import { keysOn, receiptSignerOn } from '../support/contracts/on-kms.ts';
import { receiptSignerContract } from '../support/contracts/receipt-signer-contract.ts';
import { withSecondJudge } from './second-judge.ts';

withSecondJudge(
  'kms',
  (folder, port, files) => ({
    command: join(folder, 'bin', 'python'),
    args: ['-m', 'localstack.runtime.main'],
    env: {
      SERVICES: 'kms',
      GATEWAY_LISTEN: `127.0.0.1:${port}`,
      LOCALSTACK_VOLUME_DIR: files,
      // No download, no report, no name server.
      SKIP_SSL_CERT_DOWNLOAD: '1',
      DISABLE_EVENTS: '1',
      DNS_ADDRESS: '0',
    },
    readyPath: '/_localstack/health',
  }),
  (client) => {
    const kms = () => new KMSClient(client());
    appKekContract('KMS', { authenticates: true }, () => keysOn(kms()));
    keyMakerContract('KMS', { findsByTags: false }, () => keysOn(kms()));
    receiptSignerContract('KMS', () => receiptSignerOn(kms()));
  },
);
