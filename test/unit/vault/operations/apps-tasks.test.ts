// Tasks on apps: the command line gets an answer, whatever is wrong; the schedule fails, so that its alarm rings.

import { describe, expect, test } from 'vitest';
import { type AppsTasks, doAppsTask, isAppsRequest } from '../../../../vault/operations/apps-tasks.ts';
import type { AppsRequest } from '../../../../vault/usecases/apps/cli-apps.ts';

const SHOWN = { app: 'shop', owner: 'stack', state: 'live', keys: 'own', integrations: [], addedRoles: [] } as const;

/** Tasks that note what they are asked. */
function tasks(failure?: Error) {
  const asked: unknown[] = [];
  const note = <Value>(what: string, value: Value) => {
    return async (argument?: unknown): Promise<Value> => {
      asked.push([what, argument]);
      if (failure) throw failure;
      return value;
    };
  };
  const all: AppsTasks = {
    put: note('put', true),
    retire: note('retire', undefined),
    list: note('list', { apps: [], next: 'shop' }),
    show: async (app) => {
      await note('show', undefined)(app);
      return app === 'shop' ? SHOWN : undefined;
    },
    endRetired: note('endRetired', undefined),
  };
  return { all, asked };
}

describe('a task', () => {
  test.each<[AppsRequest, unknown, unknown]>([
    [{ task: 'put', apps: { clinic: {} } }, ['put', { clinic: {} }], { isReady: true }],
    [{ task: 'retire', apps: ['clinic'] }, ['retire', ['clinic']], {}],
    [{ task: 'list' }, ['list', undefined], { apps: [], next: 'shop' }],
    [{ task: 'list', after: 'shop' }, ['list', 'shop'], { apps: [], next: 'shop' }],
    [{ task: 'show', app: 'shop' }, ['show', 'shop'], { shown: SHOWN }],
    [{ task: 'show', app: 'none' }, ['show', 'none'], {}],
    [{ task: 'end-retired' }, ['endRetired', undefined], {}],
  ])('%j is done and answered', async (request, expected, answer) => {
    const { all, asked } = tasks();
    expect(await doAppsTask(all, request)).toEqual(answer);
    expect(asked).toEqual([expected]);
  });

  test.each<AppsRequest>([
    { task: 'put', apps: {} },
    { task: 'retire', apps: [] },
    { task: 'list' },
    { task: 'show', app: 'shop' },
  ])('%j that fails answers with the words of the error, and rings no alarm', async (request) => {
    expect(await doAppsTask(tasks(new Error('throttled')).all, request)).toEqual({ problem: 'throttled' });
  });

  test('of the schedule that fails is an error', async () => {
    await expect(doAppsTask(tasks(new Error('throttled')).all, { task: 'end-retired' })).rejects.toThrow('throttled');
  });

  test.each([
    [{ task: 'retire', apps: 'shop' }, 'apps must be a list of names'],
    [{ task: 'retire', apps: [5] }, 'apps must be a list of names'],
    [{ task: 'other' }, 'task must be put, retire, list or show'],
  ])('%j asks for nothing', async (request, problem) => {
    const { all, asked } = tasks();
    expect(await doAppsTask(all, request as unknown as AppsRequest)).toEqual({ problem });
    expect(asked).toEqual([]);
  });
});

test('an event of CloudFormation is no task', () => {
  expect(isAppsRequest({ RequestType: 'Create', ResourceProperties: {} })).toBe(false);
  expect(isAppsRequest({ task: 'list' })).toBe(true);
});
