// What the command line asks configure-app by invoking it, and what the schedule does: tasks on apps.

import { messagesOf } from '../../vault/domain/errors.ts';
import type { AppPage, AppsAnswer, AppsRequest, ShownApp } from '../../vault/usecases/apps/cli-apps.ts';

export interface AppsTasks {
  put(apps: unknown): Promise<boolean>;
  retire(apps: readonly string[]): Promise<void>;
  list(after: string | undefined): Promise<AppPage>;
  show(app: string): Promise<ShownApp | undefined>;
  endRetired(): Promise<void>;
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
