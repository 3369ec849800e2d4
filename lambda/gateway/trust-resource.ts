// Reads the events of `Custom::DaykeyTrust`: a resource of another stack that lets a role act as an integration.

import type { AddedRole } from '../../vault/domain/app-record.ts';
import { roleKeyOf, roleOf } from '../../vault/domain/aws-identity.ts';
import { SettingsError } from '../../vault/domain/settings/parse.ts';
import { NAME_SHAPE } from '../../vault/domain/settings.ts';
import type { StackTasks } from '../../vault/operations/stack-tasks.ts';
import { type ResourceEvent, resourceDigest, type Task } from './custom-resource.ts';

/**
 * What an event asks for. The physical ID names app, integration, role and resource, so a resource that changes is a new one, and
 * CloudFormation then deletes the old one.
 *
 * @throws SettingsError for properties that name no app, integration or role.
 */
export function readTrustTask(lifecycle: Pick<StackTasks, 'trust' | 'endTrust'>, event: ResourceEvent): Task {
  const { RequestType, RequestId = '' } = event;
  if (RequestType === 'Delete') {
    const physicalId = idToDelete(event);
    const [app = ''] = physicalId.split('/');
    // No role was ever added under an ID that names no app.
    const run: Task['run'] = async () =>
      NAME_SHAPE.test(app) ? await lifecycle.endTrust(app, physicalId, RequestId) : 'done';
    return { physicalId, run };
  }
  const { app, ...added } = readRole(event);
  return { physicalId: added.id, run: () => lifecycle.trust(app, added, RequestId) };
}

/** A create that never answered has an ID that CloudFormation made up: its properties then say what it may have begun. */
function idToDelete(event: ResourceEvent): string {
  const id = String(event.PhysicalResourceId);
  if (/^[^/]+\/[^/]+\/\d{12}\/[^/]+\/[0-9a-f]{16}$/.test(id)) return id;
  try {
    return readRole(event).id;
  } catch {
    return id;
  }
}

/** The role that the properties name. Its ID ends with a digest of the resource: two stacks may add the same role. */
function readRole(event: ResourceEvent): AddedRole & { readonly app: string } {
  const { App: app, Integration: integration, RoleArn } = event.ResourceProperties ?? {};
  const found = typeof RoleArn === 'string' ? roleOf(RoleArn) : undefined;
  const problems = [
    ...(isName(app) ? [] : ['App: must be the name of an app: write it as the settings do']),
    ...(isName(integration) ? [] : ['Integration: must be the name of an integration: write it as the settings do']),
    ...(found ? [] : ['RoleArn: must be the ARN of an IAM role: write it like arn:aws:iam::111122223333:role/name']),
  ];
  if (!isName(app) || !isName(integration) || !found) throw new SettingsError(problems);
  const role = roleKeyOf(found);
  return { app, integration, role, id: `${app}/${integration}/${role}/${resourceDigest(event)}` };
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && NAME_SHAPE.test(value);
}
