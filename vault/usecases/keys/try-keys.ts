// Tries KMS out before the first app: what a policy of the organization forbids has to fail the first deployment.

import { setTimeout as sleep } from 'node:timers/promises';

/** New roles get their rights some seconds late, so one refusal proves nothing. */
const PROBES = 4;
const BETWEEN_PROBES_MS = 10_000;

/** Probes until it works. @throws the last error of several tries, in KMS's own words. */
export async function tryKeys(
  probe: () => Promise<void>,
  wait: (ms: number) => Promise<unknown> = sleep,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await probe();
    } catch (error) {
      if (tries === PROBES) throw error;
    }
    await wait(BETWEEN_PROBES_MS);
  }
}
