// Outgoing: opens the refs in an entry for those who get plaintext, and redacts them for everybody else.

import type { OutgoingResponse, RedactAs } from '../../wire/outgoing.ts';
import { applyOpened, findRefs } from '../domain/policy/opening.ts';
import { type Caller, getsPlaintext } from '../domain/trust.ts';
import { answerBytes } from './answer-bytes.ts';
import { type DecryptDeps, decrypt } from './decrypt.ts';
import type { Opened } from './open-bundles.ts';

/**
 * One pass: what was opened is not looked at again, so a value cannot smuggle in a ref.
 *
 * @throws DaykeyError `ref-not-allowed` for a malformed ref, `too-large`, and as {@link decrypt} does.
 */
export async function outgoing(
  deps: DecryptDeps,
  caller: Caller,
  entry: unknown,
  redactAs: RedactAs = 'string',
): Promise<OutgoingResponse> {
  const refs = findRefs(entry);
  const tokens = new Map(refs.map(({ pointer, ref }) => [pointer, ref]));
  // The answer holds the entry and the pointers beside the values, so they take their share.
  const maxStoredBytes = deps.maxStoredBytes - answerBytes(entry, tokens.keys());
  // Who gets no plaintext costs no read, and leaves no way to tell a ref from nonsense.
  const fields = getsPlaintext(caller.trust)
    ? await decrypt({ ...deps, maxStoredBytes }, caller, tokens, 'outgoing')
    : new Map<string, Opened>();
  const values = new Map<string, unknown>();
  for (const [pointer, field] of fields) {
    if (field.status === 'ok') values.set(pointer, JSON.parse(field.json));
  }
  return {
    entry: applyOpened(entry, values, redactAs),
    opened: [...values.keys()],
    redacted: [...tokens.keys()].filter((pointer) => !values.has(pointer)),
  };
}
