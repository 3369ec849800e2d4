// Who may do what: one table, from which the authorizer and the handlers both answer.

import type { Integration, IntegrationKind } from './settings.ts';

/** What can be asked of the vault. Each is a route of its own. */
export const OPERATIONS = ['encrypt', 'decrypt', 'erase'] as const;
export type Operation = (typeof OPERATIONS)[number];

/** A verified caller: one integration of one app. */
export interface Principal {
  readonly app: string;
  readonly integration: string;
  readonly trust: Integration;
}

/** What a use case is told of whoever asks: a verified identity, and the request it came in. */
export interface Caller {
  readonly app: string;
  readonly integration: string;
  /** The Lambda request: the same in its log line and in the audit log. */
  readonly requestId: string;
}

type Rule = 'yes' | 'no' | 'process-sensitive';

const TABLE: Record<IntegrationKind, Record<Operation, Rule>> = {
  messaging: { encrypt: 'yes', decrypt: 'yes', erase: 'yes' },
  'customer-support': { encrypt: 'yes', decrypt: 'yes', erase: 'yes' },
  component: { encrypt: 'yes', decrypt: 'yes', erase: 'yes' },
  other: { encrypt: 'yes', decrypt: 'process-sensitive', erase: 'no' },
};

/** Whether an integration may do this for its own app. */
export function may(trust: Pick<Integration, 'kind' | 'processSensitive'>, operation: Operation): boolean {
  const rule = TABLE[trust.kind][operation];
  return rule === 'yes' || (rule === 'process-sensitive' && trust.processSensitive);
}
