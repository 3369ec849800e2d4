// Measures the CPU time that the fake of AWS takes, so that a bench can leave it out.

import type { FakeAws } from '../../test/support/aws/fake-aws.ts';
import { cpuNs } from './rounds.ts';

type Clients = FakeAws['clients'];

const LOOKS = 2000;

/** The same configuration for SDK clients, and the CPU time in nanoseconds that answering them has taken. */
export function metered(clients: Clients): { readonly clients: Clients; readonly answeringNs: () => number } {
  const handler = clients.requestHandler as { handle(request: unknown): Promise<unknown> };
  const lookNs = nsOfLook();
  let answeringNs = 0;
  const handle = (request: unknown): Promise<unknown> => {
    const startedNs = cpuNs();
    // The fake does all of its work before it returns its promise.
    const answer = handler.handle(request);
    // Of the two looks at the CPU time, about one is in their difference. The other is not the bench's work either.
    answeringNs += cpuNs() - startedNs + lookNs;
    return answer;
  };
  return { clients: { ...clients, requestHandler: { handle } as never }, answeringNs: () => answeringNs };
}

/** What a look at the CPU time takes: on some machines a tenth of a request. */
function nsOfLook(): number {
  const startedNs = cpuNs();
  for (let i = 0; i < LOOKS; i += 1) cpuNs();
  return (cpuNs() - startedNs) / LOOKS;
}
