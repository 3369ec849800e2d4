// The Console in a real browser: sign-in, the log, a reveal that goes away, and nothing left behind.

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { crc32, deflateSync, gzipSync } from 'node:zlib';
import axe from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { blobs } from '../../client/blobs/index.ts';
import { buildPage } from '../../scripts/console-page.mjs';
import { MAX_SHOWN_BLOB_BYTES } from '../../vault/domain/console/reveal-rules.ts';
import { CHUNK_BYTES } from '../../wire/cobblestone.ts';
import { REDACTED } from '../../wire/refs.ts';
import { launchBrowser, picture } from '../support/browser.ts';
import { type ListeningConsole, listeningConsole } from '../support/console-vault.ts';
import { direct } from '../unit/client/sdk/callers.ts';

const EMAIL = 'maya@example.org';
const REASON = 'A customer asks for her own data';

let browser: Browser;
let context: BrowserContext;
let page: Page;
let it: ListeningConsole;
/** Everything that the browser said of the page: errors, and what its policy blocked. */
let complaints: string[];

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());
beforeEach(async () => {
  it = await listeningConsole();
  await open();
});
afterEach(async () => {
  await context.close();
  await it.close();
});

async function open(options: Parameters<Browser['newContext']>[0] = {}): Promise<void> {
  context = await browser.newContext(options);
  // Waiting for something ends before the test does, so that the message says for what.
  context.setDefaultTimeout(100_000);
  page = await context.newPage();
  complaints = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // The first look for a session is answered with 401.
    if (message.type() === 'error' && !message.text().includes('401')) complaints.push(message.text());
  });
}

async function say(text: unknown, more: object = {}, entry: object = {}): Promise<void> {
  const data = { form: 'contact', answers: { email: text } };
  const body = { entry: { type: 'form.answer', user: { type: 'user' }, data, ...entry }, thread: { mode: 'prechat' } };
  const reply = await it.vault.call('web', 'incoming', { ...body, ...more });
  expect(reply.status).toBe(200);
}

async function signIn(): Promise<void> {
  await page.goto(it.url);
  await page.getByRole('link', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Log of shop' }).waitFor();
}

async function openFirstEntry(): Promise<void> {
  await page.getByRole('table').getByRole('link').first().click();
  await page.getByRole('heading', { name: 'Entry of shop' }).waitFor();
}

async function reveal(): Promise<void> {
  await page
    .getByRole('button', { name: /^Reveal/ })
    .first()
    .click();
  await page.getByLabel('Reason').fill(REASON);
  await page.getByRole('dialog').getByRole('button', { name: 'Reveal' }).click();
}

async function revealed(value: unknown = EMAIL): Promise<void> {
  await say(value);
  await signIn();
  await openFirstEntry();
  await reveal();
  await page.locator('#value').waitFor();
}

async function isGone(): Promise<void> {
  await page.locator('#value').waitFor({ state: 'detached' });
  expect(await page.content()).not.toContain(EMAIL);
}

/** What axe finds on a page whose policy lets it in. */
async function violations(of: Page): Promise<string[]> {
  await of.evaluate(axe.source);
  const result = await of.evaluate('axe.run(document, { resultTypes: ["violations"] })');
  const { violations: found } = result as { violations: { id: string; nodes: { html: string }[] }[] };
  return found.map(({ id, nodes }) => `${id} ${nodes[0]?.html}`);
}

describe('a reveal', () => {
  test('follows sign-in, log and a reason, and shows the value in one place', async () => {
    await say(EMAIL);
    await signIn();
    await picture(page, 'log');
    await openFirstEntry();
    expect(await page.content()).not.toContain(EMAIL);
    await reveal();
    await page.getByText(EMAIL).waitFor();
    await picture(page, 'revealed');
    expect((await page.content()).split(EMAIL)).toHaveLength(2);
    expect(complaints).toEqual([]);
  });

  test('needs a reason', async () => {
    await say(EMAIL);
    await signIn();
    await openFirstEntry();
    await page.getByRole('button', { name: /^Reveal/ }).click();
    for (const reason of ['', 'because']) {
      await page.getByLabel('Reason').fill('');
      await page.getByLabel('Reason').pressSequentially(reason);
      await page.getByRole('dialog').getByRole('button', { name: 'Reveal' }).click();
      expect(await page.getByRole('dialog').isVisible()).toBe(true);
    }
    expect([it.vault.logKey.uses, it.requests.filter(({ line }) => line.includes('/api/reveal')).length]).toEqual([
      0, 0,
    ]);
  });

  test('goes away after 30 seconds, and not before', async () => {
    await page.clock.install();
    await revealed();
    await page.clock.runFor(29_000);
    expect(await page.locator('#value').isVisible()).toBe(true);
    await page.clock.runFor(2_000);
    await isGone();
  });

  test.each([
    ['the window loses the focus', "window.dispatchEvent(new Event('blur'))"],
    ['the page is hidden', "document.dispatchEvent(new Event('visibilitychange'))"],
    ['the page is left', "window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))"],
    ['the page is printed', "window.dispatchEvent(new Event('beforeprint'))"],
  ])('goes away when %s', async (_, event) => {
    await revealed();
    await page.evaluate(event);
    await isGone();
  });

  test('goes away on every navigation, and going back and forward brings nothing back', async () => {
    await revealed();
    await page.getByRole('link', { name: 'Reveals' }).click();
    await page.getByRole('heading', { name: 'Reveals of shop' }).waitFor();
    await isGone();
    await page.goBack();
    await page.getByRole('heading', { name: 'Entry of shop' }).waitFor();
    await isGone();
    await reveal();
    await page.locator('#value').waitFor();
    await page.goto('about:blank');
    await page.goBack();
    await page.getByRole('heading', { name: 'Entry of shop' }).waitFor();
    await isGone();
  });

  test('goes away by its button', async () => {
    await revealed();
    await page.getByRole('button', { name: 'Hide now' }).click();
    await isGone();
  });

  test('goes away at the expiry, and the entry with it: stars for everyone', async () => {
    await page.clock.install();
    await say(EMAIL, { ttlSeconds: 60 });
    await signIn();
    await openFirstEntry();
    await page.clock.runFor(45_000);
    await reveal();
    await page.locator('#value').waitFor();
    await page.clock.runFor(16_000);
    await isGone();
    expect(await page.getByRole('main').textContent()).toContain(REDACTED);
  });

  test('twice is two rows in the audit log, which the page shows with person and reason', async () => {
    await revealed();
    await page.getByRole('button', { name: 'Hide now' }).click();
    await reveal();
    await page.locator('#value').waitFor();
    await page.getByRole('link', { name: 'Reveals' }).click();
    await page.getByRole('cell', { name: REASON }).nth(1).waitFor();
    expect(await page.getByRole('cell', { name: 'ada@example.org' }).count()).toBe(2);
    await picture(page, 'reveals');
  });

  test('without an audit store shows no value', async () => {
    await say(EMAIL);
    await signIn();
    await openFirstEntry();
    it.vault.ports.audit.record = () => Promise.reject(new Error('no audit table'));
    await reveal();
    await page.getByRole('alert').getByText('try again').waitFor();
    await isGone();
  });
});

describe('a value that arrives late', () => {
  /** Holds back the answer of the next reveal until it is let go. */
  async function heldReveal(): Promise<() => void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    await page.route('**/api/reveal', async (route) => {
      const response = await route.fetch();
      await promise;
      await route.fulfill({ response });
    });
    return resolve;
  }

  test.each([
    ['the window lost the focus', () => page.evaluate("window.dispatchEvent(new Event('blur'))")],
    ['the person went to another entry', () => page.goBack().then(openSecondEntry)],
  ])('is not shown when %s', async (_, lookElsewhere) => {
    await say('another@example.org');
    await say(EMAIL);
    await signIn();
    await openFirstEntry();
    const letGo = await heldReveal();
    await reveal();
    await lookElsewhere();
    const arrived = page.waitForResponse('**/api/reveal');
    letGo();
    await arrived;
    // The page has the answer now, and time to do with it what it would.
    await page.evaluate('new Promise((done) => setTimeout(done, 200))');
    await page.getByRole('button', { name: /^Reveal/ }).waitFor();
    expect(await page.locator('#value').count()).toBe(0);
    await isGone();
  });

  async function openSecondEntry(): Promise<void> {
    await page.getByRole('heading', { name: 'Log of shop' }).waitFor();
    await page.getByRole('table').getByRole('link').nth(1).click();
    await page.getByRole('heading', { name: 'Entry of shop' }).waitFor();
  }
});

describe('a second person', () => {
  const BOB = { sub: 'person-18', email: 'bob@example.org', groups: ['leads'] };

  /** A page of Bob's, beside that of Ada's. */
  async function asBob(): Promise<Page> {
    it.issuer.lies.claims = BOB;
    const own = await (await browser.newContext({ bypassCSP: true })).newPage();
    await own.goto(`${it.url}#/shop/reveals`);
    await own.getByRole('link', { name: 'Sign in' }).click();
    await own.getByRole('link', { name: 'Reveals' }).click();
    await own.getByRole('heading', { name: 'Reveals of shop' }).waitFor();
    return own;
  }

  test('approves a reveal, which then shows the value once', async () => {
    await it.close();
    it = await listeningConsole({ settings: { console: { showPlain: false, requireApproval: true } } });
    await say(EMAIL);
    await signIn();
    await openFirstEntry();
    await reveal();
    await page.getByText('waits for another viewer').waitFor();
    await isGone();
    const bob = await asBob();
    await bob.getByRole('cell', { name: REASON }).waitFor();
    await picture(bob, 'approval');
    expect(await violations(bob)).toEqual([]);
    await bob.getByRole('button', { name: /^Approve/ }).click();
    await bob.getByRole('cell', { name: 'by bob@example.org' }).waitFor();
    await bob.context().close();
    await page.reload();
    await page.getByText('approved by').waitFor();
    await page.getByRole('button', { name: /^Reveal/ }).click();
    await page.locator('#value').getByText(EMAIL).waitFor();
    await page.getByRole('button', { name: 'Hide now' }).click();
    await reveal();
    await page.getByText('waits for another viewer').waitFor();
    await isGone();
  });

  test('reviews a reveal, and its own is not for them to review', async () => {
    await revealed();
    await page.getByRole('link', { name: 'Reveals' }).click();
    await page.getByText('not reviewed').waitFor();
    expect(await page.getByRole('button', { name: 'Flag' }).count()).toBe(0);
    const bob = await asBob();
    await bob.getByLabel('Note (optional)').fill('Which customer was it?');
    await bob.getByRole('button', { name: 'Flag' }).click();
    await bob.getByText('Which customer was it?').waitFor();
    await bob.getByRole('button', { name: 'Fine' }).click();
    await bob.getByText('fine', { exact: true }).waitFor();
    await picture(bob, 'review');
    expect(await violations(bob)).toEqual([]);
    await bob.context().close();
    await page.reload();
    await page.getByText('fine', { exact: true }).waitFor();
  });
});

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
    complaints = complaints.filter((text) => !text.includes('ERR_FILE_NOT_FOUND'));
    expect(complaints).toEqual([]);
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

describe('what people sent', () => {
  const SCRIPT = '<img src=x onerror="window.stolen=1"><script>window.stolen=1</script>"\'{{window.stolen=1}}';

  test('is text in every place of the page, never markup', async () => {
    await say(
      SCRIPT,
      {},
      { type: SCRIPT.slice(0, 100), user: { type: SCRIPT.slice(0, 100) }, data: { [SCRIPT]: SCRIPT } },
    );
    await signIn();
    await page.getByText('onerror').first().waitFor();
    await openFirstEntry();
    await reveal();
    await page.locator('#value').waitFor();
    expect(await page.locator('#value').textContent()).toBe(SCRIPT);
    expect(await page.evaluate('window.stolen')).toBeUndefined();
    expect(await page.locator('main img, main script').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test('cannot turn the text around it, and shows what is invisible', async () => {
    await revealed('pay \u202E000,1 to Maya\u0000\u200B');
    expect(await page.locator('#value').textContent()).toBe('pay ⟨U+202E⟩000,1 to Maya⟨U+0000⟩⟨U+200B⟩');
  });

  test.each([
    ['an object', { a: [1, null, true], b: { c: '' } }],
    ['a number', 0],
    ['null', null],
    ['false', false],
    ['an empty list', []],
  ])('%s is shown as JSON', async (_, value) => {
    await revealed(value);
    expect(JSON.parse((await page.locator('#value').textContent()) ?? '')).toEqual(value);
  });

  test('is shown to the end however long it is, without making the page wider', async () => {
    const long = `${'x'.repeat(200_000)}end`;
    await revealed(long);
    expect(await page.locator('#value').textContent()).toBe(long);
    const widths = await page.evaluate('[document.documentElement.scrollWidth, window.innerWidth]');
    const [content = 0, window = 0] = widths as number[];
    expect(content).toBeLessThanOrEqual(window);
  });
});

describe('without the right', () => {
  test('a person without a session sees the sign-in, and nothing else is asked for', async () => {
    await say(EMAIL);
    await page.goto(`${it.url}#/shop/log`);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(it.requests.map(({ line }) => line.replace(/^.*console/, ''))).not.toContain('/api/log?app=shop');
  });

  test('a session that ends during work leads to the sign-in', async () => {
    await say(EMAIL);
    await signIn();
    it.vault.advance(16 * 60);
    await page.getByRole('table').getByRole('link').first().click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  });

  test('signing out leaves nothing on the page, and back brings nothing back', async () => {
    await revealed();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await isGone();
    await page.goBack();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  });

  test('a person without the group sees no app', async () => {
    it.issuer.lies.claims = { groups: ['others'] };
    await page.goto(it.url);
    await page.getByRole('link', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'No apps' }).waitFor();
  });

  test('a sign-in that the issuer lies about fails, and can be tried again', async () => {
    it.issuer.lies.unsigned = true;
    await page.goto(it.url);
    await page.getByRole('link', { name: 'Sign in' }).click();
    await page.getByText('The sign-in failed').waitFor();
    it.issuer.lies.unsigned = false;
    await page.getByRole('link', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Log of shop' }).waitFor();
  });
});

describe('an attacker', () => {
  test('on another site cannot frame the page, ask in its name, or plant a session', async () => {
    await say(EMAIL);
    await signIn();
    const other = createServer((_, response) => {
      response.setHeader('Content-Type', 'text/html').end(`<iframe src="${it.url}"></iframe>`);
    }).listen(0, 'localhost');
    await once(other, 'listening');
    try {
      const evil = await context.newPage();
      const blocked = evil.waitForEvent('console', (message) => message.text().includes('frame-ancestors'));
      await evil.goto(`http://localhost:${(other.address() as AddressInfo).port}`);
      await blocked;
      const before = it.requests.length;
      const sent = await evil.evaluate(async (url) => {
        const body = JSON.stringify({ app: 'shop', position: '0', field: 0, reason: 'long enough' });
        const asked = [
          fetch(`${url}/api/log?app=shop`, { credentials: 'include' }),
          fetch(`${url}/api/reveal`, { method: 'POST', credentials: 'include', body, mode: 'no-cors' }),
        ];
        const answers = await Promise.allSettled(asked);
        return answers.map((each) => (each.status === 'fulfilled' ? each.value.type : 'refused'));
      }, it.url);
      expect(sent.filter((type) => type === 'basic' || type === 'cors')).toEqual([]);
      // What arrived came without the cookie, so it was answered with 401.
      for (const { answered } of it.requests.slice(before)) expect(answered).toContain('unauthenticated');
    } finally {
      other.close();
      other.closeAllConnections();
    }
  });

  test('finds no cookie, token or value in what scripts can read', async () => {
    await revealed();
    const found = await page.evaluate(
      'JSON.stringify([document.cookie, {...localStorage}, {...sessionStorage}, history.state])',
    );
    expect(JSON.parse(String(found))).toEqual(['', {}, {}, null]);
    const [session] = (await context.cookies()).filter(({ name }) => name === '__Host-session');
    expect(session).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Strict', path: '/' });
    expect(await page.content()).not.toContain(session?.value ?? 'no session');
  });

  test('cannot run a script by way of the page: Trusted Types and the policy refuse it', async () => {
    await signIn();
    const outcome = await page.evaluate(`(() => {
      try { document.body.innerHTML = '<b>x</b>'; return 'ran'; } catch (error) { return error.name; }
    })()`);
    expect(outcome).toBe('TypeError');
    await page.evaluate(
      `document.head.append(Object.assign(document.createElement('style'), { textContent: 'body{display:none}' }))`,
    );
    expect(await page.locator('body').isVisible()).toBe(true);
  });
});

test('browsing leaves no ref and no value in the page, its memory or its network log, and uses no key', async () => {
  for (let entry = 0; entry < 120; entry += 1) await say(EMAIL);
  const kmsCalls = { ...it.vault.kms.calls };
  await signIn();
  for (let more = 0; more < 2; more += 1) await page.getByRole('button', { name: 'Older entries' }).click();
  await page.getByText('120 entries').waitFor();
  await openFirstEntry();
  await page.getByRole('link', { name: 'Keys' }).click();
  await page.getByRole('heading', { name: 'Keys of shop' }).waitFor();
  const client = await context.newCDPSession(page);
  const chunks: string[] = [];
  client.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk));
  await client.send('HeapProfiler.takeHeapSnapshot');
  const traces = [await page.content(), chunks.join(''), ...it.requests.map(({ line, answered }) => line + answered)];
  expect(traces.join('').length).toBeGreaterThan(1_000_000);
  for (const trace of traces) for (const hidden of ['dk2_', EMAIL]) expect(trace.includes(hidden)).toBe(false);
  expect([it.vault.kms.calls, it.vault.logKey.uses]).toEqual([kmsCalls, 0]);
});

test('after a reveal has gone, its value is not in the memory of the page', async () => {
  await revealed(`${EMAIL} and some more, so that no string is shared`);
  await page.getByRole('button', { name: 'Hide now' }).click();
  await isGone();
  const client = await context.newCDPSession(page);
  const chunks: string[] = [];
  client.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk));
  const isInMemory = async () => {
    chunks.splice(0);
    await client.send('HeapProfiler.collectGarbage');
    await client.send('HeapProfiler.takeHeapSnapshot');
    return chunks.join('').includes('so that no string is shared');
  };
  // What an answer of the network leaves behind is collected a moment later.
  await expect.poll(isInMemory).toBe(false);
});

describe.each(['light', 'dark'] as const)('in the colours %s', (colorScheme) => {
  test('axe finds nothing on any view, with a dialog or a value open', async () => {
    await context.close();
    await open({ colorScheme, bypassCSP: true });
    await say(EMAIL, {}, { thread: { id: 't-1' } });
    await page.goto(it.url);
    const found: string[] = [];
    const look = async (view: string) => {
      found.push(...(await violations(page)).map((violation) => `${view}: ${violation}`));
      await picture(page, `${colorScheme}-${view}`);
    };
    await page.getByRole('link', { name: 'Sign in' }).waitFor();
    await look('sign-in');
    await signIn();
    await look('log');
    await openFirstEntry();
    await look('entry');
    await page.getByRole('button', { name: /^Reveal/ }).click();
    await look('dialog');
    await page.keyboard.press('Escape');
    await reveal();
    await page.locator('#value').waitFor();
    await look('value');
    await page.getByRole('link', { name: 'Reveals' }).click();
    await page.getByRole('heading', { name: 'Reveals of shop' }).waitFor();
    await look('reveals');
    await page.getByRole('link', { name: 'Keys' }).click();
    await page.getByRole('heading', { name: 'Keys of shop' }).waitFor();
    await look('keys');
    expect(found).toEqual([]);
  });
});

test('everything works by keyboard alone', async () => {
  await say(EMAIL);
  await page.goto(it.url);
  await page.getByRole('link', { name: 'Sign in' }).waitFor();
  const tabTo = async (name: RegExp) => {
    for (let presses = 0; presses < 40; presses += 1) {
      await page.keyboard.press('Tab');
      const focused = await page.evaluate(
        '(document.activeElement?.getAttribute("aria-label") ?? "") + (document.activeElement?.textContent ?? "") + (document.activeElement?.getAttribute("name") ?? "")',
      );
      if (name.test(String(focused))) return;
    }
    throw new Error(`no way to ${name} by Tab`);
  };
  await tabTo(/Sign in/);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Log of shop' }).waitFor();
  await tabTo(/^\d+\/\d+\/\d+/);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Entry of shop' }).waitFor();
  await tabTo(/^Reveal/);
  await page.keyboard.press('Enter');
  await page.keyboard.type(REASON);
  await tabTo(/^Reveal$/);
  await page.keyboard.press('Enter');
  await page.getByText(EMAIL).waitFor();
  expect(await page.evaluate('document.activeElement.id')).toBe('value');
});

test('filters work: direction, type, time and thread', async () => {
  await say('one', {}, { thread: { id: 't-1' } });
  await say('two', {}, { thread: { id: 't-2' }, type: 'unheard.of' });
  await signIn();
  const rows = () => page.getByRole('table').getByRole('row').count();
  await page.getByText('2 entries').waitFor();
  await page.getByLabel('Thread ID').fill('t-1');
  await page.getByRole('button', { name: 'Filter' }).click();
  await page.getByText('1 entry').waitFor();
  expect(page.url()).not.toContain('t-1');
  await page.getByRole('link', { name: 'All entries' }).click();
  await page.getByText('2 entries').waitFor();
  await page.getByLabel('Type').fill('unheard.of');
  await page.getByRole('button', { name: 'Filter' }).click();
  await page.getByText('1 entry').waitFor();
  await page.getByRole('link', { name: 'All entries' }).click();
  await page.getByText('2 entries').waitFor();
  await page.getByLabel('Direction').selectOption('outgoing');
  await page.getByRole('button', { name: 'Filter' }).click();
  await page.getByText('0 entries').waitFor();
  expect(await rows()).toBe(1);
});

test('the log follows what comes in', async () => {
  await page.clock.install();
  await signIn();
  await page.getByText('0 entries').waitFor();
  await say(EMAIL);
  await page.clock.runFor(6_000);
  await page.getByText('1 entry').waitFor();
});

test('the page has at most 80 KB, and 25 KB compressed', () => {
  const { html, script, style } = buildPage();
  const all = html + script + style;
  expect(Buffer.byteLength(all)).toBeLessThanOrEqual(80 * 1024);
  expect(gzipSync(all, { level: 9 }).length).toBeLessThanOrEqual(25 * 1024);
  expect(all).not.toMatch(/https?:\/\/(?!www\.w3\.org)/);
});
