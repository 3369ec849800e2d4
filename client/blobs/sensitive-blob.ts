// A blob in the caller's hands: stars to everything but `read` and `reveal`, and gone from memory piece by piece.

import {
  type ChunkedMessage,
  MESSAGE_HEADER_BYTES,
  NotAuthentic,
  opening,
  openMessage,
  sealedLength,
  sealedRange,
} from '../../wire/cobblestone.ts';
import type { OpenedBlob } from '../../wire/open-blob.ts';
import { REDACTED } from '../../wire/refs.ts';
import { noOthers, optionsIn } from '../sdk/arguments.ts';
import { DaykeyProblem, invalidRequest } from '../sdk/problem.ts';
import { damaged, getObject, type StoreOptions } from './object-store.ts';

/** Which bytes of a blob to read, and how. */
export interface ReadOptions {
  /** The first byte. @default 0 */
  readonly start?: number | undefined;
  /** The byte behind the last one. @default the size */
  readonly end?: number | undefined;
  /** Ends the reading with `aborted`, or `timed-out` for `AbortSignal.timeout(ms)`. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of bytes that have been read, and of those asked for. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** What a blob needs of its vault. */
export interface BlobVault extends Pick<StoreOptions, 'idleMs' | 'insecureHttp'> {
  /** How often in a row reading may fail. */
  readonly maxTries: number;
  pause(tries: number, signal: AbortSignal | undefined): Promise<void>;
  /** Opens the ref again; `undefined` when it is redacted by now. */
  reopen(signal: AbortSignal | undefined): Promise<OpenedBlob | undefined>;
}

let instances = 0;

/** @throws DaykeyProblem `invalid-request` for anything but a function or `undefined`. */
export function checkProgress(onProgress: unknown): void {
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw invalidRequest('function expected', ['onProgress']);
  }
}

/**
 * A blob that was opened. It holds a key and no bytes: `read` gets them from the store, decrypts them, and gives none
 * that is not authenticated. Printed, inspected, concatenated, put into JSON or cloned it is `★★★★★`. To a deep comparison
 * no two are equal, whatever they hold.
 */
export class SensitiveBlob {
  /** All that a clone or a spread of it shows of the blob. */
  readonly redacted: typeof REDACTED = REDACTED;
  /** A unique number, so that deep comparisons find two of them different. Below 0, unlike that of a `Sensitive`. */
  readonly instance: number;
  readonly #vault: BlobVault;
  #opened: OpenedBlob;
  #message: ChunkedMessage | undefined;

  /** @internal Made by `Daykey.openBlob`. */
  constructor(opened: OpenedBlob, vault: BlobVault) {
    this.#opened = opened;
    this.#vault = vault;
    instances += 1;
    this.instance = -instances;
    Object.freeze(this);
  }

  /** Its size in bytes. */
  get bytes(): number {
    return this.#opened.bytes;
  }

  /** When the life of the blob ends. */
  get expiresAt(): Date {
    return new Date(this.#opened.expiresAt);
  }

  /**
   * The bytes from `start` to, not including, `end`, in pieces of up to 16 KB. A download that breaks off goes on where
   * it stopped; for that the ref may be opened once more, which is audited once more.
   *
   * @throws DaykeyProblem `damaged` instead of a byte that is not what was sealed; `gone` when the blob has ended or was
   * never uploaded; `invalid-request`, `refused`; a transient one.
   */
  async *read(options?: ReadOptions): AsyncGenerator<Buffer> {
    const { start = 0, end = this.bytes, signal, onProgress, ...others } = optionsIn(options);
    noOthers(others);
    if (signal && !(signal instanceof AbortSignal)) throw invalidRequest('AbortSignal expected', ['signal']);
    checkProgress(onProgress);
    const isRange = Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start <= end;
    if (!isRange || end > this.bytes) {
      throw new DaykeyProblem('invalid-request', `0 to ${this.bytes} is expected`, { paths: ['start', 'end'] });
    }
    let at = start;
    let isDone = false;
    for (let tries = 1; !isDone; tries += 1) {
      try {
        for await (const piece of this.#decrypted(at, end, signal)) {
          at += piece.length;
          tries = 1;
          onProgress?.(at - start, end - start);
          yield piece;
        }
        isDone = true;
      } catch (error) {
        if (error instanceof NotAuthentic) throw damaged();
        if (!(error instanceof DaykeyProblem) || !isWorthAnotherTry(error) || tries >= this.#vault.maxTries)
          throw error;
        await this.#vault.pause(tries, signal);
        // A URL lives for a minute at most. No clock of ours decides that: it may differ from the store's.
        if (error.status === 403) await this.#reopen(signal);
      }
    }
  }

  /** The bytes in one piece of memory. @throws DaykeyProblem as {@link SensitiveBlob.read} does. */
  async reveal(options?: ReadOptions): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const piece of this.read(options)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  /** Stars, for templates, concatenation and every operator. */
  toString(): typeof REDACTED {
    return REDACTED;
  }

  /** Stars, for `JSON.stringify`. */
  toJSON(): typeof REDACTED {
    return REDACTED;
  }

  /** Stars, for `util.inspect` and so for `console.log`. */
  [Symbol.for('nodejs.util.inspect.custom')](): typeof REDACTED {
    return REDACTED;
  }

  async *#decrypted(start: number, end: number, signal: AbortSignal | undefined): AsyncIterable<Buffer> {
    const range = sealedRange(start, end, this.bytes);
    // From the beginning, one request gives the header too.
    const isFromHeader = this.#message === undefined && range.firstChunk === 0;
    const message = isFromHeader ? undefined : (this.#message ?? (await this.#readHeader(signal)));
    const part = await this.#get(isFromHeader ? 0 : range.start, range.end, signal);
    let skip = range.skipBytes;
    let left = end - start;
    const taken = function* (chunks: Iterable<Buffer>): Iterable<Buffer> {
      for (const chunk of chunks) {
        const piece = chunk.subarray(skip, skip + left);
        skip = 0;
        left -= piece.length;
        if (piece.length > 0) yield piece;
      }
    };
    let header = Buffer.alloc(0);
    let stream = message && opening(message, range);
    for await (const received of part) {
      let piece = received;
      if (stream === undefined) {
        header = Buffer.concat([header, piece]);
        if (header.length < MESSAGE_HEADER_BYTES) continue;
        piece = header.subarray(MESSAGE_HEADER_BYTES);
        stream = opening(this.#begin(header.subarray(0, MESSAGE_HEADER_BYTES)), range);
      }
      yield* taken(stream.push(piece));
    }
    if (stream === undefined) throw damaged();
    yield* taken(stream.end());
  }

  async #readHeader(signal: AbortSignal | undefined): Promise<ChunkedMessage> {
    const pieces: Buffer[] = [];
    for await (const piece of await this.#get(0, MESSAGE_HEADER_BYTES, signal)) pieces.push(piece);
    return this.#begin(Buffer.concat(pieces));
  }

  #begin(header: Buffer): ChunkedMessage {
    const { key, context } = this.#opened;
    this.#message = openMessage(Buffer.from(key, 'base64url'), header, Buffer.from(context, 'base64url'));
    return this.#message;
  }

  async #get(start: number, end: number, signal: AbortSignal | undefined): Promise<AsyncIterable<Buffer>> {
    const { pieces, objectBytes } = await getObject(this.#opened.url, start, end, { ...this.#vault, signal });
    // The vault says how long the blob is, and what it says is authenticated.
    if (objectBytes !== sealedLength(this.bytes)) throw damaged();
    return pieces;
  }

  async #reopen(signal: AbortSignal | undefined): Promise<void> {
    const opened = await this.#vault.reopen(signal);
    if (opened === undefined) throw new DaykeyProblem('gone', 'the blob has ended');
    this.#opened = opened;
  }
}

/** A store refuses a URL that has expired in the meantime; the vault signs another one. */
function isWorthAnotherTry({ isTransient, code, status }: DaykeyProblem): boolean {
  return isTransient || (code === 'refused' && status === 403);
}
