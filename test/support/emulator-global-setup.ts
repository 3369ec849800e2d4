// One emulator for a whole test run: `inject('endpoint')` says where. AWS_ENDPOINT_URL names another to use instead.

import { join } from 'node:path';
// Without this line TypeScript does not find the module that is declared on below.
import type {} from 'vitest';
import type { TestProject } from 'vitest/node';
import { type Emulator, startEmulator } from '../../local/emulator.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The emulator of this run, without a slash at its end. */
    endpoint: string;
    /** File that the emulator prints to, its Lambdas' output included; empty when it was started by someone else. */
    emulatorLog: string;
  }
}

// Each project of a run loads this file as a separate module, so what they share is kept outside of it.
const run = globalThis as { daykeyEmulator?: Promise<Emulator> };

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env.AWS_ENDPOINT_URL;
  if (given) {
    project.provide('endpoint', given.replace(/\/+$/, ''));
    project.provide('emulatorLog', '');
    return undefined;
  }
  const logFile = join(import.meta.dirname, '../../.local/test-emulator.log');
  run.daykeyEmulator ??= startEmulator({ logFile });
  const emulator = await run.daykeyEmulator;
  project.provide('endpoint', emulator.endpoint);
  project.provide('emulatorLog', logFile);
  return () => emulator.stop();
}
