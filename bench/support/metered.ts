// Measures the CPU time that the fake of AWS takes, so that a bench can leave it out.

import type { FakeAws } from '../../test/support/aws/fake-aws.ts';
import { cpuNs } from './rounds.ts';

type Clients = FakeAws['clients'];

/** The same configuration for SDK clients, and the CPU time in nanoseconds that answering them has taken. */
export function metered(clients: Clients): { readonly clients: Clients; readonly answeringNs: () => number } {
  const handler = clients.requestHandler as { handle(request: unknown): Promise<unknown> };
  let answeringNs = 0;
  const handle = (request: unknown): Promise<unknown> => {
    const startedNs = cpuNs();
    // The fake does all of its work before it returns its promise.
    const answer = handler.handle(request);
    answeringNs += cpuNs() - startedNs;
    return answer;
  };
  return { clients: { ...clients, requestHandler: { handle } as never }, answeringNs: () => answeringNs };
}
