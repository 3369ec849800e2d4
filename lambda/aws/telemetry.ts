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
    count(metric, value, reason) {
      // A count with a reason is written twice: alarms need the sum, and CloudWatch does not add up over dimensions.
      metrics.singleMetric().addMetric(metric, MetricUnit.Count, value);
      if (reason === undefined) return;
      metrics.singleMetric().addDimension('reason', reason).addMetric(metric, MetricUnit.Count, value);
    },
    request(line) {
      logger.info('request', { ...line });
    },
    note(message, details = {}) {
      logger.warn(message, { ...details });
    },
  };
}
