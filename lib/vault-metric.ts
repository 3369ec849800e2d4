// The metrics of a vault, by the names that its functions count under.

import { Duration } from 'aws-cdk-lib';
import { Metric, type MetricOptions, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { METRIC_NAMESPACE } from '../lambda/config.ts';
import type { Metric as MetricName } from '../vault/ports/telemetry.ts';

/** Metrics that report a state: a graph shows the worst value. The others count events. */
const WORST: ReadonlySet<MetricName> = new Set([
  'NextSlotMissing',
  'KeyPastItsEnd',
  'RotationBehindSeconds',
  'SweeperLagSeconds',
  'DetachedApps',
  'OrphanedKeys',
]);

/** A metric of the vault: of a state the worst value, of events the sum, over 5 minutes. */
export function vaultMetric(vaultName: string, metricName: MetricName, options: MetricOptions = {}): Metric {
  return new Metric({
    namespace: METRIC_NAMESPACE,
    metricName,
    dimensionsMap: { service: vaultName },
    statistic: WORST.has(metricName) ? Stats.MAXIMUM : Stats.SUM,
    period: Duration.minutes(5),
    ...options,
  });
}
