// Each app as a resource of its own: settings row and first key when it comes, the end of its keys when it goes.

import { CustomResource } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { AppSettings } from '../lambda/domain/settings.ts';
import type { VaultFunction } from './vault-function.ts';

export interface AppsProps {
  readonly apps: readonly AppSettings[];
  /** The function behind the resource. */
  readonly configureApp: VaultFunction;
}

/** One `Custom::DaykeyApp` for each app. */
export class Apps extends Construct {
  constructor(scope: Construct, id: string, { apps, configureApp }: AppsProps) {
    super(scope, id);
    for (const settings of apps) {
      const resource = new CustomResource(this, settings.app, {
        serviceToken: configureApp.function.functionArn,
        resourceType: 'Custom::DaykeyApp',
        // As text: CloudFormation would turn its numbers into strings.
        properties: { Settings: JSON.stringify(settings) },
      });
      resource.node.addDependency(configureApp);
    }
  }
}
