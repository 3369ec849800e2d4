// A vault in memory whose clock follows the real one and whose settings may change while it runs.

import { createHash } from 'node:crypto';
import { marking } from '../client/testing/marks.ts';
import { memoryParts } from '../client/testing/parts.ts';
import { type Listening, listen } from '../client/testing/port.ts';
import { passTime } from '../client/testing/schedules.ts';
import type { AppSettings } from '../vault/domain/settings.ts';
import { callFromHttp } from '../vault/operations/http-call.ts';
import type { Clock } from '../vault/ports/clock.ts';

export interface DevVault {
  /** Applies settings as a deployment does, for callers at once. Apps that are not among them are retired. */
  update(apps: readonly AppSettings[]): Promise<void>;
  /** Lets the vault's time catch up with the clock: keys are made, and what has expired is deleted. */
  catchUp(): Promise<void>;
  /** Listens on 127.0.0.1. */
  listen(port: number): Promise<Listening>;
}

/** The API token of an integration: the same in every run, so that callers may keep it in their configuration. */
export function devToken(app: string, integration: string): string {
  return `dkt_${createHash('sha256').update(`daykey dev ${app}/${integration}`).digest('base64url')}`;
}

/** A vault without apps. */
export function devVault(clock: Clock): DevVault {
  const parts = memoryParts({ startsAtMs: clock(), around: marking });
  let current: readonly AppSettings[] = [];
  let requests = 0;
  let work = Promise.resolve();
  /** Rotation and set-up change the same rows, so they take turns. */
  const inTurn = (next: () => Promise<void>): Promise<void> => {
    const done = work.then(next);
    work = done.catch(() => {});
    return done;
  };

  return {
    update: (apps) =>
      inTurn(async () => {
        const names = new Set(apps.map(({ app }) => app));
        const gone = current.filter(({ app }) => !names.has(app));
        for (const { app } of gone) await parts.retire(app);
        for (const settings of apps) {
          await parts.setUp(settings);
          for (const integration of Object.keys(settings.integrations)) {
            parts.issueToken(settings.app, integration, devToken(settings.app, integration));
          }
        }
        // Requests remember settings for a minute.
        for (const { app } of [...gone, ...apps]) await parts.rings.reload(app);
        current = apps;
      }),
    catchUp: () =>
      inTurn(async () => {
        const seconds = Math.floor((clock() - parts.clock()) / 1000);
        if (seconds > 0) await passTime(parts, seconds);
      }),
    listen: (port) =>
      listen((request) => {
        requests += 1;
        return parts.respond(callFromHttp({ ...request, requestId: `request-${requests}` }));
      }, port),
  };
}
