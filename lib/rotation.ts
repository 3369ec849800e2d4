// What happens on a schedule, and what happens once for each app: keys come and go.

import { CustomResource, Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import type { AppSettings } from '../lambda/domain/settings.ts';
import type { VaultFunction } from './vault-function.ts';

export interface RotationProps {
  readonly apps: readonly AppSettings[];
  readonly rotate: VaultFunction;
  readonly configureApp: VaultFunction;
}

/** How often the ring is looked at, at most every five minutes: a key is made hours before it is needed. */
const USUAL_PERIOD_MINUTES = 5;

/** Each app's settings row and first key at deploy; every key after it by the rule. */
export class Rotation extends Construct {
  readonly rule: Rule;

  constructor(scope: Construct, id: string, { apps, rotate, configureApp }: RotationProps) {
    super(scope, id);
    const shortestLeadS = Math.min(...apps.map(({ life }) => life.leadS));
    const minutes = Math.max(1, Math.min(USUAL_PERIOD_MINUTES, Math.floor(shortestLeadS / 60 / 12)));
    this.rule = new Rule(this, 'Schedule', {
      description: 'Makes the next app KEKs and destroys those past their end',
      schedule: Schedule.rate(Duration.minutes(minutes)),
      targets: [new LambdaFunction(rotate.function, { retryAttempts: 0, maxEventAge: Duration.minutes(1) })],
    });
    for (const settings of apps) {
      const app = new CustomResource(this, `App-${settings.app}`, {
        serviceToken: configureApp.function.functionArn,
        resourceType: 'Custom::DaykeyApp',
        properties: { Settings: JSON.stringify(settings) },
      });
      app.node.addDependency(configureApp, rotate);
      // Deletion goes backwards: first the rule, then the apps and their keys, then what they need.
      this.rule.node.addDependency(app);
    }
  }
}
