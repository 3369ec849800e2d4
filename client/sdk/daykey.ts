// A vault as its callers use it: one method for each operation, plaintext wrapped, refs opaque.

import type { DecryptedField } from '../../wire/decrypt.ts';
import type { Entry, EntryContext } from '../../wire/entry.ts';
import type { Explanation } from '../../wire/explanation.ts';
import { isJsonObject } from '../../wire/json-object.ts';
import { MAX_FIELD_BYTES } from '../../wire/limits.ts';
import { decryptAnswer, encryptAnswer, eraseAnswer, explainAnswer, incomingAnswer, outgoingAnswer } from './answers.ts';
import { namedMembers, optionsIn, present, textMembers } from './arguments.ts';
import { batchesOf, fewAtOnce } from './batches.ts';
import { CONNECTION, type Connection, connection, type DaykeyOptions, type Send } from './connection.ts';
import { jsonText, type Member, objectText } from './json.ts';
import { lifeMembers } from './life.ts';
import { DaykeyProblem, invalidRequest, type Key } from './problem.ts';
import { type Scope, scopeOf } from './scope.ts';
import { Sensitive } from './sensitive.ts';
import type {
  CallOptions,
  Decrypted,
  Encrypted,
  EncryptOptions,
  EraseTarget,
  ExplainOptions,
  IncomingOptions,
  OpenedEntry,
  OpenedFields,
  OutgoingOptions,
  SealedEntry,
  SealedFields,
} from './verbs.ts';

/**
 * A vault, for one app and one identity. Safe to make once and to use concurrently; it prints no credential.
 *
 * Every method rejects with `DaykeyProblem`. It tries again by itself what may pass: status 408, 429, 500 and 502 to 504,
 * no answer, no answer in time. A request that was carried out and whose answer was lost is carried out again, which does
 * no harm: an encrypt makes new refs, and the lost ones open for no one.
 */
export class Daykey {
  readonly #connection: Connection;

  /** @throws Error for options that are unknown, missing or out of range, and for a `url` without TLS to another machine. */
  constructor(options: DaykeyOptions) {
    this.#connection = connection(options);
  }

  /** @internal The way to the vault, for other entries of this package. */
  [CONNECTION](): Connection {
    return this.#connection;
  }

  /**
   * Seals values and gives a ref for each.
   *
   * A value is any JSON of at most 256 KB of text, and a valid `Date` becomes its ISO text. A {@link Sensitive} among the
   * values, or anywhere inside them, is sealed as what it holds and keeps the end of its life.
   *
   * More than 64 fields, or than 2.75 MB, become several requests that share the expiry of the first. If one fails the
   * call rejects; what the others sealed has no ref then, and expires unread.
   *
   * @throws DaykeyProblem `invalid-request`, `too-large` and `ref-not-allowed` with the path of the field, without a
   * request where the SDK can tell; `ttl-out-of-range`; `unauthenticated`, `forbidden`; a transient one.
   */
  async encrypt<Fields extends Readonly<Record<string, unknown>>>(
    fields: Fields,
    options?: EncryptOptions,
  ): Promise<Encrypted<SealedFields<Fields>>> {
    const { signal, extendLife, derivedFrom = [], ...life } = optionsIn(options);
    const revealed: Sensitive<unknown>[] = [];
    const members = namedMembers(fields, ['fields']).map(([name, value]): Member => {
      return [name, jsonText(value, ['fields', name], revealed, MAX_FIELD_BYTES)];
    });
    // A text such as 'false' extends no life.
    const sources = extendLife === true ? [] : [revealed, derivedFrom].flat();
    const limits = lifeMembers({ ...life, derivedFrom: sources });
    return this.#connection.call({ signal }, async (send) => {
      const seal = (batch: Member[], ...end: Member[]) => {
        const body = new Map([...limits, ...end, ['fields', objectText(batch)]]);
        return send('encrypt', body, encryptAnswer(batch));
      };
      const [firstBatch, ...batches] = batchesOf(members);
      const first = await seal(firstBatch as Member[]);
      const end: Member = ['notAfter', JSON.stringify(first.expiresAt)];
      const sealed = [first, ...(await fewAtOnce(batches, (batch) => seal(batch, end)))];
      return {
        refs: Object.fromEntries(sealed.flatMap(({ refs }) => Object.entries(refs))) as SealedFields<Fields>,
        expiresAt: new Date(Math.min(...sealed.map(({ expiresAt }) => Date.parse(expiresAt)))),
      };
    });
  }

  /**
   * Opens refs, and gives a field for each under its name. Unknown, expired, erased, changed and another app's refs are
   * all `redacted`.
   *
   * More than 64 refs, or than one answer takes, become several requests; if one fails the call rejects.
   *
   * @throws DaykeyProblem `invalid-request`; `unauthenticated`, `forbidden`; a transient one.
   */
  async decrypt<Refs extends Readonly<Record<string, string>>>(
    refs: Refs,
    options?: CallOptions,
  ): Promise<OpenedFields<Refs>> {
    const batches = refBatches(refs);
    const fields = await this.#connection.call(options, (send) => fewAtOnce(batches, (batch) => opened(send, batch)));
    const wrapped = fields.flat().map(([name, field]): [string, Decrypted<unknown>] => {
      const { status } = field;
      return [
        name,
        status === 'ok' ? { status, value: new Sensitive(field.value, new Date(field.expiresAt)) } : { status },
      ];
    });
    return Object.fromEntries(wrapped) as OpenedFields<Refs>;
  }

  /**
   * Takes an entry in: seals what the policy calls sensitive, and leaves the rest as it was. The entry may hold no
   * {@link Sensitive}, because what the policy does not seal comes back as plaintext: reveal it, and name it in
   * `derivedFrom`.
   *
   * @throws DaykeyProblem as {@link Daykey.encrypt} does, with paths below `entry`.
   */
  async incoming(entry: Entry, options?: IncomingOptions): Promise<SealedEntry> {
    const [context, { signal, blob, ...life }] = entryMembers(entry, optionsIn(options));
    const attached = blob && { ref: blob.ref, proof: blob.proof };
    const members = [...lifeMembers(life), ...textMembers({ blob: attached }), ...context];
    const answer = await this.#connection.call({ signal }, (send) => send('incoming', members, incomingAnswer));
    const { expiresAt, ...sealed } = answer as Omit<SealedEntry, 'expiresAt'> & typeof answer;
    return { ...sealed, ...(expiresAt && { expiresAt: new Date(expiresAt) }) };
  }

  /**
   * What {@link Daykey.incoming} would do with an entry, part by part, and why; up to 1,024 parts. Seals nothing and writes
   * nothing. Refs that `incoming` would refuse are refused here too.
   *
   * @throws DaykeyProblem as {@link Daykey.incoming} does.
   */
  async explain(entry: Entry, options?: ExplainOptions): Promise<Explanation> {
    const [members, call] = entryMembers(entry, optionsIn(options));
    return this.#connection.call(call, (send) => send('explain', members, explainAnswer));
  }

  /**
   * Sends any JSON out. Up to 1,024 refs in it are opened for an integration that may get plaintext, and redacted for any
   * other.
   *
   * @throws DaykeyProblem `invalid-request`, `too-large`, `ref-not-allowed`; `unauthenticated`; a transient one.
   */
  async outgoing(entry: unknown, options?: OutgoingOptions): Promise<OpenedEntry> {
    const { redactAs, ...call } = optionsIn(options);
    const members: Member[] = [['entry', jsonText(entry, ['entry'])], ...textMembers({ redactAs })];
    const answer = await this.#connection.call(call, (send) => send('outgoing', members, outgoingAnswer));
    return answer as OpenedEntry;
  }

  /**
   * A state with refs in it, `{ "$sensitive": ref }` at any place, as a platform keeps it for a flow, a thread or a user:
   * encrypted, redacted and decrypted. Entries that {@link Daykey.incoming} gave are such states too.
   */
  scope<State>(state: State): Scope<State> {
    return scopeOf(state, (refs, options) => this.decrypt(refs, options));
  }

  /**
   * Ends the life of values now: all of a subject's, or those of refs. No ref that was issued before opens after it.
   *
   * @returns how many there were, at least: a try whose answer was lost is not counted.
   * @throws DaykeyProblem `invalid-request`; `unauthenticated`, `forbidden`; a transient one.
   */
  async erase(target: EraseTarget, options?: CallOptions): Promise<number> {
    const [[kind = '', what] = [], ...others] = present(namedMembers(target, ['target']));
    if (others.length > 0 || (kind !== 'subject' && kind !== 'refs')) {
      throw invalidRequest('subject or refs expected', ['target']);
    }
    const texts = kind === 'subject' ? [jsonText(what, [kind])] : refBatches(what).map(objectText);
    const answers = await this.#connection.call(options, (send) =>
      fewAtOnce(texts, (text) => send('erase', [[kind, text]], eraseAnswer)),
    );
    return answers.reduce((sum, { erased }) => sum + erased, 0);
  }
}

/** Opens a batch. Values that are too large for one answer are asked for in halves: only the vault knows their sizes. */
async function opened(send: Send, batch: Member[]): Promise<[name: string, field: DecryptedField][]> {
  try {
    const { values } = await send('decrypt', [['refs', objectText(batch)]], decryptAnswer(batch));
    return batch.map(([name]) => [name, values[name] as DecryptedField]);
  } catch (error) {
    if (!(error instanceof DaykeyProblem) || error.code !== 'too-large' || batch.length < 2) throw error;
    const half = Math.ceil(batch.length / 2);
    return [...(await opened(send, batch.slice(0, half))), ...(await opened(send, batch.slice(half)))];
  }
}

/** Refs in batches that fit one request each. */
function refBatches(refs: unknown): Member[][] {
  return batchesOf(namedMembers(refs, ['refs']).map(([name, ref]) => [name, jsonText(ref, ['refs', name])]));
}

/** The members for an entry and its context, and the other options. */
function entryMembers<Options extends EntryContext>(
  entry: Entry,
  { thread, component, cause, ...others }: Options,
): [members: Member[], others: Omit<Options, keyof EntryContext>] {
  const shapes = present(Object.entries({ thread, component, cause, entry }));
  return [shapes.map(([name, shape]): Member => [name, shapeText(shape, [name])]), others];
}

/** The JSON text of an entry, of a part beside its `data`, or of its context. Optional members may be `undefined`. */
function shapeText(shape: unknown, path: readonly Key[]): string {
  const members = present(namedMembers(shape, path)).map(([name, value]): Member => {
    const at = [...path, name];
    return [name, isJsonObject(value) && name !== 'data' && !path[1] ? shapeText(value, at) : jsonText(value, at)];
  });
  return objectText(members);
}
