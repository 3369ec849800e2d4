// What the documents tell operators to type works, from the first deployment to the last receipt. It needs an emulator that
// nothing else uses, because it deploys and destroys.

import { afterAll, inject } from 'vitest';
import { type Emulator, startEmulator } from '../../local/emulator.ts';
import { OPERATIONS, testCommandsOf } from '../support/typed-commands.ts';

let emulator: Emulator | undefined;

testCommandsOf(
  (document) => document === OPERATIONS,
  async () => {
    emulator = await startEmulator({ logFile: `${import.meta.dirname}/../../.local/operations-emulator.log` });
    return { endpoint: emulator.endpoint, vault: inject('vault') };
  },
);

afterAll(() => emulator?.stop());
