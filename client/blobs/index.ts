// The entry `daykey/blobs`: seals and opens images, recordings and files of up to 5 GB, in constant memory.

import { isJsonObject } from '../../wire/json-object.ts';
import type { OpenBlobResponse, OpenedBlob } from '../../wire/open-blob.ts';
import type { SealBlobResponse } from '../../wire/seal-blob.ts';
import { checked, isInstant, passes, type Shape } from '../sdk/answers.ts';
import { optionsIn, textMembers } from '../sdk/arguments.ts';
import { CONNECTION } from '../sdk/connection.ts';
import type { Daykey } from '../sdk/daykey.ts';
import { LONGEST_TIMER_MS } from '../sdk/deadline.ts';
import { type LifeOptions, lifeMembers } from '../sdk/life.ts';
import { invalidRequest, isText } from '../sdk/problem.ts';
import { jitterMs } from '../sdk/retry.ts';
import type { CallOptions, Ref } from '../sdk/verbs.ts';
import { type BlobSource, sizedSource } from './blob-source.ts';
import { checkProgress, SensitiveBlob } from './sensitive-blob.ts';
import { uploadBlob } from './upload-blob.ts';

export type { BlobSource } from './blob-source.ts';
export { type ReadOptions, SensitiveBlob } from './sensitive-blob.ts';

/** How long a blob lives, and how it is read. */
export interface SealBlobOptions extends CallOptions, LifeOptions {
  /** Bytes of a stream. Other sources know their size. */
  readonly size?: number | undefined;
  /** Called with the number of bytes that are sealed, and of all of them. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** A blob that is sealed and stored. */
export interface SealedBlob {
  /** Opens the blob: `openBlob`. Stands in entries as any other ref. */
  readonly ref: Ref<never>;
  /** Lets the integration that sealed the blob attach it to an entry: the option `blob` of `incoming`. */
  readonly proof: string;
  /** Its size. */
  readonly bytes: number;
  /** From this instant on it cannot be opened. */
  readonly expiresAt: Date;
}

/** A blob that was opened, or not. */
export type DecryptedBlob =
  | {
      /** The blob can be read. */
      readonly status: 'ok';
      /** Wrapped, so that only `read` and `reveal` show its bytes. */
      readonly blob: SensitiveBlob;
    }
  | {
      /** Expired, erased, another app's, or never a ref: the vault does not say which. */
      readonly status: 'redacted';
    };

/** What can be done with blobs. Both functions work without the object that holds them. */
export interface Blobs {
  /**
   * Seals a blob. Encrypts it on the way to the store, in constant memory; no byte of it passes the vault. Gives its ref
   * once it is stored.
   *
   * A stream needs its `size`, and is read once: if its upload breaks off the call rejects. The time of a call, `totalMs`,
   * is for the requests to the vault; the upload may take as long as it moves, at least once in `timeoutMs`.
   *
   * @throws DaykeyProblem `invalid-request` for a source of another size; as `Daykey.encrypt` does; `refused`, and
   * transient ones, of the store.
   */
  sealBlob(source: BlobSource, options?: SealBlobOptions): Promise<SealedBlob>;
  /**
   * Opens the ref of a blob: audited as any other ref. The bytes come when they are read, or a part of them.
   *
   * @throws DaykeyProblem `invalid-request` for the ref of a value; `unauthenticated`, `forbidden`; a transient one.
   */
  openBlob(ref: string, options?: CallOptions): Promise<DecryptedBlob>;
}

/** The blobs of a vault, with the app, the identity and the patience of this `Daykey`. */
export function blobs(vault: Daykey): Blobs {
  const { call, retry, insecureHttp } = vault[CONNECTION]();
  const never = new AbortController().signal;
  const store = {
    maxTries: retry.maxTries,
    idleMs: Math.min(retry.timeoutMs, LONGEST_TIMER_MS),
    insecureHttp,
    pause: (tries: number, signal: AbortSignal | undefined) => retry.pause(jitterMs(tries), signal ?? never),
  };

  async function open(ref: string, options: CallOptions | undefined): Promise<OpenedBlob | undefined> {
    const members = textMembers({ ref });
    const answer = await call(options, (send) =>
      send<Pick<OpenBlobResponse, 'status'>>('open-blob', members, openBlobAnswer),
    );
    if (answer.status === 'value') throw invalidRequest('this is the ref of a value: decrypt opens it', ['ref']);
    return answer.status === 'redacted' ? undefined : checked<OpenedBlob>(answer, openedBlob);
  }

  return {
    async sealBlob(source, options) {
      const { signal, size, onProgress, ...life } = optionsIn(options);
      checkProgress(onProgress);
      const sized = sizedSource(source, size);
      const { bytes } = sized;
      const members = [...lifeMembers(life), ...textMembers({ bytes })];
      const sealed = await call({ signal }, (send) => send('seal-blob', members, sealBlobAnswer));
      await uploadBlob(sized, sealed, { ...store, signal, onProgress });
      const { ref, proof, expiresAt } = sealed;
      return { ref: ref as SealedBlob['ref'], proof, bytes, expiresAt: new Date(expiresAt) };
    },
    async openBlob(ref, options) {
      const opened = await open(ref, options);
      if (opened === undefined) return { status: 'redacted' };
      return { status: 'ok', blob: new SensitiveBlob(opened, { ...store, reopen: (signal) => open(ref, { signal }) }) };
    },
  };
}

/** The key of a blob, and where to put the blob. */
const sealBlobAnswer: Shape<SealBlobResponse> = {
  ref: isText,
  proof: isText,
  key: isText,
  context: isText,
  expiresAt: isInstant,
  upload: (upload) => passes(upload, { url: isText, headers: isTextMap, expiresAt: isInstant }),
};

/** Whether a blob is opened. */
const openBlobAnswer = { status: isText };

/** What opens a blob. */
const openedBlob: Shape<OpenedBlob> = {
  status: (it) => it === 'ok',
  key: isText,
  context: isText,
  bytes: Number.isSafeInteger,
  url: isText,
  urlExpiresAt: isInstant,
  expiresAt: isInstant,
};

function isTextMap(value: unknown): boolean {
  return isJsonObject(value) && Object.values(value).every(isText);
}
