// A blob from its sealing to its end: what opens it, who may attach it, and what deletes it from the store.

import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { DaykeyError } from '../../../../vault/domain/errors.ts';
import { sweep } from '../../../../vault/usecases/sweep.ts';
import { CHUNK_BYTES, newMessage, sealedLength, sealing } from '../../../../wire/cobblestone.ts';
import { MAX_BLOB_BYTES } from '../../../../wire/limits.ts';
import type { OpenBlobResponse } from '../../../../wire/open-blob.ts';
import type { Operation } from '../../../../wire/operations.ts';
import type { SealBlobResponse } from '../../../../wire/seal-blob.ts';
import { INTEGRATIONS, type MemoryVault, type MemoryVaultOptions, memoryVault } from '../../../support/memory-vault.ts';
import { storeSettings } from '../../../support/store-settings.ts';

const IMAGE = { type: 'image.share', data: { mediaType: 'image/png', name: 'me.png' } };

describe('sealing a blob', () => {
  test('answers a ref, a key for this blob only, and an upload of exactly its sealed length', async () => {
    const vault = await memoryVault();
    const [one, other] = [await sealed(vault, { bytes: CHUNK_BYTES }), await sealed(vault, { bytes: CHUNK_BYTES })];
    expect(one.upload.headers).toEqual({
      'content-length': String(sealedLength(CHUNK_BYTES)),
      'if-none-match': '*',
    });
    for (const member of ['ref', 'key', 'context', 'proof'] as const) expect(one[member]).not.toBe(other[member]);
    expect(Buffer.from(one.key, 'base64url')).toHaveLength(32);
    expect(vault.telemetry.total('FieldsSealed')).toBe(2);
  });

  test('fails, and counts nothing, when the store signs no upload or the bundle cannot be stored', async () => {
    const unavailable = () => Promise.reject(new DaykeyError('unavailable', 'throttled'));
    for (const before of [
      { blobs: (real) => ({ ...real, uploadTo: unavailable }) },
      { bundles: (real) => ({ ...real, insert: unavailable }) },
    ] satisfies MemoryVaultOptions['before'][]) {
      const vault = await memoryVault({ before });
      expect((await vault.call('web', 'seal-blob', { bytes: 5 })).status).toBe(503);
      expect(vault.telemetry.total('FieldsSealed')).toBe(0);
    }
  });

  test.each([
    [600, 600],
    [3600, 900],
  ])('of a life of %d s lets the upload begin within %d s', async (ttlSeconds, seconds) => {
    const vault = await memoryVault();
    const { upload, expiresAt } = await sealed(vault, { bytes: 1, ttlSeconds });
    expect(Date.parse(upload.expiresAt) / 1000).toBe(vault.nowS() + seconds);
    expect(Date.parse(expiresAt) / 1000).toBe(vault.nowS() + ttlSeconds);
  });

  test.each([
    [{ bytes: -1 }, 'invalid-request'],
    [{ bytes: 1.5 }, 'invalid-request'],
    [{ bytes: '1' }, 'invalid-request'],
    [{}, 'invalid-request'],
    [{ bytes: 1, name: 'me.png' }, 'invalid-request'],
    [{ bytes: MAX_BLOB_BYTES + 1 }, 'too-large'],
    [{ bytes: 1, ttlSeconds: 1 }, 'ttl-out-of-range'],
  ])('%j is refused: %s', async (body, code) => {
    const vault = await memoryVault();
    expect((await vault.call('web', 'seal-blob', body)).body).toMatchObject({ code });
  });

  test('of as many bytes as a blob may have is accepted; one more is refused with the limit', async () => {
    const vault = await memoryVault();
    expect((await vault.call('web', 'seal-blob', { bytes: MAX_BLOB_BYTES })).status).toBe(200);
    expect((await vault.call('web', 'seal-blob', { bytes: MAX_BLOB_BYTES + 1 })).body).toMatchObject({
      detail: `a blob has at most ${MAX_BLOB_BYTES} bytes`,
      paths: ['bytes'],
    });
  });
});

test.each([
  [600, 600],
  [3600, 900],
])(
  'an upload of a blob that lives %d s is signed for %d s, and the wrapped key is zero-filled afterwards',
  async (ttlSeconds, seconds) => {
    const signed: number[] = [];
    const given: Buffer[] = [];
    const vault = await memoryVault({
      before: {
        blobs: (real) => ({
          ...real,
          uploadTo: (address, bytes, forS) => {
            signed.push(forS);
            return real.uploadTo(address, bytes, forS);
          },
        }),
        appKek: (real) => ({
          ...real,
          wrap: (slot, context, innerWraps) => {
            given.push(innerWraps);
            return real.wrap(slot, context, innerWraps);
          },
        }),
      },
    });
    await sealed(vault, { bytes: 5, ttlSeconds });
    expect(signed).toEqual([seconds]);
    expect(given.map((bytes) => bytes.equals(Buffer.alloc(bytes.length)))).toEqual([true]);
  },
);

describe('a store that signs no upload while a blob is sealed', () => {
  test('ends no call of KMS that is under way: it gets the key as it is, not zero-filled', async () => {
    const given: Buffer[] = [];
    const vault = await memoryVault({
      before: {
        blobs: (real) => ({ ...real, uploadTo: () => Promise.reject(new DaykeyError('unavailable', 'no session')) }),
        appKek: (real) => ({
          ...real,
          async wrap(slot, context, innerWraps) {
            await new Promise(setImmediate);
            given.push(Buffer.from(innerWraps));
            return await real.wrap(slot, context, innerWraps);
          },
        }),
      },
    });
    expect((await vault.call('web', 'seal-blob', { bytes: 5 })).status).toBe(503);
    await new Promise(setImmediate);
    expect(given.map((bytes) => bytes.equals(Buffer.alloc(bytes.length)))).toEqual([false]);
  });
});

describe('opening a blob', () => {
  test('gives the same key and context, its size, and a URL for a minute, and is audited first', async () => {
    const vault = await memoryVault();
    const { ref, key, context } = await sealed(vault, { bytes: 5 });
    const opened = await openedBy(vault, 'desk', ref);
    expect(opened).toMatchObject({ status: 'ok', key, context, bytes: 5 });
    const { urlExpiresAt } = opened as { urlExpiresAt: string };
    expect(Date.parse(urlExpiresAt) / 1000).toBe(vault.nowS() + 60);
    for await (const intent of vault.auditTrail.intents('shop', 0, Number.MAX_SAFE_INTEGER)) {
      expect(intent).toMatchObject({ operation: 'open-blob', count: 1 });
    }
  });

  test('is refused to an integration that may not decrypt, and redacted for another app', async () => {
    const vault = await memoryVault();
    await vault.addApp('bank');
    const { ref } = await sealed(vault, { bytes: 5 });
    expect((await vault.call('analytics', 'open-blob', { ref })).status).toBe(403);
    const authorization = vault.authorizationOf('desk', 'bank');
    const answer = await vault.send({ app: 'bank', operation: 'open-blob', authorization, body: { ref } });
    expect(answer.body).toEqual({ status: 'redacted', value: '★★★★★' });
  });

  test('a value is no blob, and a blob is no value', async () => {
    const vault = await memoryVault();
    const { ref } = await sealed(vault, { bytes: 5 });
    const { refs } = await vault.encrypt('web', { a: 1 });
    expect(await openedBy(vault, 'desk', refs.a ?? '')).toMatchObject({ status: 'value' });
    expect(await vault.decrypt('desk', { ref })).toMatchObject({ ref: { status: 'blob', value: '★★★★★' } });
    expect(JSON.stringify(await vault.decrypt('desk', { ref }))).not.toContain('key');
  });
});

describe('attaching a blob', () => {
  test('puts its ref into the entry, where only an integration that gets plaintext still has it', async () => {
    const vault = await memoryVault();
    const { ref, proof } = await sealed(vault, { bytes: 5 });
    const { body } = await vault.call('web', 'incoming', { entry: IMAGE, blob: { ref, proof } });
    const { entry } = body as { entry: { data: object } };
    expect(entry.data).toMatchObject({ mediaType: 'image/png', blob: { $sensitive: ref } });
    const desk = (await vault.call('desk', 'outgoing', { entry })).body;
    expect(desk).toMatchObject({ entry: { data: { blob: { $sensitive: ref } } }, blobs: ['/data/blob'], redacted: [] });
    const analytics = (await vault.call('analytics', 'outgoing', { entry })).body;
    expect(analytics).toMatchObject({ entry: { data: { blob: '★★★★★' } }, blobs: [] });
  });

  test.each<[what: string, by: string, change: (blob: SealBlobResponse, other: SealBlobResponse) => object]>([
    ['that another integration sealed', 'desk', ({ ref, proof }) => ({ ref, proof })],
    ["with another blob's proof", 'web', ({ ref }, { proof }) => ({ ref, proof })],
    ['with the proof of a slot that is not there', 'web', ({ ref, proof }) => ({ ref, proof: `1${proof}` })],
  ])('%s is refused', async (_, by, change) => {
    const vault = await memoryVault();
    const blob = change(await sealed(vault, { bytes: 5 }), await sealed(vault, { bytes: 5 }));
    const { body } = await vault.call(by, 'incoming', { entry: IMAGE, blob });
    const detail = 'this integration did not seal this blob: send ref and proof as seal-blob answered them';
    expect(body).toMatchObject({ code: 'ref-not-allowed', paths: ['blob'], detail });
  });

  test('that an integration sealed before it was removed and set up again is refused', async () => {
    const vault = await memoryVault();
    const blob = await sealed(vault, { bytes: 5 });
    const { web: _, ...integrations } = vault.settings.integrations;
    const again = { ...INTEGRATIONS.web, roles: ['111122223333/web'] };
    await storeSettings(vault.keyRing, { ...vault.settings, integrations });
    await storeSettings(vault.keyRing, { ...vault.settings, integrations: { ...integrations, web: again } });
    vault.advance(60);
    const authorization = vault.issueToken('shop', 'web');
    const call = (operation: Operation, body: object) => vault.send({ operation, authorization, body });
    const attach = ({ ref, proof }: SealBlobResponse) => call('incoming', { entry: IMAGE, blob: { ref, proof } });
    expect((await attach(blob)).body).toMatchObject({ code: 'ref-not-allowed' });
    const own = (await call('seal-blob', { bytes: 5 })).body as SealBlobResponse;
    expect((await attach(own)).status).toBe(200);
  });

  test('to an entry that is no media event, or has a blob already, is refused', async () => {
    const vault = await memoryVault();
    const { ref, proof } = await sealed(vault, { bytes: 5 });
    for (const [entry, detail, path] of [
      [{ type: 'text.say', data: {} }, 'only a media event carries a blob', 'entry.type'],
      [{ type: 'image.share', data: { blob: 'x' } }, 'the entry has data.blob already', 'entry.data.blob'],
    ] as const) {
      const { body } = await vault.call('web', 'incoming', { entry, blob: { ref, proof } });
      expect(body).toMatchObject({ code: 'invalid-request', detail, paths: ['blob', path] });
    }
  });

  test('in the entry itself is refused, as any ref from outside', async () => {
    const vault = await memoryVault();
    const { ref } = await sealed(vault, { bytes: 5 });
    const entry = { type: 'image.share', data: { blob: { $sensitive: ref } } };
    expect((await vault.call('web', 'incoming', { entry })).body).toMatchObject({ code: 'ref-not-allowed' });
    expect((await vault.call('bot', 'incoming', { entry })).status).toBe(200);
  });
});

describe('the end of a blob', () => {
  test('comes at its expiry, and the sweeper deletes it from the store', async () => {
    const vault = await memoryVault();
    const { ref } = await uploaded(vault, { ttlSeconds: 3600 });
    vault.advance(3599);
    await sweep(vault.sweepDeps);
    expect([stored(vault), (await openedBy(vault, 'desk', ref)).status]).toEqual([1, 'ok']);
    vault.advance(1);
    expect([stored(vault), (await openedBy(vault, 'desk', ref)).status]).toEqual([1, 'redacted']);
    await sweep(vault.sweepDeps);
    expect(stored(vault)).toBe(0);
  });

  test.each<[what: string, target: (ref: string) => object]>([
    ['its subject', () => ({ subject: 'maya' })],
    ['its ref', (ref) => ({ refs: { ref } })],
  ])('comes with the erasure of %s, at once', async (_, target) => {
    const vault = await memoryVault();
    const { ref } = await uploaded(vault, { subject: 'maya' });
    expect((await vault.call('desk', 'erase', target(ref))).body).toEqual({ erased: 1 });
    expect([stored(vault), (await openedBy(vault, 'desk', ref)).status]).toEqual([0, 'redacted']);
  });

  test('comes also when it is uploaded after it was erased', async () => {
    const vault = await memoryVault();
    const answer = await sealed(vault, { bytes: 5, subject: 'maya' });
    await vault.call('desk', 'erase', { subject: 'maya' });
    vault.advance(899);
    await upload(answer, 5);
    expect(stored(vault)).toBe(1);
    vault.advance(120);
    await sweep(vault.sweepDeps);
    expect(stored(vault)).toBe(0);
  });

  test('leaves the row when the store cannot delete, so that the next sweep tries again', async () => {
    const vault = await memoryVault();
    await uploaded(vault, { ttlSeconds: 60 });
    vault.advance(61);
    const blobs = { remove: () => Promise.reject(new Error('no answer')) };
    await expect(sweep({ ...vault.sweepDeps, blobs })).rejects.toThrow('no answer');
    await sweep(vault.sweepDeps);
    expect(stored(vault)).toBe(0);
  });
});

async function sealed(vault: MemoryVault, body: object): Promise<SealBlobResponse> {
  const { status, text, body: answer } = await vault.call('web', 'seal-blob', body);
  if (status !== 200) throw new Error(text);
  return answer as SealBlobResponse;
}

/** A blob of five bytes that is in the store. */
async function uploaded(vault: MemoryVault, life: object): Promise<SealBlobResponse> {
  const answer = await sealed(vault, { bytes: 5, ...life });
  await upload(answer, 5);
  return answer;
}

async function upload({ key, context, upload: to }: SealBlobResponse, bytes: number): Promise<void> {
  const message = newMessage(Buffer.from(key, 'base64url'), randomBytes(24), Buffer.from(context, 'base64url'));
  const chunks = sealing(message);
  const body = Buffer.concat([...chunks.push(randomBytes(bytes)), ...chunks.end()]);
  const { status } = await fetch(to.url, { method: 'PUT', headers: { 'if-none-match': '*' }, body });
  if (status !== 200) throw new Error(`the upload was answered ${status}`);
}

async function openedBy(vault: MemoryVault, integration: string, ref: string): Promise<OpenBlobResponse> {
  return (await vault.call(integration, 'open-blob', { ref })).body as OpenBlobResponse;
}

function stored({ blobStore }: MemoryVault): number {
  return blobStore.objects.size;
}
