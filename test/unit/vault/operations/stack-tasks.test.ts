// The tasks of a deployment and those of the command line do what they say, on one vault.

import { expect, test } from 'vitest';
import { memoryParts } from '../../../../client/testing/parts.ts';
import { DEFAULT_LIFE } from '../../../../vault/domain/kek-life/life.ts';
import type { Target } from '../../../../vault/domain/target.ts';
import { appsTasks } from '../../../../vault/operations/apps-tasks.ts';
import { stackTasks } from '../../../../vault/operations/stack-tasks.ts';
import { present } from '../../../support/envelope.ts';
import { SLOT_S, someSettings } from '../../../support/virtual-vault.ts';

const VAULT = { life: DEFAULT_LIFE, keyPools: 4, deletionWindowDays: 7, allowShortCycles: false, hasConsole: false };
const web = { kind: 'messaging', processSensitive: false, roles: [] } as const;
const target: Target = {
  apps: new Map([['shop', someSettings({ integrations: { web } })]]),
  retire: new Set(),
  vault: VAULT,
};
const ROLE = { id: 'a-resource', integration: 'web', role: '111122223333/desk' };

test('a vault is set up, changed, shown and ended by its tasks', async () => {
  const parts = memoryParts({ startsAtMs: SLOT_S * 1000 });
  let probes = 0;
  const deps = {
    ...parts.endDeps,
    register: parts.register,
    rotate: parts.rotate,
    readTarget: () => target,
    remainingMs: () => Number.POSITIVE_INFINITY,
  };
  const stack = stackTasks(deps, async () => {
    probes += 1;
  });
  const cli = appsTasks(deps);

  await stack.probe();
  expect(probes).toBe(1);
  const change = { target, text: 'the settings', digest: 'd1', resource: 'apps' };
  expect(await stack.apply(change, { id: 'create' })).toBe('done');
  expect(await stack.apply(change, { id: 'create' })).toBe('repeated');
  expect(await stack.findKept('d1')).toBe('the settings');
  expect(await stack.trust('shop', ROLE, 'trust')).toBe('done');
  expect(present(await cli.show('shop')).addedRoles).toMatchObject([{ integration: 'web', role: ROLE.role }]);
  expect(await stack.endTrust('shop', ROLE.id, 'end-trust')).toBe('done');
  expect(present(await cli.show('shop')).addedRoles).toEqual([]);

  expect(await cli.put({ clinic: { integrations: { web: { kind: 'messaging' } } } })).toBe(true);
  expect((await cli.list(undefined)).apps.map(({ app }) => app)).toEqual(['shop', 'clinic']);
  expect((await cli.list('shop')).apps.map(({ app }) => app)).toEqual(['clinic']);
  await cli.retire(['clinic']);
  expect(present(await cli.show('clinic')).state).toBe('retired');
  await cli.endRetired();

  expect(await stack.end('apps', 'd1', { id: 'delete' })).toBe('done');
  await stack.destroyLeftovers();
  expect((await cli.list(undefined)).apps.filter(({ state }) => state === 'live')).toEqual([]);
});
