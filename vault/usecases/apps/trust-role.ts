// Lets a role of another stack act as an integration, and ends that: one resource of that stack, one role.

import { randomUUID } from 'node:crypto';
import {
  type AddedRole,
  type AppRecord,
  claimRequest,
  isWithdrawn,
  NO_SETTINGS,
  withAddedRoles,
  withdraw,
} from '../../domain/app-record.ts';
import { DaykeyError } from '../../domain/errors.ts';
import { type Clock, secondsOf } from '../../ports/clock.ts';
import type { KeyRingWriter } from '../../ports/key-ring.ts';
import { storeChange } from './store-change.ts';

export interface TrustDeps {
  readonly clock: Clock;
  readonly keyRing: Pick<KeyRingWriter, 'readRecord' | 'storeRecord'>;
}

/**
 * What became of a request. `done`: what it asks for holds. `repeated`: it was made before, so nothing was done, and the
 * first one answers it.
 */
export type Outcome = 'done' | 'repeated';

/**
 * Adds the role. Repeated, it changes nothing.
 *
 * @throws DaykeyError `not-found` for an app that is not set up and for an integration that it does not have; `conflict` for a
 * role that acts as another integration of the app, or when the request was taken back before it came.
 */
export async function trustRole(deps: TrustDeps, app: string, added: AddedRole, requestId: string): Promise<Outcome> {
  return await changeRecord(deps, app, requestId, (record, nowS) => {
    checkRole(app, record, added);
    if (isWithdrawn(record, { from: NO_SETTINGS, to: added.id }, nowS)) {
      throw new DaykeyError('conflict', 'this role was removed again: deploy again in two minutes');
    }
    const others = record.addedRoles.filter(({ id }) => id !== added.id);
    return { ...record, addedRoles: [...others, added] };
  });
}

/** Removes the role that a resource added, if it did. Repeated, it changes nothing. */
export async function endTrust(deps: TrustDeps, app: string, id: string, requestId: string): Promise<Outcome> {
  if ((await deps.keyRing.readRecord(app)) === undefined) return 'done';
  return await changeRecord(deps, app, requestId, (record, nowS) => {
    const addedRoles = record.addedRoles.filter((each) => each.id !== id);
    // The request that adds the role may still arrive. It is refused then.
    if (addedRoles.length === record.addedRoles.length) return withdraw(record, { from: NO_SETTINGS, to: id }, nowS);
    return { ...record, addedRoles };
  });
}

/** Stores a change of an app's record together with the request that asks for it. */
async function changeRecord(
  { keyRing, clock }: TrustDeps,
  app: string,
  requestId: string,
  change: (record: AppRecord, nowS: number) => AppRecord,
): Promise<Outcome> {
  const delivery = randomUUID();
  const stored = await storeChange(
    {
      read: async () => {
        const record = await keyRing.readRecord(app);
        if (record === undefined) throw noSuchApp(app);
        return record;
      },
      store: (next, read) => keyRing.storeRecord(next, read),
    },
    (read) => {
      const claimed = claimRequest(read, requestId, delivery);
      // Claim and change are stored together.
      return claimed === read ? read : claimed && change(claimed, secondsOf(clock()));
    },
  );
  return stored === undefined ? 'repeated' : 'done';
}

function checkRole(app: string, { settings, addedRoles }: AppRecord, { integration, role, id }: AddedRole): void {
  if (settings === undefined || settings.state !== 'live') throw noSuchApp(app);
  const others = addedRoles.filter((added) => added.id !== id);
  const { integrations } = withAddedRoles(settings, others);
  if (!Object.hasOwn(integrations, integration)) {
    const known = Object.keys(integrations).join(', ') || 'none';
    const message = `the app ${app} has no integration ${integration}, it has ${known}: add it to the settings first`;
    throw new DaykeyError('not-found', message);
  }
  const owner = Object.entries(integrations).find(([name, { roles }]) => name !== integration && roles.includes(role));
  if (owner !== undefined) {
    const message = `the role ${role} acts as the integration ${owner[0]} of the app ${app}: remove it there first`;
    throw new DaykeyError('conflict', message);
  }
}

function noSuchApp(app: string): DaykeyError {
  return new DaykeyError('not-found', `the vault has no app ${app}: add it to the vault's settings first`);
}
