// Which routes a filter lets a caller reach, and what access logs call it.

import { expect, test } from 'vitest';
import { allowedRoutes, callerName, MAX_APPS_NAMED } from '../../../../../vault/usecases/identity/allowed-routes.ts';
import type { Identified } from '../../../../../vault/usecases/identity/authenticate.ts';
import { OPERATIONS } from '../../../../../wire/operations.ts';

const trusting = (app: string, kind: 'messaging' | 'other' = 'other') =>
  ({ app, integration: 'desk', trust: { kind, processSensitive: false } }) as Identified['principals'][number];
const apps = (count: number) => Array.from({ length: count }, (_, at) => `app${at}`);
const everyRoute = (app: string) => OPERATIONS.map((operation) => `${app}/${operation}`);

test('an app whose settings cannot be read is let through whole: its operations answer 503', () => {
  const routes = allowedRoutes({ principals: [trusting('shop')], unreadable: ['bank'] });
  expect(routes).toEqual(expect.arrayContaining(['shop/encrypt', ...everyRoute('bank')]));
  expect(routes).not.toContain('shop/decrypt');
  expect(routes).not.toContain('shop/erase');
});

test('as many apps as can be named are, readable or not; beyond that any of them opens a route of all', () => {
  const named = { principals: apps(MAX_APPS_NAMED - 1).map((app) => trusting(app)), unreadable: ['bank'] };
  expect(allowedRoutes(named).some((route) => route.startsWith('*'))).toBe(false);
  const principals = apps(MAX_APPS_NAMED + 1).map((app) => trusting(app));
  expect(allowedRoutes({ principals, unreadable: [] }).sort()).toEqual(
    everyRoute('*')
      .filter((route) => !/decrypt|erase|open-blob/.test(route))
      .sort(),
  );
  const oneMore = { principals: [...principals.slice(2), trusting('shop', 'messaging')], unreadable: ['bank'] };
  expect(allowedRoutes(oneMore).sort()).toEqual(everyRoute('*').sort());
});

test('a caller without an app may do nothing, and is called untrusted', () => {
  const stranger = { principals: [], unreadable: [] };
  expect([allowedRoutes(stranger), callerName(stranger)]).toEqual([[], 'untrusted']);
});

test('a caller is called by its first integrations and the number of the others', () => {
  const names = (count: number) => callerName({ principals: apps(count).map((app) => trusting(app)), unreadable: [] });
  expect(names(2)).toBe('app0/desk app1/desk');
  expect(names(MAX_APPS_NAMED)).toBe(
    apps(MAX_APPS_NAMED)
      .map((app) => `${app}/desk`)
      .join(' '),
  );
  expect(names(MAX_APPS_NAMED + 3)).toMatch(/ app7\/desk \+3$/);
});
