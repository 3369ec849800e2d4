// Explain: what `incoming` would do with an entry of this caller, without doing it.

import type { Entry, EntryContext } from '../../wire/entry.ts';
import type { Explanation } from '../../wire/explanation.ts';
import { explain } from '../domain/policy/explain.ts';
import { policyFor } from '../domain/policy/policy.ts';
import { type Caller, mayBringRefs } from '../domain/trust.ts';
import { assertAnswerFits, jsonBytes } from './answer-bytes.ts';

/**
 * Explains an entry by its app's settings. No KMS call, no read, no write.
 *
 * @throws DaykeyError `ref-not-allowed` where `incoming` would refuse a ref, `invalid-request`, `too-large`.
 */
export function explainEntry({ ring, trust }: Caller, entry: Entry, context: EntryContext): Explanation {
  const policy = policyFor(ring.settings.sensitiveData);
  const explanation = explain(entry, context, policy, { refsAllowed: mayBringRefs(trust) });
  assertAnswerFits(jsonBytes(explanation), 'the explanation');
  return explanation;
}
