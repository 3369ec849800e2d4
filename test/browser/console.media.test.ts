// Pictures and sounds in a real browser: decrypted in the page, shown by the same rules as values, and never when damaged.

import { randomBytes } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { blobs } from '../../client/blobs/index.ts';
import { MAX_SHOWN_BLOB_BYTES } from '../../vault/domain/console/reveal-rules.ts';
import { CHUNK_BYTES } from '../../wire/cobblestone.ts';
import { picture } from '../support/browser.ts';
import { complaints, it, openFirstEntry, openForEachTest, page, reveal, signIn } from '../support/console-browser.ts';
import { direct } from '../unit/client/sdk/callers.ts';

openForEachTest();

describe('a blob', () => {
  /** Sends a media event whose blob is this, and opens its entry. */
  async function openMedia(content: Buffer): Promise<void> {
    const blob = await blobs(direct(it.vault, 'web')).sealBlob(content);
    const entry = { type: 'image.share', user: { type: 'user' }, data: { mediaType: 'image/png' } };
    const { status, text } = await it.vault.call('web', 'incoming', {
      entry,
      blob: { ref: blob.ref, proof: blob.proof },
    });
    expect([status, text]).toEqual([200, expect.any(String)]);
    await signIn();
    await openFirstEntry();
  }
  /** The URL of the shown element, and whether the page can still read it. */
  const shownUrl = async () => (await page.locator('#value').getAttribute('src')) ?? '';
  const isReadable = (url: string) =>
    page.evaluate(`new Promise((done) => {
      const image = new Image();
      image.onload = () => done(true);
      image.onerror = () => done(false);
      image.src = ${JSON.stringify(url)};
    })`);

  test('that is a picture is shown, decrypted in the page, and its URL ends with the reveal', async () => {
    await openMedia(await somePicture());
    await reveal();
    await page.locator('img#value').waitFor();
    const [width, height] = (await page.evaluate(
      "document.getElementById('value').decode().then(() => [document.getElementById('value').naturalWidth, document.getElementById('value').naturalHeight])",
    )) as number[];
    expect([width, height]).toEqual([640, 480]);
    await picture(page, 'revealed-picture');
    const url = await shownUrl();
    expect([url.startsWith('blob:'), await isReadable(url)]).toEqual([true, true]);
    await page.getByRole('button', { name: 'Hide now' }).click();
    await page.locator('#value').waitFor({ state: 'detached' });
    expect(await isReadable(url)).toBe(false);
    expect(complaints.filter((text) => !text.includes('ERR_FILE_NOT_FOUND'))).toEqual([]);
  });

  test.each([
    ['the window loses the focus', "window.dispatchEvent(new Event('blur'))"],
    ['the page is left', "window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))"],
    ['the person goes elsewhere', "location.hash = '#/shop/keys'"],
  ])('goes away when %s', async (_, event) => {
    await openMedia(await somePicture());
    await reveal();
    await page.locator('img#value').waitFor();
    const url = await shownUrl();
    await page.evaluate(event);
    await page.locator('#value').waitFor({ state: 'detached' });
    expect(await isReadable(url)).toBe(false);
  });

  test('goes away after 30 seconds', async () => {
    await page.clock.install();
    await openMedia(await somePicture());
    await reveal();
    await page.locator('img#value').waitFor();
    await page.clock.runFor(31_000);
    await page.locator('#value').waitFor({ state: 'detached' });
  });

  test('that is a sound is played', async () => {
    await openMedia(someSound(3));
    await reveal();
    await page.locator('audio#value').waitFor();
    const seconds = await page.evaluate(`new Promise((done) => {
      const sound = document.getElementById('value');
      if (sound.readyState > 0) done(sound.duration);
      sound.onloadedmetadata = () => done(sound.duration);
      sound.onerror = () => done(String(sound.error?.message));
    })`);
    expect(seconds).toBe(3);
    await picture(page, 'revealed-sound');
  });

  test.each([0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 5 * CHUNK_BYTES + 7])(
    'of %d bytes that is no picture or sound is fetched, and is not shown',
    async (bytes) => {
      await openMedia(Buffer.alloc(bytes, '<svg onload="window.stolen=1">'));
      await reveal();
      await page.getByText('This file is no picture, sound or video').waitFor();
      expect(await page.locator('#value').count()).toBe(0);
      expect(complaints).toEqual([]);
    },
  );

  test.each<[what: string, change: (object: Buffer) => Buffer]>([
    ['one bit of it is another one', (object) => Buffer.from(object.with(5000, (object[5000] ?? 0) ^ 1))],
    ['it was cut at the end of a chunk', (object) => object.subarray(0, 56 + CHUNK_BYTES + 16)],
    ['two chunks changed places', swapChunks],
    ['its header is that of another key', (object) => Buffer.concat([Buffer.alloc(56), object.subarray(56)])],
  ])('is not shown when %s', async (_, change) => {
    await openMedia(await somePicture());
    const [[key, object] = ['', Buffer.alloc(0)]] = [...it.vault.blobStore.objects];
    it.vault.blobStore.objects.set(key, change(object));
    await reveal();
    await page.getByText('The file is damaged').waitFor();
    expect(await page.locator('#value').count()).toBe(0);
  });

  test('that is too large for the page gives its size, and no key reaches the browser', async () => {
    await openMedia(Buffer.alloc(MAX_SHOWN_BLOB_BYTES + 1));
    await reveal();
    await page.getByText('16.0 MB, which is more than this page shows').waitFor();
    const { answered } = it.requests.find(({ line }) => line.includes('/api/reveal')) ?? { answered: '' };
    expect(JSON.parse(answered).revealed).toEqual({ status: 'too-large', bytes: MAX_SHOWN_BLOB_BYTES + 1 });
  });

  test('that was never uploaded says so', async () => {
    await openMedia(await somePicture());
    it.vault.blobStore.objects.clear();
    await reveal();
    await page.getByText('never uploaded, or has ended').waitFor();
  });

  function swapChunks(object: Buffer): Buffer {
    const chunk = CHUNK_BYTES + 16;
    const [first, second] = [object.subarray(56, 56 + chunk), object.subarray(56 + chunk, 56 + 2 * chunk)];
    return Buffer.concat([object.subarray(0, 56), second, first, object.subarray(56 + 2 * chunk)]);
  }

  /** A PNG of 640 by 480 points, of several chunks. */
  async function somePicture(): Promise<Buffer> {
    const points = randomBytes((640 * 3 + 1) * 480);
    for (let row = 0; row < 480; row += 1) points[row * (640 * 3 + 1)] = 0;
    const header = Buffer.alloc(13);
    header.writeUInt32BE(640, 0);
    header.writeUInt32BE(480, 4);
    header.set([8, 2, 0, 0, 0], 8);
    const part = (name: string, data: Buffer) => {
      const body = Buffer.concat([Buffer.from(name), data]);
      const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
      length.writeUInt32BE(data.length);
      checksum.writeUInt32BE(crc32(body));
      return Buffer.concat([length, body, checksum]);
    };
    const signature = Buffer.from('89504e470d0a1a0a', 'hex');
    const parts = [part('IHDR', header), part('IDAT', deflateSync(points)), part('IEND', Buffer.alloc(0))];
    return Buffer.concat([signature, ...parts]);
  }

  /** A WAV of silence: 8,000 samples a second, one byte each. */
  function someSound(seconds: number): Buffer {
    const header = Buffer.alloc(44);
    header.write('RIFF', 0);
    header.writeUInt32LE(36 + seconds * 8000, 4);
    header.write('WAVEfmt ', 8);
    header.writeUInt32LE(16, 16);
    header.writeUInt16LE(1, 20);
    header.writeUInt16LE(1, 22);
    header.writeUInt32LE(8000, 24);
    header.writeUInt32LE(8000, 28);
    header.writeUInt16LE(1, 32);
    header.writeUInt16LE(8, 34);
    header.write('data', 36);
    header.writeUInt32LE(seconds * 8000, 40);
    return Buffer.concat([header, Buffer.alloc(seconds * 8000, 128)]);
  }
});
