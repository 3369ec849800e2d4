// Log lines in JSON on standard output. CloudWatch takes counts from the same lines (its embedded metric format).

import type { CountBy, Metric, Telemetry } from '../../vault/ports/telemetry.ts';
import { METRIC_NAMESPACE } from '../config.ts';

interface Count {
  readonly metric: Metric;
  readonly value: number;
  readonly by: CountBy | undefined;
}

export interface TelemetryOptions {
  /** Whether counts wait for the line of their request, so that one line carries both. @default each is a line at once */
  readonly withRequest?: boolean;
}

/** Telemetry of one function of one stack. */
export function lambdaTelemetry(stack: string, { withRequest = false }: TelemetryOptions = {}): Telemetry {
  let waiting: Count[] = [];

  function write(level: 'INFO' | 'WARN', message: string, details: object, counts: readonly Count[] = []): void {
    const now = new Date();
    const line = { level, message, timestamp: now.toISOString(), service: stack, ...details };
    // Not by `console`: Lambda's own writes in front of a line what would hide its counts from CloudWatch.
    process.stdout.write(`${JSON.stringify({ ...line, ...embedded(counts, now) })}\n`);
  }

  return {
    count(metric, value, by) {
      const count = { metric, value, by };
      if (withRequest) waiting.push(count);
      else write('INFO', 'count', {}, [count]);
    },
    request(line) {
      const counts = waiting;
      waiting = [];
      write(
        'INFO',
        'request',
        line,
        counts.filter(({ by }) => by === undefined),
      );
      // A line has one value for each metric and dimension.
      for (const count of counts) if (count.by) write('INFO', 'count', {}, [count]);
    },
    note(message, details = {}) {
      write('WARN', message, details);
    },
  };
}

/**
 * Counts as members of a line (CloudWatch user guide, "Specification: Embedded metric format"). What has a dimension counts
 * with it and without it, since CloudWatch does not add up over dimensions.
 */
function embedded(counts: readonly Count[], now: Date): object {
  if (counts.length === 0) return {};
  const values: Partial<Record<string, number>> = {};
  for (const { metric, value } of counts) values[metric] = (values[metric] ?? 0) + value;
  const by = Object.assign({}, ...counts.map((count) => count.by));
  const dimensions = [['service'], ...Object.keys(by).map((name) => ['service', name])];
  const metrics = Object.keys(values).map((Name) => ({ Name, Unit: 'Count' }));
  const directive = { Namespace: METRIC_NAMESPACE, Dimensions: dimensions, Metrics: metrics };
  return { ...by, ...values, _aws: { Timestamp: now.getTime(), CloudWatchMetrics: [directive] } };
}
