// Telemetry kept in memory, for tests and the testing kit.

import type { RequestLine, Telemetry } from '../ports/telemetry.ts';

/** Telemetry whose counts and lines can be read back. */
export interface MemoryTelemetry extends Telemetry {
  /** Sum of a metric, over all dimensions unless the value of one is given: a reason or a credential. */
  total(metric: string, dimension?: string): number;
  readonly requests: readonly RequestLine[];
  readonly notes: readonly string[];
}

/** Telemetry that stays in the process. */
export function memoryTelemetry(): MemoryTelemetry {
  const counts: { metric: string; value: number; dimension: string | undefined }[] = [];
  const requests: RequestLine[] = [];
  const notes: string[] = [];
  return {
    requests,
    notes,
    count: (metric, value, by) => void counts.push({ metric, value, dimension: by && Object.values(by)[0] }),
    request: (line) => void requests.push(line),
    note: (message) => void notes.push(message),
    total: (metric, dimension) =>
      counts
        .filter((count) => count.metric === metric && (dimension === undefined || count.dimension === dimension))
        .reduce((sum, { value }) => sum + value, 0),
  };
}
