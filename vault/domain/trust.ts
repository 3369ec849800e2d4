// Who may do what: the one table that the authorizer and the operations decide by.

import type { Operation } from '../../wire/operations.ts';
import type { AppRing } from './kek-life/ring.ts';
import type { Integration, IntegrationKind } from './settings.ts';

/** A verified caller: one integration of one app. */
export interface Principal {
  readonly app: string;
  readonly integration: string;
  /** Which of the integration's credentials was used: see `Grant`. */
  readonly credential: string;
  readonly trust: Integration;
  /** The app's settings and slots. One request reads them once and decides everything by them. */
  readonly ring: AppRing;
}

/** A verified caller and the request it made. */
export interface Caller extends Principal {
  /** The Lambda request: the same in its log line and in the audit log. */
  readonly requestId: string;
  /** Most bytes of the JSON text of its body, so that not every answer made of it has to be weighed. @default unknown */
  readonly bodyBytes?: number | undefined;
}

type Rule = 'yes' | 'no' | 'process-sensitive';

// One row an operation, so a new operation does not compile until it has a rule for each kind.
const ALLOWED: Record<Operation, Record<IntegrationKind, Rule>> = {
  encrypt: { messaging: 'yes', 'customer-support': 'yes', component: 'yes', other: 'yes' },
  decrypt: { messaging: 'yes', 'customer-support': 'yes', component: 'yes', other: 'process-sensitive' },
  incoming: { messaging: 'yes', 'customer-support': 'yes', component: 'yes', other: 'yes' },
  // Which values of the entry an integration gets is decided by `OUTGOING_PLAINTEXT`.
  outgoing: { messaging: 'yes', 'customer-support': 'yes', component: 'yes', other: 'yes' },
  // Shows no more than `incoming` does.
  explain: { messaging: 'yes', 'customer-support': 'yes', component: 'yes', other: 'yes' },
  erase: { messaging: 'yes', 'customer-support': 'yes', component: 'yes', other: 'no' },
  // A blob is a value of another size: as encrypt and decrypt.
  'seal-blob': { messaging: 'yes', 'customer-support': 'yes', component: 'yes', other: 'yes' },
  'open-blob': { messaging: 'yes', 'customer-support': 'yes', component: 'yes', other: 'process-sensitive' },
};

/** Who gets plaintext in outgoing entries. Everyone else gets stars. */
const OUTGOING_PLAINTEXT: Record<IntegrationKind, Rule> = {
  messaging: 'yes',
  'customer-support': 'yes',
  component: 'process-sensitive',
  other: 'process-sensitive',
};

type Trust = Pick<Integration, 'kind' | 'processSensitive'>;

/** Whether an integration may do this for its own app. */
export function may(trust: Trust, operation: Operation): boolean {
  return holds(ALLOWED[operation][trust.kind], trust);
}

/** Whether entries that go out to an integration are opened for it. */
export function getsPlaintext(trust: Trust): boolean {
  return holds(OUTGOING_PLAINTEXT[trust.kind], trust);
}

/** Whether an incoming entry of an integration may hold refs. Refs from outside could be stolen ones. */
export function mayBringRefs(trust: Trust): boolean {
  return trust.kind === 'component';
}

function holds(rule: Rule, { processSensitive }: Trust): boolean {
  return rule === 'yes' || (rule === 'process-sensitive' && processSensitive);
}
