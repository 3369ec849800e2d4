// Handles the events of the custom resources: of each app, and of the keys as a whole.

import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import { causesOf } from '../../vault/domain/errors.ts';
import { parseApps, SettingsError } from '../../vault/domain/settings/parse.ts';
import type { AppSettings } from '../../vault/domain/settings.ts';
import type { Telemetry } from '../../vault/ports/telemetry.ts';
import { CUSTOM_RESOURCES } from '../config.ts';

export interface Lifecycle {
  /** Stores the settings of an app and makes its first key. */
  configure(settings: AppSettings): Promise<void>;
  /** Ends an app and its keys. */
  retire(app: string): Promise<void>;
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

/** An event without a response address comes from a direct invocation. */
export type AppEvent = Omit<CloudFormationCustomResourceEvent, 'ResponseURL'> & { readonly ResponseURL?: string };

/**
 * Bytes of a reason as JSON. CloudFormation refuses answers above 4,096 bytes (CloudFormation user guide, custom resource
 * response objects), and the other members take less than the difference.
 */
const MAX_REASON_BYTES = 3000;

/**
 * The handler. `Custom::DaykeyApp` sets up, changes or retires one app; `Custom::DaykeyKeys` tries KMS out before the first app and
 * destroys leftover keys after the last. The app's name is the physical ID, so a renamed app is a new one. CloudFormation always gets an
 * answer; a direct invocation fails with the error instead.
 */
export function customResource(lifecycle: Lifecycle) {
  return async (event: AppEvent, context: Context): Promise<void> => {
    const { ResponseURL } = event;
    if (ResponseURL === undefined) return await readTask(lifecycle, event).run();
    let physicalId = 'PhysicalResourceId' in event ? String(event.PhysicalResourceId) : context.logStreamName;
    let reason: string | undefined;
    try {
      const task = readTask(lifecycle, event);
      // Whatever becomes of the task: CloudFormation then deletes what was begun under this name.
      physicalId = task.physicalId;
      await task.run();
      physicalId = task.physicalIdOnSuccess ?? physicalId;
    } catch (error) {
      lifecycle.telemetry.note('a custom resource could not be made, changed or deleted', {
        cause: causesOf(error).join(' < '),
      });
      reason = `${reasonFor(error)} (log stream ${context.logStreamName})`;
    }
    const { ok, status } = await fetch(ResponseURL, {
      method: 'PUT',
      // The address is signed for no content type, and fetch would add one to a text.
      headers: { 'Content-Type': '' },
      body: JSON.stringify({
        Status: reason === undefined ? 'SUCCESS' : 'FAILED',
        ...(reason === undefined ? {} : { Reason: reason }),
        PhysicalResourceId: physicalId,
        StackId: event.StackId,
        RequestId: event.RequestId,
        LogicalResourceId: event.LogicalResourceId,
      }),
    });
    if (!ok) throw new Error(`CloudFormation did not accept the answer: ${status}`);
  };
}

interface Task {
  readonly physicalId: string;
  readonly physicalIdOnSuccess?: string;
  run(): Promise<void>;
}

/** What an event asks for. @throws SettingsError for settings that are not valid. */
function readTask(lifecycle: Lifecycle, event: AppEvent): Task {
  return event.ResourceType === CUSTOM_RESOURCES.keys ? readKeysTask(lifecycle, event) : readAppTask(lifecycle, event);
}

function readKeysTask(lifecycle: Lifecycle, event: AppEvent): Task {
  const physicalId = 'PhysicalResourceId' in event ? String(event.PhysicalResourceId) : KEYS;
  switch (event.RequestType) {
    case 'Create':
      return { physicalId: KEYS_NEVER_TRIED, physicalIdOnSuccess: KEYS, run: () => lifecycle.probe() };
    case 'Update':
      return { physicalId, run: () => lifecycle.probe() };
    case 'Delete': {
      const run = () => lifecycle.destroyLeftovers();
      if (physicalId !== KEYS_NEVER_TRIED) return { physicalId, run };
      const noteLeftovers = (error: unknown) =>
        lifecycle.telemetry.note('a probe key is left', { cause: causesOf(error).join(' < ') });
      return { physicalId, run: () => run().catch(noteLeftovers) };
    }
    default:
      throw unknownRequest();
  }
}

function readAppTask(lifecycle: Lifecycle, event: AppEvent): Task {
  switch (event.RequestType) {
    case 'Create':
    case 'Update': {
      const settings = readSettings(event.ResourceProperties?.Settings);
      return { physicalId: settings.app, run: () => lifecycle.configure(settings) };
    }
    case 'Delete': {
      const app = String((event as { PhysicalResourceId?: unknown }).PhysicalResourceId);
      return { physicalId: app, run: () => lifecycle.retire(app) };
    }
    default:
      throw unknownRequest();
  }
}

function unknownRequest(): Error {
  return new Error(
    'RequestType must be Create, Update or Delete: invoke this function with an event of Custom::DaykeyApp or Custom::DaykeyKeys',
  );
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

/** The message of an error, whole lines of it when it is long. */
function reasonFor(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  const fits = (text: string) => Buffer.byteLength(JSON.stringify(text)) <= MAX_REASON_BYTES;
  if (fits(error.message)) return error.message;
  const lines = error.message.split('\n');
  const last = lines.findLastIndex((_, index) => fits(lines.slice(0, index).join('\n')));
  return [...lines.slice(0, last), `  and ${lines.length - last} more: cdk synth lists all of them`].join('\n');
}
