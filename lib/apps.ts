// Each app as a resource of its own: settings row and first key when it comes, the end of its keys when it goes.

import { type CfnResource, CustomResource, Duration } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { AppSettings } from '../vault/domain/settings.ts';
import type { VaultFunction } from './vault-function.ts';

export interface AppsProps {
  readonly apps: readonly AppSettings[];
  /** The function behind the resource. */
  readonly configureApp: VaultFunction;
}

/** How long CloudFormation waits for an app: the function's ten minutes, and some to get a turn. */
export const APP_TIMEOUT = Duration.minutes(15);

/** Apps that are set up at the same time. Each takes three functions; a new AWS account runs ten at a time. */
const AT_ONCE = 5;

/** One `Custom::DaykeyApp` for each app. */
export class Apps extends Construct {
  constructor(scope: Construct, id: string, { apps, configureApp }: AppsProps) {
    super(scope, id);
    const resources = apps.map((settings) => {
      const resource = new CustomResource(this, settings.app, {
        serviceToken: configureApp.function.functionArn,
        serviceTimeout: APP_TIMEOUT,
        resourceType: 'Custom::DaykeyApp',
        // As text: CloudFormation would turn its numbers into strings.
        properties: { Settings: JSON.stringify(settings) },
      });
      // By the app's name alone, wherever the construct stands: a resource with another logical ID is another one, and
      // CloudFormation would delete the old one, and with it the keys of an app that lives on.
      (resource.node.defaultChild as CfnResource).overrideLogicalId(logicalIdOf(settings.app));
      resource.node.addDependency(configureApp);
      return resource;
    });
    for (const [number, resource] of resources.entries()) {
      const before = resources[number - AT_ONCE];
      if (before) resource.node.addDependency(before);
    }
  }
}

/** `AppshopXeu` for `shop-eu`: logical IDs have no hyphens, names of apps no capitals. */
function logicalIdOf(app: string): string {
  return `App${app.replaceAll('-', 'X')}`;
}
