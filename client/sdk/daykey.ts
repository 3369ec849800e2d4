// A vault as its callers use it: one method for each operation, plaintext wrapped, refs opaque.

import type { Entry, EntryContext } from '../../wire/entry.ts';
import type { Explanation } from '../../wire/explanation.ts';
import { isJsonObject } from '../../wire/json-object.ts';
import { MAX_FIELD_BYTES } from '../../wire/limits.ts';
import { type BlobSource, sizedSource } from '../blobs/blob-source.ts';
import { SensitiveBlob } from '../blobs/sensitive-blob.ts';
import { uploadBlob } from '../blobs/upload-blob.ts';
import {
  decryptAnswer,
  encryptAnswer,
  eraseAnswer,
  explainAnswer,
  incomingAnswer,
  openBlobAnswer,
  outgoingAnswer,
  sealBlobAnswer,
} from './answers.ts';
import { namedMembers, noOthers, present, textMembers } from './arguments.ts';
import { batchesOf, fewAtOnce } from './batches.ts';
import { LONGEST_TIMER_MS, within } from './deadline.ts';
import { type HttpTransportOptions, httpTransport } from './http-transport.ts';
import { type Json, jsonText, type Member, objectText } from './json.ts';
import { lifeMembers } from './life.ts';
import { DaykeyProblem, invalidRequest, type Key, problemIn, unreachable } from './problem.ts';
import { jitterMs, type RetryOptions, retrying, retryOptions } from './retry.ts';
import { type Scope, scopeOf } from './scope.ts';
import { Sensitive } from './sensitive.ts';
import type { Operation, Transport, WireAnswer } from './transport.ts';
import type {
  CallOptions,
  Decrypted,
  DecryptedBlob,
  Encrypted,
  EncryptOptions,
  EraseTarget,
  ExplainOptions,
  IncomingOptions,
  OpenedEntry,
  OpenedFields,
  OutgoingOptions,
  SealBlobOptions,
  SealedBlob,
  SealedEntry,
  SealedFields,
} from './verbs.ts';

/** Whose values, who asks, and the way there: `url` for the REST API, or `transport: lambdaTransport(…)`. */
export type DaykeyOptions = RetryOptions & {
  /** The app, as the stack's settings name it. */
  readonly app: string;
  /** Gives the `Authorization` header of each try: `apiToken(…)` or `awsIdentity(…)`. What it throws rises as it is. */
  readonly identity: () => Promise<string>;
} & (
    | (HttpTransportOptions & {
        /** Either a `url` or a `transport`. */
        readonly transport?: never;
      })
    | {
        /** `lambdaTransport(…)` of `daykey/lambda`, or your own. */
        readonly transport: Transport;
        /** Either a `url` or a `transport`. */
        readonly url?: never;
        /** Belongs to a `url`. */
        readonly fetch?: never;
        /** Belongs to a `url`. */
        readonly insecureHttp?: never;
      }
  );

/** Sends one request of a call, with retries, and gives its answer once that is checked. */
type Send = <Answer>(
  operation: Operation,
  members: Iterable<Member>,
  checked: (body: unknown) => Answer,
) => Promise<Answer>;

/**
 * A vault, for one app and one identity. Safe to make once and to use concurrently; it prints no credential.
 *
 * Every method rejects with `DaykeyProblem`. It tries again by itself what may pass: status 408, 429, 500 and 502 to 504,
 * no answer, no answer in time. A request that was carried out and whose answer was lost is carried out again, which does
 * no harm: an encrypt makes new refs, and the lost ones open for no one.
 */
export class Daykey {
  readonly #app: string;
  readonly #identity: () => Promise<string>;
  readonly #transport: Transport;
  readonly #retry: Required<RetryOptions>;
  readonly #insecureHttp: boolean;

  /** @throws Error for options that are unknown, missing or out of range, and for a `url` without TLS to another machine. */
  constructor(options: DaykeyOptions) {
    const { app, identity, transport, url, fetch, insecureHttp, ...retry } = options;
    if (
      typeof app !== 'string' ||
      typeof identity !== 'function' ||
      (url === undefined) === (transport === undefined)
    ) {
      throw new TypeError('app, identity, and a url or transport are needed');
    }
    this.#app = app;
    this.#identity = identity;
    this.#transport = options.transport ?? httpTransport(options);
    this.#retry = retryOptions(retry);
    this.#insecureHttp = insecureHttp === true;
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
    const { signal, extendLife, derivedFrom = [], ...life } = { ...options };
    const revealed: Sensitive<unknown>[] = [];
    const members = namedMembers(fields, ['fields']).map(([name, value]): Member => {
      return [name, jsonText(value, ['fields', name], revealed, MAX_FIELD_BYTES)];
    });
    // A text such as 'false' extends no life.
    const sources = extendLife === true ? [] : [revealed, derivedFrom].flat();
    const limits = lifeMembers({ ...life, derivedFrom: sources });
    return this.#call({ signal }, async (send) => {
      const seal = (batch: Member[], ...end: Member[]) => {
        const body = new Map([...limits, ...end, ['fields', objectText(batch)]]);
        return send('encrypt', body, (answer) => encryptAnswer(answer, batch));
      };
      // Sends even an empty request: the vault gives the best error message.
      const [firstBatch = [], ...batches] = batchesOf(members);
      const first = await seal(firstBatch);
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
    const fields = await this.#call(options, (send) => fewAtOnce(batches, (batch) => opened(send, batch)));
    const wrapped = fields.flat().map(([name, field]): [string, Decrypted<unknown>] => {
      if (field.status !== 'ok') return [name, { status: field.status }];
      return [name, { status: 'ok', value: new Sensitive(field.value, new Date(field.expiresAt)) }];
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
    const [context, { signal, blob, ...life }] = entryMembers(entry, { ...options });
    const attached = blob && { ref: blob.ref, proof: blob.proof };
    const members = [...lifeMembers(life), ...textMembers({ blob: attached }), ...context];
    const answer = await this.#call({ signal }, (send) => send('incoming', members, incomingAnswer));
    const { expiresAt, ...sealed } = answer;
    return { ...sealed, ...(expiresAt && { expiresAt: new Date(expiresAt) }), entry: sealed.entry as Json };
  }

  /**
   * What {@link Daykey.incoming} would do with an entry, part by part, and why; up to 1,024 parts. Seals nothing and writes
   * nothing. Refs that `incoming` would refuse are refused here too.
   *
   * @throws DaykeyProblem as {@link Daykey.incoming} does.
   */
  async explain(entry: Entry, options?: ExplainOptions): Promise<Explanation> {
    const [members, call] = entryMembers(entry, { ...options });
    return this.#call(call, (send) => send('explain', members, explainAnswer));
  }

  /**
   * Sends any JSON out. Up to 1,024 refs in it are opened for an integration that may get plaintext, and redacted for any
   * other.
   *
   * @throws DaykeyProblem `invalid-request`, `too-large`, `ref-not-allowed`; `unauthenticated`; a transient one.
   */
  async outgoing(entry: unknown, options?: OutgoingOptions): Promise<OpenedEntry> {
    const { redactAs, ...call } = { ...options };
    const members: Member[] = [['entry', jsonText(entry, ['entry'])], ...textMembers({ redactAs })];
    const answer = await this.#call(call, (send) => send('outgoing', members, outgoingAnswer));
    return { ...answer, entry: answer.entry as Json };
  }

  /**
   * A state with refs in it, `{ "$sensitive": ref }` at any place, as a platform keeps it for a flow, a thread or a user:
   * encrypted, redacted and decrypted. Entries that {@link Daykey.incoming} gave are such states too.
   */
  scope<State>(state: State): Scope<State> {
    return scopeOf(state, (refs, options) => this.decrypt(refs, options));
  }

  /**
   * Seals a blob: an image, a recording, a file of up to 5 GB. Encrypts it on the way to the store, in constant memory; no
   * byte of it passes the vault. Gives its ref once it is stored.
   *
   * A stream needs its `size`, and is read once: if its upload breaks off the call rejects. The time of a call, `totalMs`,
   * is for the requests to the vault; the upload may take as long as it moves, at least once in `timeoutMs`.
   *
   * @throws DaykeyProblem `invalid-request` for a source of another size; as {@link Daykey.encrypt} does; `refused`, and
   * transient ones, of the store.
   */
  async sealBlob(source: BlobSource, options?: SealBlobOptions): Promise<SealedBlob> {
    const { signal, size, onProgress, ...life } = { ...options };
    const sized = sizedSource(source, size);
    const { bytes } = sized;
    const members = [...lifeMembers(life), ...textMembers({ bytes })];
    const sealed = await this.#call({ signal }, (send) => send('seal-blob', members, sealBlobAnswer));
    await uploadBlob(sized, sealed, { ...this.#store(), signal, onProgress });
    const { ref, proof, expiresAt } = sealed;
    return { ref: ref as SealedBlob['ref'], proof, bytes, expiresAt: new Date(expiresAt) };
  }

  /**
   * Opens the ref of a blob: audited as any other ref. The bytes come when they are read, or a part of them.
   *
   * @throws DaykeyProblem `invalid-request` for the ref of a value; `unauthenticated`, `forbidden`; a transient one.
   */
  async openBlob(ref: string, options?: CallOptions): Promise<DecryptedBlob> {
    const members = textMembers({ ref });
    const open = async (call: CallOptions | undefined) => {
      const opened = await this.#call(call, (send) => send('open-blob', members, openBlobAnswer));
      if (opened.status === 'value') throw invalidRequest('this is the ref of a value: decrypt opens it', ['ref']);
      return opened.status === 'ok' ? opened : undefined;
    };
    const opened = await open(options);
    if (opened === undefined) return { status: 'redacted' };
    const blob = new SensitiveBlob(opened, { ...this.#store(), reopen: (signal) => open({ signal }) });
    return { status: 'ok', blob };
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
      throw invalidRequest('a subject or refs are expected', ['target']);
    }
    const texts = kind === 'subject' ? [jsonText(what, [kind])] : refBatches(what).map(objectText);
    const answers = await this.#call(options, (send) =>
      fewAtOnce(texts, (text) => send('erase', [[kind, text]], eraseAnswer)),
    );
    return answers.reduce((sum, { erased }) => sum + erased, 0);
  }

  /** How blobs are put into the store and got from it. */
  #store() {
    const { maxTries, timeoutMs, pause } = this.#retry;
    const never = new AbortController().signal;
    return {
      maxTries,
      idleMs: Math.min(timeoutMs, LONGEST_TIMER_MS),
      insecureHttp: this.#insecureHttp,
      pause: (tries: number, signal: AbortSignal | undefined) => pause(jitterMs(tries), signal ?? never),
    };
  }

  /** Does the work of one call within its time. */
  #call<Result>(options: CallOptions | undefined, work: (send: Send) => Promise<Result>): Promise<Result> {
    const { signal, ...others } = { ...options };
    noOthers(others);
    if (signal && !(signal instanceof AbortSignal)) throw invalidRequest('an AbortSignal is expected', ['signal']);
    const { totalMs } = this.#retry;
    const endsAtMs = performance.now() + totalMs;
    return within(totalMs, signal, (ending) =>
      work(async (operation, members, checked) => {
        const body = objectText(members);
        const time = { signal: ending, endsAtMs };
        return checked(await retrying(this.#retry, time, (trying) => this.#try(operation, body, trying)));
      }),
    );
  }

  /** The body of an answer of status 200. */
  async #try(operation: Operation, body: string, signal: AbortSignal): Promise<unknown> {
    const authorization = await this.#identity();
    // A transport of the caller's may give anything.
    let answer: Partial<WireAnswer> | undefined;
    try {
      answer = await this.#transport({ app: this.#app, operation, authorization, body, signal });
    } catch (error) {
      throw error instanceof DaykeyProblem ? error : unreachable(error);
    }
    if (answer?.status === 200) return answer.body;
    throw problemIn(answer?.status, answer?.body, answer?.retryAfterSeconds);
  }
}

/** Opens a batch. Values that are too large for one answer are asked for in halves: only the vault knows their sizes. */
async function opened(send: Send, batch: Member[]): Promise<ReturnType<typeof decryptAnswer>> {
  try {
    return await send('decrypt', [['refs', objectText(batch)]], (answer) => decryptAnswer(answer, batch));
  } catch (error) {
    if (!(error instanceof DaykeyProblem) || error.code !== 'too-large' || batch.length < 2) throw error;
    const half = Math.ceil(batch.length / 2);
    return [...(await opened(send, batch.slice(0, half))), ...(await opened(send, batch.slice(half)))];
  }
}

/** Refs in batches that fit one request each. No refs give one empty batch: the vault gives the best error message. */
function refBatches(refs: unknown): Member[][] {
  const members = namedMembers(refs, ['refs']).map(([name, ref]): Member => [name, jsonText(ref, ['refs', name])]);
  return members.length === 0 ? [[]] : batchesOf(members);
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
