// Reads the events of the custom resources of a vault: of its apps, of its keys as a whole, and of each role of another stack.

import { causesOf } from '../../vault/domain/errors.ts';
import { either } from '../../vault/domain/settings/wording.ts';
import { CUSTOM_RESOURCES } from '../config.ts';
import { type Lifecycle, readAppsTask } from './apps-resource.ts';
import { REQUEST_TYPES, type ResourceEvent, type Task } from './custom-resource.ts';
import { readTrustTask } from './trust-resource.ts';

/** The physical ID of the keys as a whole. */
const KEYS = 'keys';
/** The physical ID of keys that could not be tried out: no app was set up, so deleting them must not fail a rollback. */
const KEYS_NEVER_TRIED = 'keys-never-tried';

/**
 * What an event asks for. `Custom::DaykeyApps` makes all apps of the stack follow its settings, and ends the vault;
 * `Custom::DaykeyKeys` tries KMS out before the first app and destroys leftover keys after the last; `Custom::DaykeyTrust` lets a
 * role act as an integration.
 *
 * @throws SettingsError
 */
export function readResourceTask(lifecycle: Lifecycle, event: ResourceEvent): Task {
  if (!REQUEST_TYPES.includes(event.RequestType))
    throw new Error(
      'RequestType must be Create, Update or Delete: send an event of one of the Custom::Daykey resources',
    );
  switch (event.ResourceType) {
    case CUSTOM_RESOURCES.trust:
      return readTrustTask(lifecycle, event);
    case CUSTOM_RESOURCES.keys:
      return readKeysTask(lifecycle, event);
    case CUSTOM_RESOURCES.apps:
      return readAppsTask(lifecycle, event);
    default:
      throw new Error(`ResourceType must be ${either(Object.values(CUSTOM_RESOURCES))}`);
  }
}

/** A task on the keys may be done again at any time, so nothing notes its request. */
function readKeysTask(lifecycle: Lifecycle, event: ResourceEvent): Task {
  const { PhysicalResourceId: physicalId = KEYS } = event;
  const probe = (): Promise<'done'> => lifecycle.probe().then(() => 'done');
  switch (event.RequestType) {
    case 'Create':
      return { physicalId: KEYS_NEVER_TRIED, physicalIdOnSuccess: KEYS, run: probe };
    case 'Update':
      return { physicalId, run: probe };
    case 'Delete': {
      const run = (): Promise<'done'> => lifecycle.destroyLeftovers().then(() => 'done');
      if (physicalId !== KEYS_NEVER_TRIED) return { physicalId, run };
      const noteLeftovers = (error: unknown): 'done' => {
        lifecycle.telemetry.note('a probe key is left', { cause: causesOf(error).join(' < ') });
        return 'done';
      };
      return { physicalId, run: () => run().catch(noteLeftovers) };
    }
  }
}
