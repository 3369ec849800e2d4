// What an early filter in front of the operations lets a caller reach, before a request says which app it is for.

import { OPERATIONS } from '../../../wire/operations.ts';
import { may } from '../../domain/trust.ts';
import type { Identified } from './authenticate.ts';

/** How access logs show a role that STS has verified and that no app trusts. */
const UNTRUSTED = 'untrusted';

/** How many apps an answer names. Beyond that it would grow with the number of apps that trust a role. */
export const MAX_APPS_NAMED = 8;

/**
 * The routes that a caller may use, `app/operation`, in each of its apps. Beyond {@link MAX_APPS_NAMED} apps it is `*` in place
 * of the app with what any of them grants, and the operations decide.
 */
export function allowedRoutes({ principals, unreadable }: Identified): string[] {
  const areNamed = principals.length + unreadable.length <= MAX_APPS_NAMED;
  const routes = principals.flatMap(({ app, trust }) =>
    OPERATIONS.filter((operation) => may(trust, operation)).map((operation) => `${areNamed ? app : '*'}/${operation}`),
  );
  // The operations answer these with 503. A refusal here would be a 403.
  const undecided = unreadable.flatMap((app) => OPERATIONS.map((operation) => `${areNamed ? app : '*'}/${operation}`));
  return [...new Set([...routes, ...undecided])];
}

/** The caller's name in access logs: `shop/web`, of a role `shop/web bank/desk +3`. */
export function callerName({ principals }: Identified): string {
  const named = principals.slice(0, MAX_APPS_NAMED).map(({ app, integration }) => `${app}/${integration}`);
  const more = principals.length - named.length;
  return [...named, ...(more > 0 ? [`+${more}`] : [])].join(' ') || UNTRUSTED;
}
