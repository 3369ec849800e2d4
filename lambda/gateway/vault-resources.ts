// Reads the events of the custom resources of a vault: of each app, of the keys as a whole, and of each role of another stack.

import { documentDigest } from '../../vault/domain/app-record.ts';
import { causesOf } from '../../vault/domain/errors.ts';
import { parseApps, SettingsError } from '../../vault/domain/settings/parse.ts';
import { type AppSettings, NAME_SHAPE } from '../../vault/domain/settings.ts';
import type { Telemetry } from '../../vault/ports/telemetry.ts';
import type { Outcome } from '../../vault/usecases/apps/trust-role.ts';
import type { AppChange, RetireRequest } from '../../vault/usecases/keys/configure-app.ts';
import { CUSTOM_RESOURCES } from '../config.ts';
import { type ResourceEvent, type Task, UNKNOWN_REQUEST } from './custom-resource.ts';
import { readTrustTask, type TrustLifecycle } from './trust-resource.ts';

export interface Lifecycle extends TrustLifecycle {
  /** Stores the settings of an app and makes its first key. */
  configure(change: AppChange, requestId?: string): Promise<Outcome>;
  /** Ends an app and its keys. */
  retire(app: string, request?: RetireRequest): Promise<Outcome>;
  /** Makes a key and schedules its deletion. Rejects with KMS's own words where a policy forbids it. */
  probe(): Promise<void>;
  /** Destroys the keys that no app's ring names. */
  destroyLeftovers(): Promise<void>;
  readonly telemetry: Pick<Telemetry, 'note'>;
}

/** The physical ID of the keys as a whole. */
const KEYS = 'keys';
/** The physical ID of keys that could not be tried out: no app was set up, so deleting them must not fail a rollback. */
const KEYS_NEVER_TRIED = 'keys-never-tried';

/**
 * What an event asks for. `Custom::DaykeyApp` sets up, changes or retires one app; `Custom::DaykeyKeys` tries KMS out before the
 * first app and destroys leftover keys after the last; `Custom::DaykeyTrust` lets a role act as an integration. The app's name is
 * the physical ID, so a renamed app is a new one. Everything in the event is checked here, before anything is stored.
 *
 * @throws SettingsError
 */
export function readResourceTask(lifecycle: Lifecycle, event: ResourceEvent): Task {
  switch (event.ResourceType) {
    case CUSTOM_RESOURCES.trust:
      return readTrustTask(lifecycle, event);
    case CUSTOM_RESOURCES.keys:
      return readKeysTask(lifecycle, event);
    default:
      return readAppTask(lifecycle, event);
  }
}

/** A task on the keys may be done again at any time, so nothing notes its request. */
function readKeysTask(lifecycle: Lifecycle, event: ResourceEvent): Task {
  const { PhysicalResourceId: physicalId = KEYS } = event;
  const probe = (): Promise<Outcome> => lifecycle.probe().then(() => 'done');
  switch (event.RequestType) {
    case 'Create':
      return { physicalId: KEYS_NEVER_TRIED, physicalIdOnSuccess: KEYS, run: probe };
    case 'Update':
      return { physicalId, run: probe };
    case 'Delete': {
      const run = (): Promise<Outcome> => lifecycle.destroyLeftovers().then(() => 'done');
      if (physicalId !== KEYS_NEVER_TRIED) return { physicalId, run };
      const noteLeftovers = (error: unknown): Outcome => {
        lifecycle.telemetry.note('a probe key is left', { cause: causesOf(error).join(' < ') });
        return 'done';
      };
      return { physicalId, run: () => run().catch(noteLeftovers) };
    }
    default:
      throw new Error(UNKNOWN_REQUEST);
  }
}

function readAppTask(lifecycle: Lifecycle, event: ResourceEvent): Task {
  const { RequestId, ResourceProperties } = event;
  switch (event.RequestType) {
    case 'Create':
    case 'Update': {
      const settings = readSettings(ResourceProperties?.Settings);
      const digest = documentDigest(String(ResourceProperties?.Settings));
      const change = { settings, digest, replaces: replacedBy(event, settings.app) };
      return { physicalId: settings.app, run: () => lifecycle.configure(change, RequestId) };
    }
    case 'Delete': {
      const app = deletedApp(event.PhysicalResourceId, ResourceProperties?.Settings);
      // No app was ever set up under an ID that is no name.
      if (!NAME_SHAPE.test(app)) return { physicalId: app, run: async () => 'done' };
      const digest = documentDigest(String(ResourceProperties?.Settings));
      return {
        physicalId: app,
        run: () => lifecycle.retire(app, RequestId === undefined ? undefined : { id: RequestId, digest }),
      };
    }
    default:
      throw new Error(UNKNOWN_REQUEST);
  }
}

/**
 * Digest of the settings that an event replaces. `undefined` for a new app, and for a direct update without old settings, which
 * replaces whatever is stored.
 */
function replacedBy(event: ResourceEvent, app: string): string | undefined {
  if (event.RequestType !== 'Update' || event.PhysicalResourceId !== app) return undefined;
  const old = event.OldResourceProperties?.Settings;
  if (old === undefined && event.ResponseURL === undefined) return undefined;
  return documentDigest(String(old));
}

/**
 * The app that a deletion ends. A create that never answered has an ID that CloudFormation made up, which is no name of an app:
 * its settings then say what it may have begun.
 */
function deletedApp(physicalId: unknown, settings: unknown): string {
  const id = String(physicalId);
  if (NAME_SHAPE.test(id)) return id;
  try {
    return readSettings(settings).app;
  } catch {
    return id;
  }
}

/** Settings of one app, from the text of a settings document. @throws SettingsError */
function readSettings(text: unknown): AppSettings {
  const [settings, ...others] = parseApps(parseJson(text), { tokens: 'resolved' });
  if (settings === undefined || others.length > 0) {
    throw new SettingsError([`apps: must be one app, got ${others.length + 1}: send an event for each`]);
  }
  return settings;
}

function parseJson(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    throw new SettingsError(['Settings: must be a JSON text of settings: write it with JSON.stringify']);
  }
}
