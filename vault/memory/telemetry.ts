// Telemetry kept in memory, for tests and the testing kit.

import type { RequestLine, Telemetry } from '../ports/telemetry.ts';

/** Telemetry whose counts and lines can be read back. */
export interface MemoryTelemetry extends Telemetry {
  /** Sum of a metric: of one reason, or of all counts when no reason is given. */
  total(metric: string, reason?: string): number;
  readonly requests: readonly RequestLine[];
  readonly notes: readonly string[];
}

/** Telemetry that stays in the process. */
export function memoryTelemetry(): MemoryTelemetry {
  const counts: { metric: string; value: number; reason: string | undefined }[] = [];
  const requests: RequestLine[] = [];
  const notes: string[] = [];
  return {
    requests,
    notes,
    count: (metric, value, reason) => void counts.push({ metric, value, reason }),
    request: (line) => void requests.push(line),
    note: (message) => void notes.push(message),
    total: (metric, reason) =>
      counts
        .filter((count) => count.metric === metric && (reason === undefined || count.reason === reason))
        .reduce((sum, { value }) => sum + value, 0),
  };
}
