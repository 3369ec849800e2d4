// Puts objects into the store of blobs and gets parts of them, by the URLs that a vault has signed.

import { type ClientRequest, type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { endedBy } from '../sdk/deadline.ts';
import { isAllowed } from '../sdk/http-transport.ts';
import { DaykeyProblem, unreachable } from '../sdk/problem.ts';

/** How to talk to the store. */
export interface StoreOptions {
  readonly signal: AbortSignal | undefined;
  /** How long nothing may move, in milliseconds. */
  readonly idleMs: number;
  /** Also takes `http:` URLs of other machines. */
  readonly insecureHttp: boolean;
}

/** A part of an object. */
export interface ObjectPart {
  /** Bytes of the whole object. */
  readonly objectBytes: number;
  readonly pieces: AsyncIterable<Buffer>;
}

/** @throws DaykeyProblem `gone` unless the object is new; `refused`; a transient one; what `pieces` throws. */
export async function putObject(
  url: string,
  headers: Readonly<Record<string, string>>,
  pieces: AsyncIterable<Uint8Array>,
  options: StoreOptions,
): Promise<'stored' | 'exists'> {
  const request = await begin(url, { method: 'PUT', headers }, options);
  const answered = answerTo(request);
  let fault: unknown;
  const watched = async function* () {
    try {
      yield* pieces;
    } catch (error) {
      fault = error;
      throw error;
    }
  };
  const sent = pipeline(Readable.from(watched()), request);
  try {
    // A store that refuses answers before it has read everything.
    await Promise.race([sent, answered]);
    const answer = await answered;
    answer.resume();
    if (answer.statusCode === 200) return 'stored';
    if (answer.statusCode === 412) return 'exists';
    throw refusal(answer.statusCode);
  } catch (error) {
    throw fault ?? problemOf(error, options.signal);
  } finally {
    // Both may fail later, once the one that counts has been awaited.
    sent.catch(() => {});
    answered.catch(() => {});
    request.destroy();
  }
}

/** The bytes from `start` to, not including, `end`. @throws DaykeyProblem `gone`; `refused`; a transient one. */
export async function getObject(url: string, start: number, end: number, options: StoreOptions): Promise<ObjectPart> {
  const request = await begin(url, { method: 'GET', headers: { range: `bytes=${start}-${end - 1}` } }, options);
  request.end();
  try {
    const answer = await answerTo(request);
    const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(answer.headers['content-range'] ?? '') ?? [];
    if (answer.statusCode !== 206) throw refusal(answer.statusCode);
    if (Number(first) !== start || Number(last) !== end - 1) throw damaged();
    return { objectBytes: Number(total), pieces: piecesOf(answer, request, options.signal) };
  } catch (error) {
    request.destroy();
    throw problemOf(error, options.signal);
  }
}

/** The problem of bytes that are not what was sealed. */
export function damaged(): DaykeyProblem {
  return new DaykeyProblem('damaged', 'what is stored is not what was sealed');
}

async function begin(url: string, how: RequestOptions, options: StoreOptions): Promise<ClientRequest> {
  const to = new URL(url);
  if (!isAllowed(to, options.insecureHttp)) throw new DaykeyProblem('refused', 'the store of blobs has no TLS');
  const request = to.protocol === 'https:' ? requestHttps : requestHttp;
  const signal = options.signal ? { signal: options.signal } : {};
  const begun = request(to, { ...how, ...signal, agent: false });
  begun.setTimeout(options.idleMs, () =>
    begun.destroy(new DaykeyProblem('timed-out', `nothing has moved for ${options.idleMs} ms`)),
  );
  return begun;
}

function answerTo(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', reject);
  });
}

async function* piecesOf(
  answer: IncomingMessage,
  request: ClientRequest,
  signal: AbortSignal | undefined,
): AsyncIterable<Buffer> {
  try {
    yield* answer as AsyncIterable<Buffer>;
  } catch (error) {
    throw problemOf(error, signal);
  } finally {
    request.destroy();
  }
}

/** What a status of the store means. Its body is not read: it repeats the URL. */
function refusal(status = 0): DaykeyProblem {
  if (status === 404)
    return new DaykeyProblem('gone', 'the store has no such blob: it was never uploaded, or it has ended');
  if (status === 416) return damaged();
  if (status >= 500 || status === 429) return new DaykeyProblem('unavailable', `the store of blobs answered ${status}`);
  return new DaykeyProblem('refused', `the store of blobs answered ${status}`, { status });
}

function problemOf(error: unknown, signal: AbortSignal | undefined): DaykeyProblem {
  if (error instanceof DaykeyProblem) return error;
  return signal?.aborted ? endedBy(signal.reason) : unreachable(error);
}
