// From an Authorization header to the one integration of an app that it speaks for.

import { DaykeyError } from '../domain/errors.ts';
import { may, type Operation, type Principal } from '../domain/trust.ts';
import type { CallerIdentity } from '../ports/caller-identity.ts';
import type { Rings } from './rings.ts';

/**
 * The caller of an operation on an app, verified and allowed.
 *
 * @throws DaykeyError `unauthenticated` without a valid identity, `forbidden` when it is another app's
 * or its integration may not do this, `unavailable` when it cannot be found out.
 */
export async function authenticate(
  deps: { identity: CallerIdentity; rings: Rings },
  authorization: string | undefined,
  app: string,
  operation: Operation,
): Promise<Principal> {
  const principal = await identify(deps, authorization);
  if (principal.app !== app || !may(principal.trust, operation)) {
    // Word for word what API Gateway is told to say (lib/api.ts): a caller need not care who refused.
    throw new DaykeyError('forbidden', 'this identity may not do this for this app');
  }
  return principal;
}

/** Whom a header speaks for, whatever it may do. @throws DaykeyError `unauthenticated`, `unavailable`. */
export async function identify(
  deps: { identity: CallerIdentity; rings: Rings },
  authorization: string | undefined,
): Promise<Principal> {
  const grant = authorization === undefined ? undefined : await deps.identity.verify(authorization);
  const ring = grant && (await deps.rings.get(grant.app));
  const trust = grant && ring && own(ring.settings.integrations, grant.integration);
  if (!grant || !trust) throw new DaykeyError('unauthenticated', 'no valid identity: send an Authorization header');
  return { app: grant.app, integration: grant.integration, trust };
}

function own<Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
