// Who may do what: the table, written down a second time on purpose.

import { expect, test } from 'vitest';
import { INTEGRATION_KINDS, type IntegrationKind } from '../../lambda/domain/settings.ts';
import { may, OPERATIONS, type Operation } from '../../lambda/domain/trust.ts';

const MAY: Record<IntegrationKind, Record<Operation, boolean | 'with processSensitive'>> = {
  messaging: { encrypt: true, decrypt: true, erase: true },
  'customer-support': { encrypt: true, decrypt: true, erase: true },
  component: { encrypt: true, decrypt: true, erase: true },
  other: { encrypt: true, decrypt: 'with processSensitive', erase: false },
};

const cases = INTEGRATION_KINDS.flatMap((kind) =>
  OPERATIONS.flatMap((operation) => [true, false].map((processSensitive) => ({ kind, operation, processSensitive }))),
);

test.each(cases)('$kind, processSensitive $processSensitive: $operation', ({ kind, operation, processSensitive }) => {
  const rule = MAY[kind][operation];
  expect(may({ kind, processSensitive }, operation)).toBe(rule === true || (rule !== false && processSensitive));
});
