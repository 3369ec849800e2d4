// Who may do what: the table, written down a second time on purpose.

import { expect, test } from 'vitest';
import { INTEGRATION_KINDS, type IntegrationKind } from '../../../../vault/domain/settings.ts';
import { getsPlaintext, may, mayBringRefs } from '../../../../vault/domain/trust.ts';
import { OPERATIONS, type Operation } from '../../../../wire/operations.ts';

const EVERYTHING = {
  encrypt: true,
  decrypt: true,
  incoming: true,
  outgoing: true,
  explain: true,
  erase: true,
  'seal-blob': true,
  'open-blob': true,
} as const;

const MAY: Record<IntegrationKind, Record<Operation, boolean | 'with processSensitive'>> = {
  messaging: EVERYTHING,
  'customer-support': EVERYTHING,
  component: EVERYTHING,
  other: {
    encrypt: true,
    decrypt: 'with processSensitive',
    incoming: true,
    outgoing: true,
    explain: true,
    erase: false,
    'seal-blob': true,
    'open-blob': 'with processSensitive',
  },
};

const cases = INTEGRATION_KINDS.flatMap((kind) =>
  OPERATIONS.flatMap((operation) => [true, false].map((processSensitive) => ({ kind, operation, processSensitive }))),
);

test.each(cases)('$kind, processSensitive $processSensitive: $operation', ({ kind, operation, processSensitive }) => {
  const rule = MAY[kind][operation];
  expect(may({ kind, processSensitive }, operation)).toBe(rule === true || (rule !== false && processSensitive));
});

const PLAINTEXT: Record<IntegrationKind, boolean | 'with processSensitive'> = {
  messaging: true,
  'customer-support': true,
  component: 'with processSensitive',
  other: 'with processSensitive',
};

test.each(INTEGRATION_KINDS)('%s gets plaintext in outgoing entries as the table says', (kind) => {
  expect(getsPlaintext({ kind, processSensitive: true })).toBe(PLAINTEXT[kind] !== false);
  expect(getsPlaintext({ kind, processSensitive: false })).toBe(PLAINTEXT[kind] === true);
});

test('only the app’s own code brings refs in', () => {
  const bringers = INTEGRATION_KINDS.filter((kind) => mayBringRefs({ kind, processSensitive: true }));
  expect(bringers).toEqual(['component']);
});
