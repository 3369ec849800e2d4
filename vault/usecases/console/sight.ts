// Which apps a person sees in the Console: the decrypt function reads it from the settings of each app.

import { PROBLEMS } from '../../../wire/problem.ts';
import { isShownTo, LISTED_APPS, type Sight } from '../../domain/console/viewers.ts';
import { DaykeyError } from '../../domain/errors.ts';
import type { AppRing } from '../../domain/kek-life/ring.ts';
import type { AppViewers } from '../../ports/app-viewers.ts';
import type { ListedApps } from '../../ports/revealing-vault.ts';
import type { Rings } from '../rings.ts';
import { fulfilled, settledInTurn } from '../settled-in-turn.ts';

export interface SightDeps {
  rings: Rings;
  viewers: AppViewers;
}

/** Queries of one list of apps at once. */
const QUERIES_AT_ONCE = 16;

/** The ring of an app. @throws DaykeyError `forbidden` when its settings do not show it to the person. */
export async function ringForConsole({ rings }: Pick<SightDeps, 'rings'>, { app, values }: Sight): Promise<AppRing> {
  const ring = await rings.get(app);
  if (ring === undefined || !isShownTo(ring.settings, values)) {
    throw new DaykeyError('forbidden', PROBLEMS.forbidden.detail);
  }
  return ring;
}

/** Whether a person sees an app, by settings that are at most five seconds old. */
export async function sees({ rings }: Pick<SightDeps, 'rings'>, { app, values }: Sight): Promise<boolean> {
  const ring = await rings.recheck(app);
  return ring !== undefined && isShownTo(ring.settings, values);
}

/** The first apps that list one of the values, of those whose names begin with a text. */
export async function appsOf(
  { viewers }: Pick<SightDeps, 'viewers'>,
  values: readonly string[],
  beginning: string,
): Promise<ListedApps> {
  const found = await settledInTurn(values, QUERIES_AT_ONCE, (value) =>
    viewers.appsOf(value, beginning, LISTED_APPS + 1),
  );
  const apps = [...new Set(fulfilled(found).flat())].sort();
  return { apps: apps.slice(0, LISTED_APPS), hasMore: apps.length > LISTED_APPS };
}
