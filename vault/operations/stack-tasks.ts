// What a deployment asks of a vault: to follow its settings, to end, and to trust roles of other stacks.

import type { AddedRole } from '../domain/app-record.ts';
import {
  type ApplyOutcome,
  applySettings,
  type StackChange,
  type StackRequest,
} from '../usecases/apps/apply-settings.ts';
import { type EndVaultDeps, endVault } from '../usecases/apps/end-vault.ts';
import { endTrust, type Outcome, trustRole } from '../usecases/apps/trust-role.ts';
import { destroyLeftovers, type LeftoverDeps } from '../usecases/keys/destroy-leftovers.ts';
import { tryKeys } from '../usecases/keys/try-keys.ts';

export interface StackTasks {
  /** Makes the apps follow settings. */
  apply(change: StackChange, request: StackRequest): Promise<ApplyOutcome>;
  /** Ends the vault that this resource set up. */
  end(resource: string, digest: string, request: StackRequest): Promise<ApplyOutcome>;
  /** Settings that were kept under their digest. */
  findKept(digest: string): Promise<string | undefined>;
  /** Lets a role act as an integration. */
  trust(app: string, added: AddedRole, requestId: string): Promise<Outcome>;
  /** Ends what {@link StackTasks.trust} began under this ID. */
  endTrust(app: string, id: string, requestId: string): Promise<Outcome>;
  /** Makes a key and schedules its deletion. Rejects with KMS's own words where a policy forbids it. */
  probe(): Promise<void>;
  /** Destroys the keys that no app's ring names. */
  destroyLeftovers(): Promise<void>;
}

/** The tasks of a vault. @param probe makes one key and schedules its deletion. */
export function stackTasks(deps: EndVaultDeps & LeftoverDeps, probe: () => Promise<void>): StackTasks {
  return {
    apply: (change, request) => applySettings(deps, change, request),
    end: (resource, digest, request) => endVault(deps, { resource, digest }, request),
    findKept: (digest) => deps.register.findDocument(digest),
    trust: (app, added, requestId) => trustRole(deps, app, added, requestId),
    endTrust: (app, id, requestId) => endTrust(deps, app, id, requestId),
    probe: () => tryKeys(probe),
    destroyLeftovers: () => destroyLeftovers(deps),
  };
}
