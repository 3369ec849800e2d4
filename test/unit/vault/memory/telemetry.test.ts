// Telemetry in memory keeps the contract.

import { memoryTelemetry } from '../../../../vault/memory/telemetry.ts';
import { telemetryContract } from '../../../support/contracts/telemetry-contract.ts';

telemetryContract('memory', () => {
  const telemetry = memoryTelemetry();
  return {
    telemetry,
    total: telemetry.total,
    requests: () => telemetry.requests,
    notes: () => telemetry.notes,
  };
});
