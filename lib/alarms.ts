// What an operator is woken for, and what they look at then.

import { Duration, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IMetric,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Rule } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { METRIC_NAMESPACE } from '../lambda/config.ts';
import type { Metric as MetricName } from '../vault/ports/telemetry.ts';
import type { Api } from './api.ts';
import type { VaultFunction } from './vault-function.ts';

export interface AlarmsProps {
  readonly api: Api;
  /** Those whose every error is a bug or a time-out; not the authorizer, which throws for its 401s. */
  readonly functions: readonly VaultFunction[];
}

interface AlarmSpec {
  readonly id: string;
  readonly threshold: number;
  readonly period: Duration;
  readonly periods: number;
  readonly says: string;
  /** Whether silence is trouble too: a function on a schedule that says nothing does not run. */
  readonly silenceAlarms: boolean;
}

const MINUTES_5 = Duration.minutes(5);

/** What the functions count. What to do when one of them fires: docs/operations.md. */
const ALARMS: readonly (AlarmSpec & { readonly metric: MetricName })[] = [
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

/** What AWS counts. */
const AWS_ALARMS = {
  changedKey: {
    ...{ id: 'ChangedKey', threshold: 1, period: MINUTES_5, periods: 1, silenceAlarms: false },
    says: 'Somebody changed the policy of a KMS key of this account and Region, disabled one or took back its deletion. Which one, and whether it is an app KEK, CloudTrail knows.',
  },
  apiErrors: {
    ...{ id: 'ApiErrors', threshold: 10, period: MINUTES_5, periods: 2, silenceAlarms: false },
    says: 'The API answers with 5XX, also where no function was reached: Lambda is throttled, or the authorizer fails.',
  },
  functionErrors: {
    ...{ id: 'FunctionErrors', threshold: 1, period: MINUTES_5, periods: 1, silenceAlarms: false },
    says: 'A function ended without an answer: it ran into its time limit, out of memory or into a bug. One alarm for each.',
  },
} as const satisfies Record<string, AlarmSpec>;

/** Calls that keep a key from its end or change who may use it. The vault makes none of them. */
const CHANGES_OF_KEYS = ['PutKeyPolicy', 'CancelKeyDeletion', 'DisableKey'];

/** Alarms without actions: subscribe them to what wakes your people. */
export class Alarms extends Construct {
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, { api, functions }: AlarmsProps) {
    super(scope, id);
    const { changedKey, apiErrors, functionErrors } = AWS_ALARMS;
    const summed = ({ period }: AlarmSpec) => ({ period, statistic: Stats.SUM });
    const eachFunction = new Construct(this, functionErrors.id);
    this.alarms = [
      ...ALARMS.map((spec) => alarm(this, spec, metric(this, spec.metric, spec.period))),
      alarm(this, changedKey, this.changesOfKeys().with(summed(changedKey))),
      alarm(this, apiErrors, api.restApi.metricServerError(summed(apiErrors))),
      ...functions.map(({ node, function: it }) =>
        alarm(eachFunction, { ...functionErrors, id: node.id }, it.metricErrors(summed(functionErrors))),
      ),
    ];
    const graphs: readonly (readonly [title: string, metrics: readonly MetricName[]])[] = [
      ['Fields', ['FieldsSealed', 'FieldsOpened', 'FieldsRedacted', 'FieldsErased']],
      ['Trouble', ['Unavailable', 'Throttled', 'AppKekRefused', 'TamperedRefs']],
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

  /** Counted by a rule that does nothing else. CloudTrail's events name a key, but not its tags or its policy. */
  private changesOfKeys(): Metric {
    const rule = new Rule(this, 'ChangesOfKeys', {
      description: 'Counts calls that change the policy of a KMS key, disable one or take back its deletion',
      eventPattern: {
        source: ['aws.kms'],
        detailType: ['AWS API Call via CloudTrail'],
        detail: { eventName: CHANGES_OF_KEYS },
      },
    });
    return new Metric({
      namespace: 'AWS/Events',
      metricName: 'MatchedEvents',
      dimensionsMap: { RuleName: rule.ruleName },
    });
  }
}

function alarm(scope: Construct, spec: AlarmSpec, of: IMetric): Alarm {
  return new Alarm(scope, spec.id, {
    metric: of,
    threshold: spec.threshold,
    evaluationPeriods: spec.periods,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: spec.silenceAlarms ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    alarmDescription: spec.says,
  });
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
