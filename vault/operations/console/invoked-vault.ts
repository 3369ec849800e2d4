// Asks the decrypt function on the Console's alias: the Console's side of `decrypt-side.ts`.

import { isProblemCode, type Problem } from '../../../wire/problem.ts';
import { DaykeyError } from '../../domain/errors.ts';
import type { Invoke } from '../../ports/invoke.ts';
import type { KeyAtAGlance, ListedApps, Revealed, RevealingVault } from '../../ports/revealing-vault.ts';
import type { ConsoleReply, ConsoleRequest } from './decrypt-side.ts';

/** A {@link RevealingVault} behind one alias. */
export function invokedVault(invoke: Invoke, functionName: string): RevealingVault {
  async function ask(request: ConsoleRequest): Promise<unknown> {
    const result = await invoke(functionName, request);
    if (result.failed) throw new DaykeyError('unavailable', 'the decrypt function failed', { retryAfterSeconds: 1 });
    const { status, body } = result.answer as ConsoleReply;
    if (status === 200) return body;
    const { code, detail, paths } = body as Problem;
    throw new DaykeyError(isProblemCode(code) ? code : 'unavailable', detail, paths === undefined ? {} : { paths });
  }

  return {
    async reveal({ app, values, ref, person, reason, ticket }) {
      const { subject, name } = person;
      const more = ticket === undefined ? {} : { ticket };
      return (await ask({
        request: 'reveal',
        app,
        values,
        ref,
        person: { subject, name },
        reason,
        ...more,
      })) as Revealed;
    },
    threadTags: async ({ app, values }, thread) => (await ask({ request: 'thread', app, values, thread })) as string[],
    keys: async ({ app, values }) => (await ask({ request: 'keys', app, values })) as KeyAtAGlance[],
    sees: async ({ app, values }) => (await ask({ request: 'sees', app, values })) === true,
    appsOf: async (values, beginning) => (await ask({ request: 'apps', values, beginning })) as ListedApps,
  };
}
