// Blobs in memory keep the contract that S3 keeps.

import { blobPort } from '../../../../client/testing/blob-port.ts';
import { memoryBlobStore } from '../../../../vault/memory/blob-store.ts';
import { blobStoreContract } from '../../../support/contracts/blob-store-contract.ts';

blobStoreContract('memory', async () => {
  let nowMs = 1_800_000_000_000;
  const store = memoryBlobStore(
    () => nowMs,
    blobPort((request) => store.serve(request)),
  );
  const pass = async (seconds: number) => {
    nowMs += seconds * 1000;
  };
  return { store, pass };
});
