// Each app as a custom resource: creating it stores the app's settings and makes its first key, deleting it ends its keys.

import { Aspects, type CfnResource, CustomResource, Duration, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { CUSTOM_RESOURCES } from '../lambda/config.ts';
import { appDocument, type VaultSettings } from '../vault/domain/settings/parse.ts';
import type { VaultFunction } from './vault-function.ts';
import { fixedLogicalId } from './vault-name.ts';

export interface AppsProps {
  /** Asked for at synthesis, when every app has been added. */
  readonly settings: () => VaultSettings;
  /** The function that the resources call. */
  readonly configureApp: VaultFunction;
}

/** How long CloudFormation waits for an app: ten minutes for the function and five for it to start. */
export const APP_TIMEOUT = Duration.minutes(15);

/** How many apps are set up at a time. Each takes three functions, and a new AWS account runs ten at a time. */
const AT_ONCE = 5;

/**
 * One `Custom::DaykeyApp` for each app, and one `Custom::DaykeyKeys`: creating it tries KMS out before the first app, deleting it
 * destroys what the last app left.
 */
export class Apps extends Construct {
  constructor(scope: Construct, id: string, props: AppsProps) {
    super(scope, id);
    Aspects.of(this).add({
      visit: (node) => {
        if (node === this && this.node.children.length === 0) this.addResources(scope, props);
      },
    });
  }

  private addResources(vault: Construct, { settings: settingsOfAll, configureApp }: AppsProps): void {
    const settings = settingsOfAll();
    const keys = new CustomResource(this, 'Keys', {
      serviceToken: configureApp.function.functionArn,
      serviceTimeout: APP_TIMEOUT,
      resourceType: CUSTOM_RESOURCES.keys,
      // A change of what KMS is asked for has it tried out again.
      properties: { DeletionWindowDays: settings.deletionWindowDays },
    });
    keys.node.addDependency(configureApp);
    const resources = Object.keys(settings.apps).map((app) => {
      const resource = new CustomResource(this, app, {
        serviceToken: configureApp.function.functionArn,
        serviceTimeout: APP_TIMEOUT,
        resourceType: CUSTOM_RESOURCES.app,
        // As text: CloudFormation would turn booleans into strings. Tokens in it are resolved on the way.
        properties: { Settings: Stack.of(this).toJsonString(appDocument(settings, app)) },
      });
      // The ID depends on the vault and the app's name only, not on where the construct is in the vault. A resource with another ID is another resource:
      // CloudFormation would delete the old one and end the keys of an app that is still in use.
      (resource.node.defaultChild as CfnResource).overrideLogicalId(fixedLogicalId(vault, logicalId(app)));
      resource.node.addDependency(keys);
      return resource;
    });
    for (const [number, resource] of resources.entries()) {
      const before = resources[number - AT_ONCE];
      if (before) resource.node.addDependency(before);
    }
  }
}

/** `AppshopXeu` for `shop-eu`: logical IDs have no hyphens, and names of apps have no capitals. */
function logicalId(app: string): string {
  return `App${app.replaceAll('-', 'X')}`;
}
