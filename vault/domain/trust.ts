// Who may do what: one table, from which the authorizer and the handlers both answer.

import type { Integration, IntegrationKind } from './settings.ts';

/** What can be asked of the vault. Each is a route of its own. */
export const OPERATIONS = ['encrypt', 'decrypt', 'incoming', 'outgoing', 'explain', 'erase'] as const;
export type Operation = (typeof OPERATIONS)[number];

/** A verified caller: one integration of one app. */
export interface Principal {
  readonly app: string;
  readonly integration: string;
  readonly trust: Integration;
}

/** What a use case is told of whoever asks: a verified identity, and the request it came in. */
export interface Caller extends Principal {
  /** The Lambda request: the same in its log line and in the audit log. */
  readonly requestId: string;
}

type Rule = 'yes' | 'no' | 'process-sensitive';

// What an entry holds for a caller is decided entry by entry; an explanation tells no more than `incoming` would.
const ENTRIES = { incoming: 'yes', outgoing: 'yes', explain: 'yes' } as const;

const TABLE: Record<IntegrationKind, Record<Operation, Rule>> = {
  messaging: { encrypt: 'yes', decrypt: 'yes', ...ENTRIES, erase: 'yes' },
  'customer-support': { encrypt: 'yes', decrypt: 'yes', ...ENTRIES, erase: 'yes' },
  component: { encrypt: 'yes', decrypt: 'yes', ...ENTRIES, erase: 'yes' },
  other: { encrypt: 'yes', decrypt: 'process-sensitive', ...ENTRIES, erase: 'no' },
};

/** Who gets plaintext in outgoing entries; everybody else gets stars in its place. */
const OUTGOING_PLAINTEXT: Record<IntegrationKind, Rule> = {
  messaging: 'yes',
  'customer-support': 'yes',
  component: 'process-sensitive',
  other: 'process-sensitive',
};

type Trust = Pick<Integration, 'kind' | 'processSensitive'>;

/** Whether an integration may do this for its own app. */
export function may(trust: Trust, operation: Operation): boolean {
  return holds(TABLE[trust.kind][operation], trust);
}

/** Whether entries that go out to an integration are opened for it. */
export function getsPlaintext(trust: Trust): boolean {
  return holds(OUTGOING_PLAINTEXT[trust.kind], trust);
}

/** Whether an entry that comes in from an integration may hold refs: from outside, they could be anybody's. */
export function mayBringRefs(trust: Trust): boolean {
  return trust.kind === 'component';
}

function holds(rule: Rule, { processSensitive }: Trust): boolean {
  return rule === 'yes' || (rule === 'process-sensitive' && processSensitive);
}
