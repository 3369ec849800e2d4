// Handles the events of the custom resources: of each app, and of the keys as a whole.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from 'aws-lambda';
import { documentDigest } from '../../vault/domain/app-record.ts';
import { causesOf } from '../../vault/domain/errors.ts';
import { parseApps, SettingsError } from '../../vault/domain/settings/parse.ts';
import { type AppSettings, NAME_SHAPE } from '../../vault/domain/settings.ts';
import type { Telemetry } from '../../vault/ports/telemetry.ts';
import type { AppChange, Outcome, RetireRequest } from '../../vault/usecases/keys/configure-app.ts';
import { CUSTOM_RESOURCES } from '../config.ts';

export interface Lifecycle {
  /** Stores the settings of an app and makes its first key. */
  configure(change: AppChange, requestId?: string): Promise<Outcome>;
  /** Ends an app and its keys. */
  retire(app: string, request?: RetireRequest): Promise<Outcome>;
  /** Makes a key and schedules its deletion. Rejects with KMS's own words where a policy forbids it. */
  probe(): Promise<void>;
  /** Destroys the keys that no app's ring names. */
  destroyLeftovers(): Promise<void>;
  readonly telemetry: Pick<Telemetry, 'note'>;
  /** Waits between two tries to answer. @default real time */
  readonly wait?: (ms: number) => Promise<unknown>;
}

/** The physical ID of the keys as a whole. */
const KEYS = 'keys';
/** The physical ID of keys that could not be tried out: no app was set up, so deleting them must not fail a rollback. */
const KEYS_NEVER_TRIED = 'keys-never-tried';

/**
 * An event of CloudFormation (user guide, custom resource request objects). One without a response address comes from a direct
 * invocation, which needs no more than a type, the settings of an app and, to end one, its physical ID.
 */
export interface AppEvent {
  readonly RequestType: string;
  readonly ResourceType?: string;
  readonly ResponseURL?: string;
  readonly RequestId?: string;
  readonly StackId?: string;
  readonly LogicalResourceId?: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties?: { readonly Settings?: unknown };
  readonly OldResourceProperties?: { readonly Settings?: unknown };
}

/**
 * Bytes of a reason as JSON. CloudFormation refuses answers above 4,096 bytes (CloudFormation user guide, custom resource
 * response objects), and the other members take less than the difference.
 */
const MAX_REASON_BYTES = 3000;
/** How often an answer is sent, and how long to wait before the next try. */
const ANSWER_TRIES = 4;
const BETWEEN_ANSWERS_MS = 1000;

/**
 * The handler. `Custom::DaykeyApp` sets up, changes or retires one app; `Custom::DaykeyKeys` tries KMS out before the first app
 * and destroys leftover keys after the last. The app's name is the physical ID, so a renamed app is a new one. CloudFormation
 * gets one answer for each request, however often its event arrives; a direct invocation fails with the error instead. Once the
 * work is done, the handler never throws.
 */
export function customResource(lifecycle: Lifecycle) {
  return async (event: AppEvent, context: Context): Promise<void> => {
    const { ResponseURL } = event;
    if (ResponseURL === undefined) {
      await readTask(lifecycle, event).run();
      return;
    }
    let physicalId = event.PhysicalResourceId ?? context.logStreamName;
    let reason: string | undefined;
    try {
      const task = readTask(lifecycle, event);
      // Whatever becomes of the task: CloudFormation then deletes what was begun under this name.
      physicalId = task.physicalId;
      if ((await task.run()) === 'repeated') {
        lifecycle.telemetry.note('an event came again: its first delivery answers it', { resource: physicalId });
        return;
      }
      physicalId = task.physicalIdOnSuccess ?? physicalId;
    } catch (error) {
      lifecycle.telemetry.note('a custom resource could not be made, changed or deleted', {
        cause: causesOf(error).join(' < '),
      });
      reason = `${reasonFor(error)} (log stream ${context.logStreamName})`;
    }
    const body = JSON.stringify({
      Status: reason === undefined ? 'SUCCESS' : 'FAILED',
      ...(reason === undefined ? {} : { Reason: reason }),
      PhysicalResourceId: physicalId,
      StackId: event.StackId,
      RequestId: event.RequestId,
      LogicalResourceId: event.LogicalResourceId,
    });
    await answer(lifecycle, ResponseURL, body);
  };
}

/** Sends the answer. CloudFormation waits for it, so a failure is only noted: throwing would change nothing. */
async function answer({ telemetry, wait = sleep }: Lifecycle, url: string, body: string): Promise<void> {
  let failure = '';
  for (let tries = 0; tries < ANSWER_TRIES; tries += 1) {
    if (tries > 0) await wait(BETWEEN_ANSWERS_MS * 2 ** (tries - 1));
    try {
      // The address is signed for no content type, and fetch would add one to a text.
      const { ok, status } = await fetch(url, { method: 'PUT', headers: { 'Content-Type': '' }, body });
      if (ok) return;
      failure = `status ${status}`;
    } catch (error) {
      failure = causesOf(error).join(' < ');
    }
  }
  telemetry.note('CloudFormation did not accept the answer', { cause: failure });
}

interface Task {
  readonly physicalId: string;
  readonly physicalIdOnSuccess?: string;
  run(): Promise<Outcome>;
}

/** What an event asks for. Everything in it is checked here, before anything is stored. @throws SettingsError */
function readTask(lifecycle: Lifecycle, event: AppEvent): Task {
  return event.ResourceType === CUSTOM_RESOURCES.keys ? readKeysTask(lifecycle, event) : readAppTask(lifecycle, event);
}

/** A task on the keys may be done again at any time, so nothing notes its request. */
function readKeysTask(lifecycle: Lifecycle, event: AppEvent): Task {
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
      throw unknownRequest();
  }
}

function readAppTask(lifecycle: Lifecycle, event: AppEvent): Task {
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
      throw unknownRequest();
  }
}

function unknownRequest(): Error {
  return new Error(
    'RequestType must be Create, Update or Delete: invoke this function with an event of Custom::DaykeyApp or Custom::DaykeyKeys',
  );
}

/**
 * Digest of the settings that an event replaces. `undefined` for a new app, and for a direct update without old settings, which
 * replaces whatever is stored.
 */
function replacedBy(event: AppEvent, app: string): string | undefined {
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

/** The message of an error, whole lines of it when it is long. */
function reasonFor(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  const fits = (text: string) => Buffer.byteLength(JSON.stringify(text)) <= MAX_REASON_BYTES;
  if (fits(error.message)) return error.message;
  const lines = error.message.split('\n');
  const last = lines.findLastIndex((_, index) => fits(lines.slice(0, index).join('\n')));
  return [...lines.slice(0, last), `  and ${lines.length - last} more: cdk synth lists all of them`].join('\n');
}
