// Counts as CloudWatch metrics (embedded metric format) and lines as JSON, through Powertools for AWS Lambda.

import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Telemetry } from '../../vault/ports/telemetry.ts';
import { METRIC_NAMESPACE } from '../config.ts';

/** Telemetry of one function of one stack. Each count is a separate event, so that dimensions never mix. */
export function powertoolsTelemetry(stack: string): Telemetry {
  const logger = new Logger({ serviceName: stack });
  const metrics = new Metrics({ namespace: METRIC_NAMESPACE, serviceName: stack });
  return {
    count(metric, value, by) {
      // With a dimension it is counted twice: CloudWatch does not add up over dimensions, and alarms need the sum.
      metrics.singleMetric().addMetric(metric, MetricUnit.Count, value);
      if (by === undefined) return;
      metrics.singleMetric().addDimensions(by).addMetric(metric, MetricUnit.Count, value);
    },
    request(line) {
      logger.info('request', { ...line });
    },
    note(message, details = {}) {
      logger.warn(message, { ...details });
    },
  };
}
