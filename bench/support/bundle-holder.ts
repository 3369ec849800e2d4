// The parent's side of a process that holds live bundles.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LiveOrder } from './live-bundles.ts';

/** A process that carries out one order at a time. */
export interface BundleHolder {
  /** @throws Error when the process has ended. */
  ask(order: LiveOrder): Promise<number>;
  end(): void;
}

/** Starts one, with nothing in it. */
export function bundleHolder(): BundleHolder {
  const script = fileURLToPath(new URL('./live-bundles.ts', import.meta.url));
  const child = fork(script, { execArgv: ['--expose-gc', '--max-old-space-size=8192'] });
  const gone = once(child, 'exit').then(([code]) => {
    throw new Error(`a process that holds live bundles ended with ${code}`);
  });
  // There are no more orders once it ends.
  gone.catch(() => {});
  return {
    async ask(order) {
      child.send(order);
      const [answer] = await Promise.race([once(child, 'message'), gone]);
      return answer as number;
    },
    end: () => {
      if (child.connected) child.disconnect();
    },
  };
}
