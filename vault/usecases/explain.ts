// Explain: what `incoming` would do with an entry of this caller's, without doing it.

import { MAX_ANSWER_BYTES } from '../../wire/limits.ts';
import { DaykeyError } from '../domain/errors.ts';
import type { Context, Entry } from '../domain/policy/entry.ts';
import { type Explanation, explain } from '../domain/policy/explain.ts';
import { policyFor } from '../domain/policy/policy.ts';
import { type Caller, mayBringRefs } from '../domain/trust.ts';
import { answerBytesOf } from './answer-bytes.ts';
import type { Rings } from './rings.ts';

/**
 * Explains an entry by its app's settings. Reads nothing but them: no KMS call, no write.
 *
 * @throws DaykeyError `ref-not-allowed` where `incoming` would refuse a ref, `invalid-request`, `too-large`.
 */
export async function explainEntry(
  { rings }: { rings: Rings },
  caller: Caller,
  entry: Entry,
  context: Context,
): Promise<Explanation> {
  const policy = policyFor((await rings.get(caller.app))?.settings.sensitiveData);
  const explanation = explain(entry, context, policy, { refsAllowed: mayBringRefs(caller.trust) });
  if (answerBytesOf(explanation, []) > MAX_ANSWER_BYTES) {
    throw new DaykeyError('too-large', `an explanation has at most ${MAX_ANSWER_BYTES} bytes: send shorter names`);
  }
  return explanation;
}
