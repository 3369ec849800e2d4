// Which apps list a viewer, in memory, for tests and the testing kit.

import type { AppRecord } from '../domain/app-record.ts';
import { isShownTo } from '../domain/console/viewers.ts';
import type { AppViewers } from '../ports/app-viewers.ts';

/** An {@link AppViewers} over the records of all apps. The map may change at any time. */
export function memoryAppViewers(records: ReadonlyMap<string, AppRecord>): AppViewers {
  return {
    async appsOf(viewer, beginning, limit) {
      const shown = [...records.values()].filter(({ settings }) => settings && isShownTo(settings, [viewer]));
      const apps = shown.map(({ app }) => app).filter((app) => app.startsWith(beginning));
      return apps.sort().slice(0, limit);
    },
  };
}
