// Asks the decrypt function on the Console's alias.

import { DaykeyError } from '../../vault/domain/errors.ts';
import type { KeyAtAGlance, ListedApps, Revealed, RevealingVault } from '../../vault/ports/revealing-vault.ts';
import { isProblemCode, type Problem } from '../../wire/problem.ts';
import { translating, unavailable } from './errors.ts';
import type { Invoke } from './invoke.ts';

/** A {@link RevealingVault} behind one alias. Needs only `lambda:InvokeFunction` on it. */
export function revealingVault(invoke: Invoke, functionArn: string): RevealingVault {
  async function ask(what: string, event: object): Promise<unknown> {
    const result = await translating(what, {}, () => invoke(functionArn, event));
    if (result.failed) throw unavailable(what, 'the decrypt function failed');
    const { status, body } = result.answer as { readonly status: number; readonly body: unknown };
    if (status === 200) return body;
    const { code, detail, paths } = body as Problem;
    throw new DaykeyError(isProblemCode(code) ? code : 'unavailable', detail, paths === undefined ? {} : { paths });
  }

  return {
    async reveal({ app, values, ref, person, reason, ticket }) {
      const { subject, name } = person;
      const event = { request: 'reveal', app, values, ref, person: { subject, name }, reason, ticket };
      return (await ask('reveal a value', event)) as Revealed;
    },
    threadTags: async ({ app, values }, thread) =>
      (await ask('find a thread', { request: 'thread', app, values, thread })) as string[],
    keys: async ({ app, values }) => (await ask('list keys', { request: 'keys', app, values })) as KeyAtAGlance[],
    sees: async ({ app, values }) => (await ask('look up viewers', { request: 'sees', app, values })) === true,
    appsOf: async (values, beginning) => (await ask('list apps', { request: 'apps', values, beginning })) as ListedApps,
  };
}
