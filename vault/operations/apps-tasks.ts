// What the command line asks configure-app by invoking it, and what the schedule does: tasks on apps.

import { messagesOf } from '../domain/errors.ts';
import {
  type AppPage,
  type AppsAnswer,
  type AppsRequest,
  type CliDeps,
  listApps,
  putApps,
  retireApps,
  type ShownApp,
  showApp,
} from '../usecases/apps/cli-apps.ts';
import { type EndDeps, endRetired } from '../usecases/apps/end-app.ts';

export interface AppsTasks {
  put(apps: unknown): Promise<boolean>;
  retire(apps: readonly string[]): Promise<void>;
  list(after: string | undefined): Promise<AppPage>;
  show(app: string): Promise<ShownApp | undefined>;
  endRetired(): Promise<void>;
}

/** The tasks on the apps of a vault. */
export function appsTasks(deps: CliDeps & EndDeps): AppsTasks {
  return {
    put: (apps) => putApps(deps, apps),
    retire: (apps) => retireApps(deps, apps),
    list: (after) => listApps(deps, after),
    show: (app) => showApp(deps, app),
    endRetired: () => endRetired(deps),
  };
}

/** Whether an event is a task, and not one of CloudFormation's. */
export function isAppsRequest(event: object): event is AppsRequest {
  return 'task' in event;
}

/** Does a task. A failure of the schedule is thrown, so that Lambda counts it. */
export async function doAppsTask(tasks: AppsTasks, request: AppsRequest): Promise<AppsAnswer> {
  if (request.task === 'end-retired') {
    await tasks.endRetired();
    return {};
  }
  try {
    return await answer(tasks, request);
  } catch (error) {
    return { problem: messagesOf(error) };
  }
}

async function answer(tasks: AppsTasks, request: Exclude<AppsRequest, { task: 'end-retired' }>): Promise<AppsAnswer> {
  switch (request.task) {
    case 'put':
      return { isReady: await tasks.put(request.apps) };
    case 'retire': {
      const { apps } = request;
      if (!Array.isArray(apps) || !apps.every((app) => typeof app === 'string'))
        throw new Error('apps must be a list of names');
      await tasks.retire(apps);
      return {};
    }
    case 'list':
      return await tasks.list(request.after);
    case 'show': {
      const shown = await tasks.show(String(request.app));
      return shown ? { shown } : {};
    }
    default:
      throw new Error('task must be put, retire, list or show');
  }
}
