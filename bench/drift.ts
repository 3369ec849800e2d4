// Whether a function's memory grows with the requests that it serves.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { benchCommand, claim, type Findings } from './support/command.ts';
import { progressLine } from './support/progress.ts';
import { APP, vaultInMemory } from './support/vault-in-memory.ts';

const HELP = `npx node bench/drift.ts

Serves 100,000 requests to a vault on the memory adapters, which encrypt, decrypt and erase ten fields in turn, so that as much is
stored after each turn as before it. Prints by how much the heap, and the buffers beside it, have grown after a garbage
collection, from the end of the warm-up on. Exits 1 when the claim is missed.

  --help  this text`;

const REQUESTS = 100_000;
const WARM_UP_REQUESTS = 30_000;
const REQUESTS_A_TURN = 3;
const MOST_MB = 1;
const FIELDS = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`field${i}`, 'x'.repeat(100)]));

async function measure(): Promise<Findings> {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const progress = progressLine();
  const { vault } = await vaultInMemory();
  const serve = async (requests: number) => {
    for (let done = 0; done < requests; done += REQUESTS_A_TURN) {
      const refs = await vault.encrypt(APP, FIELDS);
      await vault.decrypt(APP, refs);
      await vault.erase(APP, { refs });
      if (done % 3000 === 0) progress.show(`${done} of ${requests} requests`);
    }
    // Twice: what the first one finds to be unused, the second one frees.
    collect();
    collect();
    return process.memoryUsage();
  };
  const before = await serve(WARM_UP_REQUESTS);
  const after = await serve(REQUESTS);
  progress.end();
  const grown = claim(`<= ${MOST_MB} MB`, megabytes(after.heapUsed - before.heapUsed) <= MOST_MB);
  const rows = [
    ['heap', `${megabytes(before.heapUsed).toFixed(1)} MB`, signed(after.heapUsed - before.heapUsed), ...grown.cells],
    [
      'buffers',
      `${megabytes(before.arrayBuffers).toFixed(1)} MB`,
      signed(after.arrayBuffers - before.arrayBuffers),
      '',
      '',
    ],
  ];
  const header = [`after ${REQUESTS.toLocaleString('en')} requests`, 'before', 'grown by', 'claim', ''];
  return { tables: [{ header, rows }], claims: [grown] };
}

function megabytes(bytes: number): number {
  return bytes / 1024 / 1024;
}

function signed(bytes: number): string {
  return `${bytes < 0 ? '-' : ''}${Math.abs(megabytes(bytes)).toFixed(2)} MB`;
}

await benchCommand({ help: HELP }, measure);
