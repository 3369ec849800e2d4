// The telemetry of the functions keeps the contract: metrics in CloudWatch's embedded format, lines in JSON.

import { beforeEach, expect, type MockInstance, test, vi } from 'vitest';
import { lambdaTelemetry, type TelemetryOptions } from '../../../../lambda/aws/telemetry.ts';
import type { RequestLine } from '../../../../vault/ports/telemetry.ts';
import { telemetryContract } from '../../../support/contracts/telemetry-contract.ts';

const LINE: RequestLine = { operation: 'decrypt', status: 200, requestId: 'a-request', durationMs: 7 };

interface Written {
  readonly [name: string]: unknown;
  readonly _aws?: {
    readonly CloudWatchMetrics: readonly {
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
}

let output: MockInstance;
beforeEach(() => {
  output = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
});

/** Everything written since the test began, one line a call. */
function written(): Written[] {
  return output.mock.calls.map(([text]) => {
    expect(String(text).indexOf('\n')).toBe(String(text).length - 1);
    return JSON.parse(String(text));
  });
}

/** The sum of a metric as CloudWatch reads it: of the stack as a whole, or of one value of a further dimension. */
function total(metric: string, dimension?: string): number {
  let sum = 0;
  for (const line of written()) {
    for (const { Dimensions, Metrics } of line._aws?.CloudWatchMetrics ?? []) {
      const isIn = Dimensions.some(([service, name, ...more]) => {
        expect([service, more]).toEqual(['service', []]);
        return (name === undefined ? undefined : line[name]) === dimension;
      });
      if (isIn && Metrics.some(({ Name }) => Name === metric)) sum += Number(line[metric]);
    }
  }
  return sum;
}

/** What the log adds to each line. */
const ADDED = ['level', 'message', 'timestamp', 'service'];

function withContract(name: string, options: TelemetryOptions): void {
  telemetryContract(name, () => {
    const telemetry = lambdaTelemetry('Vault', options);
    return {
      telemetry,
      total(metric, dimension) {
        if (options.withRequest) telemetry.request(LINE);
        return total(metric, dimension);
      },
      requests: () =>
        written()
          .filter(({ message }) => message === 'request')
          .map((line) => Object.fromEntries(Object.entries(line).filter(([name]) => !ADDED.includes(name)))),
      notes: () => written().flatMap(({ level, message }) => (level === 'WARN' ? [String(message)] : [])),
    };
  });
}

withContract('The log of a scheduled function', {});
withContract('The log of a request', { withRequest: true });

test('one line carries a request and its counts', () => {
  const telemetry = lambdaTelemetry('Vault', { withRequest: true });
  telemetry.count('FieldsOpened', 2);
  telemetry.count('Throttled', 1);
  telemetry.request(LINE);
  telemetry.request(LINE);
  const [first, second, ...others] = written();
  expect(first).toEqual({
    level: 'INFO',
    message: 'request',
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    service: 'Vault',
    ...LINE,
    FieldsOpened: 2,
    Throttled: 1,
    _aws: {
      Timestamp: Date.parse(String(first?.timestamp)),
      CloudWatchMetrics: [
        {
          Namespace: 'Daykey',
          Dimensions: [['service']],
          Metrics: [
            { Name: 'FieldsOpened', Unit: 'Count' },
            { Name: 'Throttled', Unit: 'Count' },
          ],
        },
      ],
    },
  });
  expect(second).toMatchObject(LINE);
  expect(second).not.toHaveProperty('_aws');
  expect(others).toEqual([]);
});

test('a count without a request goes out at once, zero too', () => {
  lambdaTelemetry('Vault').count('NextSlotMissing', 0);
  expect(written()).toMatchObject([
    { level: 'INFO', message: 'count', service: 'Vault', NextSlotMissing: 0, _aws: { CloudWatchMetrics: [{}] } },
  ]);
});

test('what has a dimension is a line with both sums', () => {
  const telemetry = lambdaTelemetry('Vault', { withRequest: true });
  telemetry.count('FieldsRedacted', 2, { reason: 'expired' });
  telemetry.request(LINE);
  const [, count] = written();
  expect(count).toMatchObject({ reason: 'expired', FieldsRedacted: 2 });
  expect(count?._aws?.CloudWatchMetrics[0]?.Dimensions).toEqual([['service'], ['service', 'reason']]);
});

test('a note has its details beside its message', () => {
  lambdaTelemetry('Vault').note('a key is lost', { app: 'shop', slot: 7 });
  expect(written()).toMatchObject([
    { level: 'WARN', message: 'a key is lost', app: 'shop', slot: 7, service: 'Vault' },
  ]);
});
