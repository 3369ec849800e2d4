// Telemetry by Powertools keeps the contract: metrics in CloudWatch's embedded format, lines in JSON.

import { beforeEach, expect, type MockInstance, test, vi } from 'vitest';
import { powertoolsTelemetry } from '../../../../lambda/aws/telemetry.ts';
import { telemetryContract } from '../../../support/contracts/telemetry-contract.ts';

let output: MockInstance[];
beforeEach(() => {
  // As deployed: in its development mode Powertools keeps metrics to itself.
  vi.stubEnv('POWERTOOLS_DEV', 'false');
  output = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write').mockReturnValue(true));
});

/** Everything written since the test began. */
function written(): Record<string, unknown>[] {
  return output.flatMap(({ mock }) => mock.calls.map(([text]) => JSON.parse(String(text))));
}

/** What Powertools adds to each line. */
const ADDED = ['level', 'message', 'timestamp', 'service', 'sampling_rate'];

telemetryContract('Powertools', () => ({
  telemetry: powertoolsTelemetry('Vault'),
  total(metric, dimension) {
    const lines = written().filter((line) => metric in line && (line.reason ?? line.integration) === dimension);
    return lines.reduce((sum, line) => sum + Number(line[metric]), 0);
  },
  requests: () =>
    written()
      .filter(({ message }) => message === 'request')
      .map((line) => Object.fromEntries(Object.entries(line).filter(([name]) => !ADDED.includes(name)))),
  notes: () => written().flatMap(({ level, message }) => (level === 'WARN' ? [String(message)] : [])),
}));

test('metrics have the namespace of the alarms, and the stack as their one dimension', () => {
  powertoolsTelemetry('Vault').count('FieldsSealed', 2);
  expect(written()).toMatchObject([
    {
      _aws: {
        CloudWatchMetrics: [
          { Namespace: 'Daykey', Dimensions: [['service']], Metrics: [{ Name: 'FieldsSealed', Unit: 'Count' }] },
        ],
      },
      service: 'Vault',
      FieldsSealed: 2,
    },
  ]);
});

test('a note has its details beside its message', () => {
  powertoolsTelemetry('Vault').note('a key is lost', { app: 'shop', slot: 7 });
  expect(written()).toMatchObject([
    { level: 'WARN', message: 'a key is lost', app: 'shop', slot: 7, service: 'Vault' },
  ]);
});
