// What an operator is woken for, and what they look at then.

import { Duration, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { METRIC_NAMESPACE } from '../lambda/config.ts';
import type { Metric as MetricName } from '../lambda/ports/telemetry.ts';

interface AlarmSpec {
  readonly id: string;
  readonly metric: MetricName;
  readonly threshold: number;
  readonly period: Duration;
  readonly periods: number;
  readonly says: string;
  /** Whether silence is trouble too: a function on a schedule that says nothing does not run. */
  readonly silenceAlarms: boolean;
}

const MINUTES_5 = Duration.minutes(5);

// What to do when one of them fires: docs/operations.md.
const ALARMS: readonly AlarmSpec[] = [
  {
    id: 'NextSlotMissing',
    metric: 'NextSlotMissing',
    threshold: 1,
    period: Duration.minutes(15),
    periods: 1,
    says: 'An app has no key for its next slot, and half of the lead is gone. Encryption stops when the current one ends.',
    silenceAlarms: true,
  },
  {
    id: 'KeyPastItsEnd',
    metric: 'KeyPastItsEnd',
    threshold: 1,
    period: MINUTES_5,
    periods: 2,
    says: 'A key past its end is not scheduled for deletion. KMS refuses it by its policy all the same.',
    silenceAlarms: false,
  },
  {
    id: 'SweeperLag',
    metric: 'SweeperLagSeconds',
    threshold: 600,
    period: MINUTES_5,
    periods: 2,
    says: 'Expired bundles have been lying in the table for ten minutes. Nobody can read them all the same.',
    silenceAlarms: true,
  },
  {
    id: 'AppKekRefused',
    metric: 'AppKekRefused',
    threshold: 5,
    period: MINUTES_5,
    periods: 2,
    says: 'KMS refuses app KEKs before their end: a key is disabled or pending deletion, or a policy forbids it.',
    silenceAlarms: false,
  },
  {
    id: 'Unavailable',
    metric: 'Unavailable',
    threshold: 10,
    period: MINUTES_5,
    periods: 2,
    says: 'Requests are answered with 503: DynamoDB or KMS is throttled or broken, or no key is ready.',
    silenceAlarms: false,
  },
  {
    id: 'Tampering',
    metric: 'TamperedRefs',
    threshold: 1,
    period: MINUTES_5,
    periods: 1,
    says: 'A bundle or a ref is not what was sealed. Somebody changes the table, or tries refs.',
    silenceAlarms: false,
  },
];

/** Alarms without actions: subscribe them to what wakes your people. */
export class Alarms extends Construct {
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.alarms = ALARMS.map(
      (spec) =>
        new Alarm(this, spec.id, {
          metric: metric(this, spec.metric, spec.period),
          threshold: spec.threshold,
          evaluationPeriods: spec.periods,
          comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
          treatMissingData: spec.silenceAlarms ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
          alarmDescription: spec.says,
        }),
    );
    const graphs: readonly (readonly [title: string, metrics: readonly MetricName[]])[] = [
      ['Fields', ['FieldsSealed', 'FieldsOpened', 'FieldsRedacted', 'FieldsErased']],
      ['Trouble', ['Unavailable', 'AppKekRefused', 'TamperedRefs']],
      ['Keys', ['KeysMade', 'KeysDestroyed', 'OrphanKeys', 'NextSlotMissing', 'KeyPastItsEnd']],
      ['Sweeper', ['BundlesSwept', 'SweeperLagSeconds']],
    ];
    new Dashboard(this, 'Dashboard', {
      widgets: [
        graphs.map(
          ([title, names]) =>
            new GraphWidget({ title, left: names.map((name) => metric(this, name, MINUTES_5)), width: 6 }),
        ),
      ],
    });
  }
}

const WORST: ReadonlySet<MetricName> = new Set(['NextSlotMissing', 'KeyPastItsEnd', 'SweeperLagSeconds', 'OrphanKeys']);

function metric(scope: Construct, metricName: MetricName, period: Duration): Metric {
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName,
    dimensionsMap: { service: Stack.of(scope).stackName },
    statistic: WORST.has(metricName) ? Stats.MAXIMUM : Stats.SUM,
    period,
  });
}
