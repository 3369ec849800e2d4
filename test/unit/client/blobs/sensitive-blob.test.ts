// Blobs through the SDK: in parts, over a network that breaks off, and from a store that someone has changed.

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { inspect, isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type BlobSource, blobs, type SensitiveBlob } from '../../../../client/blobs/index.ts';
import { Sensitive, type WireRequest } from '../../../../client/sdk/index.ts';
import type { StoreAnswer, StoreRequest } from '../../../../vault/memory/blob-store.ts';
import { type MemoryVault, memoryVault } from '../../../support/memory-vault.ts';
import { direct, overRest } from '../sdk/callers.ts';

const CONTENT = randomBytes(100_000);

describe.each([
  ['over REST', overRest],
  ['directly', direct],
])('%s', (_, client) => {
  test.each<[what: string, source: () => BlobSource, size?: number]>([
    ['bytes', () => CONTENT],
    ['a Blob', () => new Blob([CONTENT])],
    ['a stream of Node', () => Readable.from([CONTENT.subarray(0, 7), CONTENT.subarray(7)]), CONTENT.length],
    ['a stream of the web', () => new Blob([CONTENT]).stream(), CONTENT.length],
  ])('%s come back as they were, with progress', async (_what, source, size) => {
    const vault = await memoryVault();
    const [sent, got]: [number[], number[]] = [[], []];
    const sealed = await blobs(client(vault, 'web')).sealBlob(source(), {
      size,
      onProgress: (done) => sent.push(done),
    });
    const blob = await opened(vault, sealed.ref);
    expect((await blob.reveal({ onProgress: (done) => got.push(done) })).equals(CONTENT)).toBe(true);
    expect([sealed.bytes, blob.bytes, sent.at(-1), got.at(-1)]).toEqual(Array(4).fill(CONTENT.length));
    expect(blob.expiresAt).toEqual(sealed.expiresAt);
  });
});

test.each([[{}], [{ status: 'new' }], [{ status: 'ok', key: 'k' }]])(
  'the answer %j is unintelligible',
  async (body) => {
    const vault = await memoryVault();
    const opening = blobs(overRest(vault, 'desk', { transport: async () => ({ status: 200, body }) })).openBlob(
      'dk2_x',
    );
    await expect(opening).rejects.toMatchObject({ code: 'unintelligible' });
  },
);

test('a blob prints as stars, however it is looked at', async () => {
  const vault = await memoryVault();
  const blob = await opened(vault, (await blobs(overRest(vault, 'web')).sealBlob(CONTENT)).ref);
  expect([String(blob), `${blob}`, JSON.stringify({ blob }), inspect({ blob })].join(' ')).not.toMatch(
    /key|http|[0-9]{3}/,
  );
  expect(structuredClone({ ...blob })).toEqual({ redacted: '★★★★★', instance: blob.instance });
});

test('two blobs are different to every deep comparison, and no `Sensitive` is equal to one', async () => {
  const vault = await memoryVault();
  const { ref } = await blobs(overRest(vault, 'web')).sealBlob(CONTENT);
  const [one, same] = [await opened(vault, ref), await opened(vault, ref)];
  for (const other of [same, new Sensitive('x', new Date(8e15)), { ...same }, structuredClone({ ...same })]) {
    expect(one).not.toEqual(other);
    expect(isDeepStrictEqual([one], [other])).toBe(false);
  }
  expect(one).toEqual(one);
});

test.each<[what: string, source: unknown, options?: object]>([
  ['nothing', undefined],
  ['null', null],
  ['a text', 'x'],
  ['an ArrayBuffer', new ArrayBuffer(3)],
  ['another typed array', new Uint16Array(3)],
  ['a Sensitive', new Sensitive('x', new Date(8e15))],
  ['a size that is a text', Readable.from([]), { size: '3' }],
  ['a size below 0', Readable.from([]), { size: -1 }],
  ['a size that the bytes do not have', CONTENT, { size: 3 }],
  ['an unknown option', CONTENT, { ttl: 60 }],
  ['a signal in the place of options', CONTENT, AbortSignal.abort()],
  ['a progress that is no function', CONTENT, { onProgress: 5 }],
  ['a signal that is none', CONTENT, { signal: 5000 }],
])('%s is refused by sealBlob before any request', async (_, source, options) => {
  const vault = await memoryVault();
  const sealing = blobs(overRest(vault, 'web')).sealBlob(source as BlobSource, options);
  await expect(sealing).rejects.toMatchObject({ name: 'DaykeyProblem', code: 'invalid-request' });
  expect(vault.telemetry.requests).toEqual([]);
});

test.each<[options: object]>([
  [{ start: -1 }],
  [{ end: CONTENT.length + 1 }],
  [{ start: 5, end: 4 }],
  [{ start: 0.5 }],
  [{ start: null }],
  [{ ends: 5 }],
  [{ signal: 5000 }],
  [{ onProgress: 'x' }],
  [AbortSignal.abort()],
])('reading with %j is refused', async (range) => {
  const vault = await memoryVault();
  const blob = await opened(vault, (await blobs(overRest(vault, 'web')).sealBlob(CONTENT)).ref);
  await expect(blob.reveal(range)).rejects.toMatchObject({ code: 'invalid-request' });
});

test('a range that the blob does not have is refused with its size', async () => {
  const vault = await memoryVault();
  const blob = await opened(vault, (await blobs(overRest(vault, 'web')).sealBlob(CONTENT)).ref);
  const refused = { detail: '0 to 100000 is expected', paths: ['start', 'end'] };
  await expect(blob.reveal({ end: 100_001 })).rejects.toMatchObject(refused);
});

test.each([
  [0, 100_000],
  [0, 1],
  [5, 5],
  [16_000, 50_000],
  [16_384, 32_768],
  [99_999, 100_000],
  [100_000, 100_000],
])('the bytes from %i to %i are read, before others and after them', async (start, end) => {
  const vault = await memoryVault();
  const blob = await opened(vault, (await blobs(overRest(vault, 'web')).sealBlob(CONTENT)).ref);
  const done: unknown[] = [];
  const onProgress = (...progress: unknown[]) => done.push(progress);
  const part = await blob.reveal({ start, end, onProgress });
  expect(part.equals(CONTENT.subarray(start, end))).toBe(true);
  expect(done.at(-1)).toEqual(end > start ? [end - start, end - start] : undefined);
  expect((await blob.reveal({ end: 10 })).equals(CONTENT.subarray(0, 10))).toBe(true);
  expect((await blob.reveal({ start, end })).equals(part)).toBe(true);
});

test('a ref that has expired gives no blob, and that of a value is refused', async () => {
  const vault = await memoryVault();
  const { refs } = await vault.encrypt('web', { a: 1 }, { ttlSeconds: 60 });
  const desk = blobs(overRest(vault, 'desk'));
  await expect(desk.openBlob(refs.a ?? '')).rejects.toMatchObject({
    code: 'invalid-request',
    detail: 'this is the ref of a value: decrypt opens it',
    paths: ['ref'],
  });
  vault.advance(60);
  expect(await desk.openBlob(refs.a ?? '')).toEqual({ status: 'redacted' });
});

test('an object that stands in the place of a new blob is an error', async () => {
  const vault = await memoryVault();
  const { serve } = vault.blobStore;
  vault.blobStore.serve = (request) => {
    serve(request);
    return serve(request);
  };
  await expect(blobs(overRest(vault, 'web')).sealBlob(CONTENT)).rejects.toMatchObject({
    code: 'refused',
    detail: 'the store has an object in the place of this blob already',
  });
});

test.each([
  ['fewer bytes than it says', CONTENT.length + 1],
  ['more bytes than it says', CONTENT.length - 1],
])('a stream with %s is refused, and nothing of it can be opened', async (_, size) => {
  const vault = await memoryVault();
  const sealing = blobs(overRest(vault, 'web')).sealBlob(Readable.from([CONTENT]), { size });
  await expect(sealing).rejects.toMatchObject({ code: 'invalid-request', paths: ['size'] });
  expect(vault.blobStore.objects.size).toBe(0);
});

test('a stream without its size is refused, before any request', async () => {
  const vault = await memoryVault();
  const sealing = blobs(overRest(vault, 'web')).sealBlob(Readable.from([CONTENT]));
  await expect(sealing).rejects.toMatchObject({ code: 'invalid-request' });
  expect(vault.telemetry.requests).toEqual([]);
});

test('an upload whose answer was lost counts as done once the store says that the object is there', async () => {
  const vault = await memoryVault();
  failOnce(vault, (request, real) => {
    real(request);
    throw new Error('cut off');
  });
  const { ref } = await blobs(overRest(vault, 'web')).sealBlob(CONTENT);
  expect((await (await opened(vault, ref)).reveal()).equals(CONTENT)).toBe(true);
});

test('the upload of a stream that breaks off is not repeated', async () => {
  const vault = await memoryVault();
  failOnce(vault, () => {
    throw new Error('cut off');
  });
  const sealing = blobs(overRest(vault, 'web')).sealBlob(Readable.from([CONTENT]), { size: CONTENT.length });
  await expect(sealing).rejects.toMatchObject({ code: 'unreachable' });
});

test('a download that breaks off goes on where it stopped', async () => {
  const vault = await memoryVault();
  const { ref } = await blobs(overRest(vault, 'web')).sealBlob(CONTENT);
  const cut = await cuttingProxy(40_000);
  const transport = async ({ app, operation, authorization, body }: WireRequest) => {
    const { status, body: answer } = await vault.send({ app, operation, authorization, body });
    const { url } = answer as { url: string };
    return { status, body: { ...(answer as object), url: `${cut.origin}/?to=${encodeURIComponent(url)}` } };
  };
  const field = await blobs(overRest(vault, 'desk', { transport })).openBlob(ref);
  if (field.status !== 'ok') throw new Error('redacted');
  expect((await field.blob.reveal()).equals(CONTENT)).toBe(true);
  // The first answer of several was cut, and each one after it began later.
  expect(cut.starts.length).toBeGreaterThan(2);
  expect(cut.starts).toEqual(cut.starts.toSorted((a, b) => a - b));
  cut.close();
});

test('a URL that has expired in the meantime is asked for again', async () => {
  const vault = await memoryVault();
  const blob = await opened(vault, (await blobs(overRest(vault, 'web')).sealBlob(CONTENT)).ref);
  vault.advance(61);
  expect((await blob.reveal()).equals(CONTENT)).toBe(true);
  expect(vault.telemetry.requests.filter(({ operation }) => operation === 'open-blob')).toHaveLength(2);
});

test('a blob that ends while it is read is gone', async () => {
  const vault = await memoryVault();
  const sealed = await blobs(overRest(vault, 'web')).sealBlob(CONTENT, { ttlSeconds: 600 });
  const blob = await opened(vault, sealed.ref);
  vault.advance(601);
  await expect(blob.reveal()).rejects.toMatchObject({ code: 'gone' });
});

describe('what someone changed in the store is damaged, and no wrong byte is handed out:', () => {
  test.each<[what: string, change: (object: Buffer, other: Buffer) => Buffer]>([
    ['one bit of a chunk', (object) => flipped(object, 50_000)],
    ['one bit of the salt', (object) => flipped(object, 3)],
    ['one bit of the commitment', (object) => flipped(object, 40)],
    ['an object that is cut', (object) => object.subarray(0, 60_000)],
    ['an object that is longer', (object) => Buffer.concat([object, Buffer.alloc(16)])],
    ["another blob's object", (_, other) => other],
  ])('%s', async (_, change) => {
    const vault = await memoryVault();
    const { ref } = await blobs(overRest(vault, 'web')).sealBlob(CONTENT);
    const [[key = '', object = Buffer.alloc(0)] = []] = [...vault.blobStore.objects];
    await blobs(overRest(vault, 'web')).sealBlob(randomBytes(CONTENT.length));
    const other = [...vault.blobStore.objects.values()].at(-1) ?? object;
    vault.blobStore.objects.set(key, change(object, other));
    const got: Buffer[] = [];
    const reading = async () => {
      for await (const piece of (await opened(vault, ref)).read()) got.push(piece);
    };
    await expect(reading()).rejects.toMatchObject({ code: 'damaged' });
    const before = Buffer.concat(got);
    expect(before.equals(CONTENT.subarray(0, before.length))).toBe(true);
  });
});

async function opened(vault: MemoryVault, ref: string): Promise<SensitiveBlob> {
  const field = await blobs(overRest(vault)).openBlob(ref);
  if (field.status !== 'ok') throw new Error('the blob is redacted');
  return field.blob;
}

/** Has the store answer its next request in another way. */
function failOnce(
  { blobStore }: MemoryVault,
  act: (request: StoreRequest, real: (request: StoreRequest) => StoreAnswer) => StoreAnswer,
): void {
  const real = blobStore.serve;
  blobStore.serve = (request) => {
    blobStore.serve = real;
    return act(request, real);
  };
}

/** Passes requests on, and breaks off each answer after so many bytes. */
async function cuttingProxy(bytes: number) {
  const starts: number[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const to = new URL(incoming.url ?? '', 'http://proxy.invalid').searchParams.get('to') ?? '';
    const range = incoming.headers.range ?? '';
    starts.push(Number(/(\d+)-/.exec(range)?.[1]));
    const answer = await fetch(to, { headers: { range } });
    const body = Buffer.from(await answer.arrayBuffer());
    const headers = { 'content-range': answer.headers.get('content-range') ?? '', 'content-length': body.length };
    outgoing.writeHead(answer.status, headers);
    if (body.length <= bytes) outgoing.end(body);
    else outgoing.write(body.subarray(0, bytes), () => setTimeout(() => outgoing.destroy(), 20));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    starts,
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => server.close(),
  };
}

function flipped(object: Buffer, at: number): Buffer {
  const changed = Buffer.from(object);
  changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
  return changed;
}
