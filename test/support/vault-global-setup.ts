// The real stack, deployed once for a whole test run by the real CDK: `inject('vault')` says how to call it.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
// Without this line TypeScript does not find the module that is declared on below.
import type {} from 'vitest';
import type { TestProject } from 'vitest/node';
import { bootstrap, deploy, synthesise } from '../../local/deploy.ts';
import type { LocalVault } from '../../local/local-vault.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The vault on this run's emulator, as `npm start` would write it down. */
    vault: LocalVault;
  }
}

/** Its own for each run, so that two at once do not deploy one another's stack. */
const FOLDER = join(import.meta.dirname, '../../.local/e2e', String(process.pid));

// Each project of a run loads this file as a separate module, so what they share is kept outside of it.
const run = globalThis as { daykeyVault?: Promise<LocalVault> };

export default async function setup(project: TestProject): Promise<() => void> {
  run.daykeyVault ??= deployed(project.getProvidedContext().endpoint);
  project.provide('vault', await run.daykeyVault);
  return () => rmSync(FOLDER, { recursive: true, force: true });
}

async function deployed(endpoint: string): Promise<LocalVault> {
  const deployment = { endpoint, settings: 'local/settings.ts', folder: FOLDER };
  await Promise.all([synthesise(deployment), bootstrap(deployment)]);
  return await deploy(deployment);
}
