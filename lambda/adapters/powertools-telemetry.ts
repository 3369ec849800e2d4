// Counts as CloudWatch metrics (embedded metric format) and lines as JSON, through Powertools for AWS Lambda.

import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Telemetry } from '../ports/telemetry.ts';

/** Namespace of every metric. */
export const METRIC_NAMESPACE = 'Daykey';

/** Telemetry of one function of one stack. Each count is an event of its own, so that dimensions never mix. */
export function powertoolsTelemetry(stack: string): Telemetry {
  const logger = new Logger({ serviceName: stack });
  const metrics = new Metrics({ namespace: METRIC_NAMESPACE, serviceName: stack });
  return {
    count(metric, value, dimensions = {}) {
      const single = metrics.singleMetric();
      for (const [name, dimension] of Object.entries(dimensions)) single.addDimension(name, dimension);
      single.addMetric(metric, MetricUnit.Count, value);
    },
    request(line) {
      logger.info('request', { ...line });
    },
    note(message, details = {}) {
      logger.warn(message, { ...details });
    },
  };
}
