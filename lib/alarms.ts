// The alarms of a vault, and the dashboard to look at when one rings.

import { Duration } from 'aws-cdk-lib';
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
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { Rule } from 'aws-cdk-lib/aws-events';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Metric as MetricName } from '../vault/ports/telemetry.ts';
import type { Api } from './api.ts';
import type { VaultFunction } from './vault-function.ts';
import { vaultMetric } from './vault-metric.ts';

export interface AlarmsProps {
  readonly vaultName: string;
  readonly api: Api;
  /** The functions whose every error is a bug or a timeout. Not the authorizer: it throws for each 401. */
  readonly functions: readonly VaultFunction[];
  /** Whether people can reveal values, and flag reveals. */
  readonly hasConsole: boolean;
  /** Gets a message when an alarm rings, and when one that hears silence does. */
  readonly topic: ITopic | undefined;
}

interface AlarmSpec {
  readonly id: string;
  /** The value at which the alarm rings, and every value above it. */
  readonly threshold: number;
  readonly period: Duration;
  /** How many periods in a row must reach the threshold. */
  readonly periods: number;
  readonly description: string;
  /**
   * Whether silence matters: a function on a schedule that reports nothing does not run. The alarm then turns to
   * `INSUFFICIENT_DATA`, which is also its state before the first report. If it turned to `ALARM`, every new vault would ring.
   */
  readonly hearsSilence: boolean;
}

const MINUTES_5 = Duration.minutes(5);

interface VaultAlarmSpec extends AlarmSpec {
  readonly metric: MetricName;
}

/** Alarms on the metrics of the functions. `docs/operations.md` says what to do when one of them rings. */
const ALARMS: readonly VaultAlarmSpec[] = [
  {
    id: 'NextSlotMissing',
    metric: 'NextSlotMissing',
    threshold: 1,
    period: MINUTES_5,
    // While an app is set up, its first key may take a few minutes.
    periods: 3,
    description:
      'An app has no key for its next slot, and half of the lead has passed. Encryption stops when the current key ends.',
    hearsSilence: true,
  },
  {
    id: 'KeyPastItsEnd',
    metric: 'KeyPastItsEnd',
    threshold: 1,
    period: MINUTES_5,
    periods: 2,
    description: 'A key past its end is not scheduled for deletion. KMS still refuses it by its policy.',
    hearsSilence: false,
  },
  {
    id: 'RotationBehind',
    metric: 'RotationBehindSeconds',
    threshold: 1800,
    period: MINUTES_5,
    periods: 2,
    description:
      'Keys that were due half an hour ago have not been looked at: the rotator does not finish, or does not run. Keys are made hours before they are needed.',
    // A run that is cut off reports nothing, and then the state before it must not turn to `OK`.
    hearsSilence: true,
  },
  {
    id: 'SweeperLag',
    metric: 'SweeperLagSeconds',
    threshold: 600,
    period: MINUTES_5,
    periods: 2,
    description: 'Bundles that expired ten minutes ago are still in the table. They cannot be opened.',
    hearsSilence: true,
  },
  {
    id: 'AppKekRefused',
    metric: 'AppKekRefused',
    threshold: 5,
    period: MINUTES_5,
    periods: 2,
    description:
      'KMS refuses app KEKs before their end: a key is disabled or pending deletion, or a policy denies its use.',
    hearsSilence: false,
  },
  {
    id: 'UnreadableSettings',
    metric: 'UnreadableSettings',
    threshold: 1,
    period: MINUTES_5,
    periods: 1,
    description: 'The stored settings of an app cannot be read: its callers get 503.',
    hearsSilence: false,
  },
  {
    id: 'UnreadableRows',
    metric: 'UnreadableRows',
    threshold: 1,
    period: MINUTES_5,
    periods: 1,
    description:
      'The sweeper deleted rows of the vault table that no function of the vault writes. Someone else writes to the table.',
    hearsSilence: false,
  },
  {
    id: 'DetachedApps',
    metric: 'DetachedApps',
    threshold: 1,
    period: MINUTES_5,
    periods: 3,
    description:
      'Apps vanished from the settings without being retired. Their callers are refused, and nothing of them is destroyed.',
    hearsSilence: false,
  },
  {
    id: 'Unavailable',
    metric: 'Unavailable',
    threshold: 10,
    period: MINUTES_5,
    periods: 2,
    description: 'Requests get 503: DynamoDB or KMS is throttled or broken, or no key is ready.',
    hearsSilence: false,
  },
  {
    id: 'ForgedRefs',
    metric: 'ForgedRefs',
    threshold: 1,
    period: MINUTES_5,
    periods: 1,
    description:
      'A caller sent a ref of a stored field without its key, which honest callers never do. The log names its credential.',
    hearsSilence: false,
  },
  {
    id: 'Tampering',
    metric: 'TamperedRefs',
    threshold: 1,
    period: MINUTES_5,
    periods: 1,
    description: 'A bundle or a ref differs from what was sealed. Someone changes the table, or guesses refs.',
    hearsSilence: false,
  },
];

/** Alarms that only a vault with a Console has. */
const CONSOLE_ALARMS: readonly VaultAlarmSpec[] = [
  {
    id: 'RevealsFlagged',
    metric: 'RevealsFlagged',
    threshold: 1,
    period: MINUTES_5,
    periods: 1,
    description:
      'A reviewer flagged what someone revealed in the Console. Its page Reveals shows which reveal, and why.',
    hearsSilence: false,
  },
];

/** Alarms on metrics of AWS. */
const AWS_ALARMS = {
  changedKey: {
    id: 'ChangedKey',
    threshold: 1,
    period: MINUTES_5,
    periods: 1,
    description:
      'Someone changed the policy of a KMS key in this account and Region, disabled one or cancelled its deletion. CloudTrail shows which key, and whether it is an app KEK.',
    hearsSilence: false,
  },
  apiErrors: {
    id: 'ApiErrors',
    threshold: 10,
    period: MINUTES_5,
    periods: 2,
    description:
      'The API answers with 5XX, including requests that reach no function: Lambda is throttled, or the authorizer fails.',
    hearsSilence: false,
  },
  functionErrors: {
    id: 'FunctionErrors',
    threshold: 1,
    period: MINUTES_5,
    periods: 1,
    description:
      'A function ended without an answer: it reached its time limit, ran out of memory or hit a bug. One alarm for each function.',
    hearsSilence: false,
  },
} as const satisfies Record<string, AlarmSpec>;

/** Calls that prevent the end of a key or change who may use it. The vault makes none of them. */
const CHANGES_OF_KEYS = ['PutKeyPolicy', 'CancelKeyDeletion', 'DisableKey'];

/** Alarms that tell a topic, or without actions. Connect them to your on-call system. */
export class Alarms extends Construct {
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, { vaultName, api, functions, hasConsole, topic }: AlarmsProps) {
    super(scope, id);
    const { changedKey, apiErrors, functionErrors } = AWS_ALARMS;
    const summed = ({ period }: AlarmSpec) => ({ period, statistic: Stats.SUM });
    const eachFunction = new Construct(this, functionErrors.id);
    const metric = (name: MetricName, period: Duration) => vaultMetric(vaultName, name, { period });
    const alarm = (within: Construct, spec: AlarmSpec, of: IMetric) => alarmThatTells(topic, within, spec, of);
    const ofVault = hasConsole ? [...ALARMS, ...CONSOLE_ALARMS] : ALARMS;
    this.alarms = [
      ...ofVault.map((spec) => alarm(this, spec, metric(spec.metric, spec.period))),
      alarm(this, changedKey, this.changesOfKeys().with(summed(changedKey))),
      alarm(this, apiErrors, api.restApi.metricServerError(summed(apiErrors))),
      ...functions.map(({ node, function: it }) =>
        alarm(eachFunction, { ...functionErrors, id: node.id }, it.metricErrors(summed(functionErrors))),
      ),
    ];
    const graphs: readonly (readonly [title: string, metrics: readonly MetricName[]])[] = [
      ['Fields', ['FieldsSealed', 'FieldsOpened', 'FieldsRedacted', 'FieldsErased']],
      [
        'Problems',
        [
          'Unavailable',
          'Throttled',
          'UnreadableSettings',
          'DetachedApps',
          'AppKekRefused',
          'TamperedRefs',
          'ForgedRefs',
        ],
      ],
      [
        'Keys',
        ['KeysMade', 'KeysDestroyed', 'OrphanedKeys', 'NextSlotMissing', 'KeyPastItsEnd', 'RotationBehindSeconds'],
      ],
      ['Sweeper', ['BundlesSwept', 'UnreadableRows', 'SweeperLagSeconds']],
      ...(hasConsole ? [['Console', ['RevealsFlagged', 'EntriesNotLogged']] as const] : []),
    ];
    new Dashboard(this, 'Dashboard', {
      widgets: [
        graphs.map(
          ([title, names]) => new GraphWidget({ title, left: names.map((name) => metric(name, MINUTES_5)), width: 6 }),
        ),
      ],
    });
  }

  /** Counts with a rule that has no target. CloudTrail's events name a key, but neither its tags nor its policy. */
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

function alarmThatTells(topic: ITopic | undefined, scope: Construct, spec: AlarmSpec, of: IMetric): Alarm {
  const alarm = new Alarm(scope, spec.id, {
    metric: of,
    threshold: spec.threshold,
    evaluationPeriods: spec.periods,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: spec.hearsSilence ? TreatMissingData.MISSING : TreatMissingData.NOT_BREACHING,
    alarmDescription: spec.description,
  });
  if (topic) {
    alarm.addAlarmAction(new SnsAction(topic));
    if (spec.hearsSilence) alarm.addInsufficientDataAction(new SnsAction(topic));
  }
  return alarm;
}
