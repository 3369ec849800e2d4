// The Console in a real browser: sign-in, the log, a reveal that goes away, and nothing left behind.

import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { buildPage } from '../../scripts/console-page.mjs';
import { LISTED_APPS } from '../../vault/domain/console/viewers.ts';
import { REDACTED } from '../../wire/refs.ts';
import { picture } from '../support/browser.ts';
import {
  complaints,
  context,
  EMAIL,
  isGone,
  it,
  open,
  openFirstEntry,
  openForEachTest,
  page,
  REASON,
  reveal,
  revealed,
  say,
  signIn,
  violations,
} from '../support/console-browser.ts';

openForEachTest();

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

test('of many apps each is found by the beginning of its name, and opened by its address', async () => {
  await context.close();
  await open({ bypassCSP: true });
  for (let number = 0; number < LISTED_APPS; number += 1) await it.vault.addApp(`app-${100 + number}`);
  await page.goto(it.url);
  await page.getByRole('link', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Log of app-100' }).waitFor();
  const field = page.getByLabel('App', { exact: true });
  await field.fill('sh');
  await page.locator('datalist option[value=shop]').waitFor({ state: 'attached' });
  expect(await page.locator('datalist option').count()).toBe(1);
  expect(await field.inputValue()).toBe('sh');
  await field.fill('shop');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Log of shop' }).waitFor();
  expect(await violations(page)).toEqual([]);
  await picture(page, 'many-apps');
  await page.reload();
  await page.getByRole('heading', { name: 'Log of shop' }).waitFor();
  await field.fill('none');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').getByText('may not do this').waitFor();
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
