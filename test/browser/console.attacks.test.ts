// Attacks on the Console in a real browser: scripts in entries, other sites, people without the right, and what memory keeps.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import {
  complaints,
  context,
  EMAIL,
  isGone,
  it,
  openFirstEntry,
  openForEachTest,
  page,
  reveal,
  revealed,
  say,
  signIn,
} from '../support/console-browser.ts';

openForEachTest();

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
