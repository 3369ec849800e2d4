// From an Authorization header to the integrations that it may act as, at most one for each app.

import { MAX_AUTHORIZATION_BYTES } from '../../../wire/limits.ts';
import type { Operation } from '../../../wire/operations.ts';
import { PROBLEMS } from '../../../wire/problem.ts';
import { DaykeyError, isDaykeyError } from '../../domain/errors.ts';
import type { AppRing } from '../../domain/kek-life/ring.ts';
import { may, type Principal } from '../../domain/trust.ts';
import type { CallerIdentity, Grant } from '../../ports/caller-identity.ts';
import type { Rings } from '../rings.ts';

interface Deps {
  identity: CallerIdentity;
  rings: Rings;
}

/**
 * The caller of an operation on an app, verified and allowed.
 *
 * @throws DaykeyError `unauthenticated` without a valid identity, `forbidden` when it belongs to another
 * app or its integration may not do this, `unavailable` or `settings-unreadable` when the vault cannot tell.
 */
export async function authenticate(
  deps: Deps,
  authorization: string | undefined,
  app: string,
  operation: Operation,
): Promise<Principal> {
  const grants = await verified(deps, authorization);
  // Many apps may trust one role. Only the settings of this app decide here.
  const principals = await confirmed(
    deps,
    grants.filter((grant) => grant.role === undefined || grant.app === app),
  );
  const principal = principals.find((candidate) => candidate.app === app);
  if (!principal || !may(principal.trust, operation)) {
    // API Gateway's own refusals say the same: a caller cannot tell who refused.
    throw new DaykeyError('forbidden', PROBLEMS.forbidden.detail);
  }
  return principal;
}

/** The integrations that a header may act as. */
export interface Identified {
  readonly principals: readonly Principal[];
  /** Apps that may trust the caller's role: their settings cannot be read, which must not keep the role from other apps. */
  readonly unreadable: readonly string[];
}

/**
 * The integrations that a header may act as, whatever they may do; none for a role that no app trusts.
 *
 * @throws DaykeyError `unauthenticated`, `unavailable`, `settings-unreadable` for an API token's app.
 */
export async function identify(deps: Deps, authorization: string | undefined): Promise<Identified> {
  const unreadable: string[] = [];
  const principals = await Promise.all(
    (await verified(deps, authorization)).map((grant) =>
      confirmed(deps, [grant]).catch((error: unknown) => {
        if (grant.role === undefined || !isDaykeyError(error, 'settings-unreadable')) throw error;
        unreadable.push(grant.app);
        return [];
      }),
    ),
  );
  return { principals: principals.flat(), unreadable };
}

async function verified({ identity }: Deps, authorization: string | undefined): Promise<readonly Grant[]> {
  const isTooLong = authorization !== undefined && Buffer.byteLength(authorization) > MAX_AUTHORIZATION_BYTES;
  const grants = authorization === undefined || isTooLong ? undefined : await identity.verify(authorization);
  if (!grants) throw unauthenticated();
  return grants;
}

/**
 * The grants that the settings of their apps confirm. The settings are read again before a refusal, at most every five
 * seconds an app: trust may have begun since.
 */
async function confirmed({ rings }: Deps, grants: readonly Grant[]): Promise<readonly Principal[]> {
  const principals = await Promise.all(
    grants.map(async (grant) => {
      const principal = confirm(await rings.get(grant.app), grant) ?? confirm(await rings.recheck(grant.app), grant);
      if (principal === undefined && grant.role === undefined) throw unauthenticated();
      return principal;
    }),
  );
  return principals.filter((principal) => principal !== undefined);
}

/** A grant is valid only while its integration exists, in the generation that it was given to. */
function confirm(ring: AppRing | undefined, grant: Grant): Principal | undefined {
  const { app, integration, generation, role, credential } = grant;
  const trust = ring && own(ring.settings.integrations, integration);
  if (!trust || own(ring.generations, integration) !== generation) return undefined;
  if (role !== undefined && !trust.roles.includes(role)) return undefined;
  return { app, integration, credential, trust, ring };
}

function unauthenticated(): DaykeyError {
  return new DaykeyError('unauthenticated', PROBLEMS.unauthenticated.detail);
}

function own<Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
