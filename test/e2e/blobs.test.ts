// Blobs on the deployed vault: sealed and opened by the SDK, stored by S3, and of no use to anyone without the vault.

import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, inject, test } from 'vitest';
import { blobs, type SensitiveBlob } from '../../client/blobs/index.ts';
import { apiToken, Daykey } from '../../client/sdk/index.ts';
import { presignedUrl } from '../../lambda/s3/presigned-url.ts';
import { bundleIdIn, parseRef } from '../../vault/domain/envelope/ref.ts';
import { CHUNK_BYTES, sealedLength } from '../../wire/cobblestone.ts';
import type { OpenBlobResponse } from '../../wire/open-blob.ts';
import type { SealBlobResponse } from '../../wire/seal-blob.ts';
import { userWith } from '../attacks/deployed/attacker.ts';
import { present } from '../support/envelope.ts';
import { ask, integrationNamed } from '../support/vault.ts';

const MB = 1024 ** 2;
/** The sweeper runs every minute, and may just have run. */
const SWEPT_WITHIN_MS = 120_000;
const EDGES = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1];
/** `DAYKEY_TEST_BLOB_MB=1024` sends a larger one, and prints what it took. */
const ASKED_MB = process.env.DAYKEY_TEST_BLOB_MB;
const LARGE_BYTES = Number(ASKED_MB ?? 64) * MB;
// What is no longer reachable but not collected yet is not held.
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
/** What the process may hold of a large blob, in bytes: some buffers of the network, and never the blob. */
const MAX_HELD_BYTES = 8 * MB;

describe('a blob', () => {
  test.each(EDGES)('of %d bytes comes back as it was, whole and in part', async (bytes) => {
    const content = randomBytes(bytes);
    const { ref } = await blobs(as('web')).sealBlob(content);
    const blob = await opened(ref);
    expect(blob.bytes).toBe(bytes);
    expect((await blob.reveal()).equals(content)).toBe(true);
    const middle = bytes >> 1;
    expect((await blob.reveal({ start: middle })).equals(content.subarray(middle))).toBe(true);
  });

  test(`of ${LARGE_BYTES / MB} MB goes through as a stream, in constant memory`, async () => {
    const piece = randomBytes(MB);
    const source = () => Readable.from(Array.from({ length: LARGE_BYTES / MB }, () => piece));
    const held = await heldBytes();
    const startedMs = performance.now();
    const { ref } = await blobs(as('web')).sealBlob(source(), { size: LARGE_BYTES });
    const sealedMs = performance.now();
    const blob = await opened(ref);
    let at = 0;
    let areRight = true;
    let mostHeld = await held();
    for await (const part of blob.read()) {
      const start = at % MB;
      areRight &&= part.equals(piece.subarray(start, start + part.length));
      at += part.length;
      if (at % (16 * MB) === 0) mostHeld = Math.max(mostHeld, await held());
    }
    const openedMs = performance.now();
    mostHeld = Math.max(mostHeld, await held());
    if (ASKED_MB !== undefined) {
      const seconds = [sealedMs - startedMs, openedMs - sealedMs].map((ms) => (ms / 1000).toFixed(1));
      const most = (mostHeld / MB).toFixed(1);
      console.info(`sealed in ${seconds[0]} s, opened in ${seconds[1]} s, held at most ${most} MB of buffers`);
    }
    expect([at, areRight]).toEqual([LARGE_BYTES, true]);
    expect(mostHeld).toBeLessThan(MAX_HELD_BYTES);
    // A part in the middle of it, across a chunk's edge.
    const start = 40 * MB + CHUNK_BYTES - 5;
    expect((await blob.reveal({ start, end: start + 10 })).equals(piece.subarray(start % MB, (start % MB) + 10))).toBe(
      true,
    );
  });

  test('is stored encrypted: nothing of it is in the bucket', async () => {
    const content = Buffer.alloc(100_000, 'sesame-4711 ');
    const { ref } = await blobs(as('web')).sealBlob(content);
    const { body } = await ask('desk', 'open-blob', { ref });
    const stored = Buffer.from(await (await fetch((body as { url: string }).url)).arrayBuffer());
    expect(stored).toHaveLength(sealedLength(content.length));
    expect(stored.includes('sesame')).toBe(false);
  });

  test('is taken once, with the right length, and its URL gives nothing back', async () => {
    const { upload } = (await ask('web', 'seal-blob', { bytes: 100 })).body as SealBlobResponse;
    const put = (bytes: number) =>
      fetch(upload.url, { method: 'PUT', headers: { 'if-none-match': '*' }, body: randomBytes(bytes) });
    expect((await put(171)).status).toBe(403);
    expect((await put(172)).status).toBe(200);
    expect((await put(172)).status).toBe(412);
    expect((await fetch(upload.url)).status).toBe(403);
  });

  test('that was never uploaded is gone', async () => {
    const { ref } = (await ask('web', 'seal-blob', { bytes: 100 })).body as SealBlobResponse;
    await expect((await opened(ref)).reveal()).rejects.toMatchObject({ code: 'gone' });
  });

  test('opens for who may decrypt, and for no other integration or app', async () => {
    const { ref } = await blobs(as('web')).sealBlob(randomBytes(10));
    expect((await ask('analytics', 'open-blob', { ref })).status).toBe(403);
    const { body } = await ask('clinic-web', 'open-blob', { ref });
    expect((body as OpenBlobResponse).status).toBe('redacted');
  });
});

test('no one writes over a blob: the bucket refuses a put without the condition, and one with it', async () => {
  const writer = await userWith(['s3:*']);
  const { ref } = await blobs(as('web')).sealBlob(randomBytes(100));
  const { origin, pathname } = new URL(((await ask('desk', 'open-blob', { ref })).body as { url: string }).url);
  const put = async (headers: Record<string, string>) => {
    const url = await presignedUrl(
      writer.dynamo.config,
      { method: 'PUT', url: new URL(pathname, origin), headers },
      60,
    );
    return (await fetch(url, { method: 'PUT', headers, body: 'other bytes' })).status;
  };
  expect([await put({}), await put({ 'if-none-match': '*' })]).toEqual([403, 412]);
  expect((await opened(ref)).bytes).toBe(100);
});

test('an erased blob is gone from the bucket at once, and an expired one within two minutes', async () => {
  const [erased, expired] = [
    await blobs(as('web')).sealBlob(randomBytes(100)),
    await blobs(as('web')).sealBlob(randomBytes(100), { ttlSeconds: 60 }),
  ];
  const urls = await Promise.all(
    [erased, expired].map(async ({ ref }) => ((await ask('desk', 'open-blob', { ref })).body as { url: string }).url),
  );
  const statuses = async () => Promise.all(urls.map(async (url) => (await fetch(url)).status));
  expect(await statuses()).toEqual([200, 200]);
  expect(await as('desk').erase({ refs: { ref: erased.ref } })).toBe(1);
  expect((await statuses())[0]).toBe(404);
  expect(await blobs(as('desk')).openBlob(erased.ref)).toEqual({ status: 'redacted' });
  const goneByMs = Date.parse(expired.expiresAt.toISOString()) + SWEPT_WITHIN_MS;
  while (Date.now() < goneByMs && (await objectsIn(expired.ref)) > 0) await sleep(2000);
  expect(await objectsIn(expired.ref)).toBe(0);
  expect(await blobs(as('desk')).openBlob(expired.ref)).toEqual({ status: 'redacted' });
}, 240_000);

test('a picture comes in with its blob, and goes out to a trusted integration', async () => {
  const picture = randomBytes(50_000);
  const sealed = await blobs(as('web')).sealBlob(picture);
  const said = { type: 'image.share', data: { mediaType: 'image/png', name: 'me.png' } };
  const { entry } = await as('web').incoming(said, { blob: sealed });
  const { entry: shown, blobs: pointers } = await as('desk').outgoing(entry);
  expect(shown).toMatchObject({ data: { ...said.data, blob: { $sensitive: sealed.ref } } });
  expect(pointers).toEqual(['/data/blob']);
  expect((await (await opened(sealed.ref)).reveal()).equals(picture)).toBe(true);
  const { entry: stars } = await as('analytics').outgoing(entry);
  expect(stars).toMatchObject({ data: { name: '★★★★★', blob: '★★★★★' } });
});

/** How many objects the bucket has under the ID of a ref's bundle, as the emulator's root user sees it. */
async function objectsIn(ref: string): Promise<number> {
  const id = bundleIdIn(present(parseRef(ref)).refId);
  const root = { accessKeyId: 'test', secretAccessKey: 'test' };
  const signing = { credentials: async () => root, region: async () => 'us-east-1' };
  const list = new URL(`${inject('endpoint')}/${inject('vault').blobBucket}/?list-type=2`);
  const response = await fetch(await presignedUrl(signing, { method: 'GET', url: list }, 60));
  return (await response.text()).split(`/${id}<`).length - 1;
}

function as(integration: string): Daykey {
  const { app, token } = integrationNamed(integration);
  return new Daykey({ app, url: inject('vault').url, identity: apiToken(token ?? '') });
}

async function opened(ref: string): Promise<SensitiveBlob> {
  const field = await blobs(as('desk')).openBlob(ref);
  if (field.status !== 'ok') throw new Error('the blob is redacted');
  return field.blob;
}

/**
 * Bytes of buffers that are held now, beyond those of before. Other threads free what was collected, some time later on a busy machine:
 * the least of several looks counts.
 */
async function heldBytes(): Promise<() => Promise<number>> {
  const reachable = async () => {
    let least = Number.POSITIVE_INFINITY;
    for (let looks = 0; looks < 5; looks += 1) {
      collect();
      await sleep(10);
      least = Math.min(least, process.memoryUsage().arrayBuffers);
    }
    return least;
  };
  const before = await reachable();
  return async () => (await reachable()) - before;
}
