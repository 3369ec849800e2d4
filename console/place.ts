// The view that a person looks at, as the part of the address after the `#` names it. Holds no value and no ID of the platform.

import type { Session } from './wire.ts';

/** A view of one app. */
export interface Place {
  readonly app: string;
  readonly view: 'log' | 'entry' | 'reveals' | 'keys';
  /** Position of the entry. */
  readonly position: string;
  /** Filters of the log, or the day of the reveals. */
  readonly query: Readonly<Record<string, string>>;
}

const VIEWS: readonly Place['view'][] = ['log', 'entry', 'reveals', 'keys'];

const APP = /^[a-z][a-z0-9-]{0,62}$/;

/** The place in an address; the log of the first app for any other. An app that is not listed may be one of those that follow. */
export function parsePlace(hash: string, { apps, hasMoreApps }: Pick<Session, 'apps' | 'hasMoreApps'>): Place {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?');
  const [app = '', view = '', position = ''] = path.split('/').map(decoded);
  const query = Object.fromEntries(new URLSearchParams(search));
  return {
    app: apps.includes(app) || (hasMoreApps && APP.test(app)) ? app : (apps[0] ?? ''),
    view: VIEWS.find((each) => each === view) ?? 'log',
    position,
    query,
  };
}

/** The address of a place. */
export function linkTo(
  app: string,
  view: Place['view'],
  more: { readonly position?: string; readonly query?: Readonly<Record<string, string>> } = {},
): string {
  const { position = '', query = {} } = more;
  const filled = Object.entries(query).filter(([, value]) => value !== '');
  const search = new URLSearchParams(filled).toString();
  const path = [app, view, ...(position === '' ? [] : [position])].map(encodeURIComponent).join('/');
  return `#/${path}${search === '' ? '' : `?${search}`}`;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}
