// What runs on a schedule: making and destroying keys, finding orphaned keys, ending retired apps, sweeping expired bundles.

import { Duration } from 'aws-cdk-lib';
import { EventField, Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import type { VaultFunction } from './vault-function.ts';

export interface SchedulesProps {
  /** How long before its cycle a key is made. */
  readonly keyLead: Duration;
  readonly rotate: VaultFunction;
  readonly sweep: VaultFunction;
  readonly configureApp: VaultFunction;
}

/** Minutes between two rotations, at most. A key is made hours before it is needed. */
const USUAL_ROTATION_MINUTES = 5;

/** The EventBridge rules. None is retried: the next run does what the last one did not finish. */
export class Schedules extends Construct {
  readonly rules: readonly Rule[];

  constructor(scope: Construct, id: string, { keyLead, rotate, sweep, configureApp }: SchedulesProps) {
    super(scope, id);
    const minutes = Math.max(1, Math.min(USUAL_ROTATION_MINUTES, Math.floor(keyLead.toSeconds() / 60 / 12)));
    this.rules = [
      this.rule(
        'Rotate',
        'Makes the next app KEKs and destroys those past their end',
        Duration.minutes(minutes),
        rotate,
      ),
      this.rule('TidyUp', 'Destroys keys that no ring row knows', Duration.hours(1), rotate, { task: 'tidy-up' }),
      this.rule('EndRetired', 'Ends the apps that retired an hour ago', Duration.minutes(5), configureApp, {
        task: 'end-retired',
      }),
      this.rule('Sweep', 'Deletes expired bundles', Duration.minutes(1), sweep, { time: EventField.time }),
    ];
  }

  private rule(id: string, description: string, period: Duration, target: VaultFunction, event: object = {}): Rule {
    return new Rule(this, id, {
      description,
      schedule: Schedule.rate(period),
      targets: [
        new LambdaFunction(target.function, {
          event: RuleTargetInput.fromObject(event),
          retryAttempts: 0,
          maxEventAge: Duration.minutes(1),
        }),
      ],
    });
  }
}
