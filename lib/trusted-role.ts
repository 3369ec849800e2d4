// A role of another stack that may act as an integration of an app: a resource of that stack.

import { CustomResource } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { CUSTOM_RESOURCES } from '../lambda/config.ts';

export interface TrustedRoleProps {
  /** ARN of the vault's function `configure-app`. */
  readonly configureAppArn: string;
  readonly app: string;
  readonly integration: string;
  /** ARN of the role. CDK tokens are allowed. */
  readonly roleArn: string;
}

/** Deleting it ends the trust within 60 seconds. */
export class TrustedRole extends Construct {
  constructor(scope: Construct, id: string, { configureAppArn, app, integration, roleArn }: TrustedRoleProps) {
    super(scope, id);
    new CustomResource(this, 'Resource', {
      serviceToken: configureAppArn,
      resourceType: CUSTOM_RESOURCES.trust,
      properties: { App: app, Integration: integration, RoleArn: roleArn },
    });
  }
}
