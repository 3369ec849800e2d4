// Reads the events of `Custom::DaykeyApps`: the settings of all apps of the stack, as an asset with values beside it.

import { documentDigest } from '../../vault/domain/app-record.ts';
import { readTarget, SettingsError } from '../../vault/domain/settings/parse.ts';
import { putValues } from '../../vault/domain/settings/values.ts';
import type { StackTasks } from '../../vault/operations/stack-tasks.ts';
import type { Telemetry } from '../../vault/ports/telemetry.ts';
import type { StackRequest } from '../../vault/usecases/apps/apply-settings.ts';
import { type ResourceEvent, resourceDigest, type Task } from './custom-resource.ts';

/** The properties of the resource. */
interface AppsProperties {
  /** The object that holds the settings, and its SHA-256 in hex. */
  readonly bucket: string;
  readonly key: string;
  readonly digest: string;
  /** What stands for the placeholders in it. */
  readonly values: readonly string[];
}

/** What the events of a stack need. */
export interface Lifecycle extends StackTasks {
  /** The text of an asset. */
  readAsset(asset: Omit<AppsProperties, 'values'>): Promise<string>;
  readonly telemetry: Pick<Telemetry, 'note'>;
}

/** What an event asks for. */
export function readAppsTask(lifecycle: Lifecycle, event: ResourceEvent): Task {
  const { RequestType, RequestId = '', Continues: continues } = event;
  const request: StackRequest = { id: RequestId, continues };
  const resource = resourceId(event);
  switch (RequestType) {
    case 'Create':
    case 'Update': {
      const properties = readProperties(event.ResourceProperties);
      const replaces = RequestType === 'Update' ? digestOf(readProperties(event.OldResourceProperties)) : undefined;
      const digest = digestOf(properties);
      const run: Task['run'] = async () => {
        const text = (await lifecycle.findKept(digest)) ?? (await readText(lifecycle, properties));
        return await lifecycle.apply({ target: readTarget(text), text, digest, replaces, resource }, request);
      };
      return { physicalId: resource, run };
    }
    case 'Delete': {
      const physicalId = String(event.PhysicalResourceId);
      return { physicalId, run: () => lifecycle.end(resource, digestOrNone(event), request) };
    }
  }
}

async function readText(lifecycle: Lifecycle, { values, ...asset }: AppsProperties): Promise<string> {
  return JSON.stringify(putValues(JSON.parse(await lifecycle.readAsset(asset)), values));
}

/** The same for every event of a resource, and another one for a resource in its place: `apps-` and a digest. */
function resourceId(event: ResourceEvent): string {
  return `apps-${resourceDigest(event)}`;
}

function digestOf({ digest, values }: AppsProperties): string {
  return documentDigest(JSON.stringify([digest, values]));
}

function digestOrNone({ ResourceProperties }: ResourceEvent): string {
  try {
    return digestOf(readProperties(ResourceProperties));
  } catch {
    return '';
  }
}

/** @throws SettingsError */
function readProperties(properties: ResourceEvent['ResourceProperties']): AppsProperties {
  const { Bucket: bucket, Key: key, Digest: digest, Values: values = [] } = properties ?? {};
  const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
  if (isText(bucket) && isText(key) && isText(digest) && Array.isArray(values) && values.every(isText)) {
    return { bucket, key, digest, values };
  }
  throw new SettingsError(['Custom::DaykeyApps: needs Bucket, Key, Digest and Values: deploy it with the stack']);
}
