// A browser on a Console for each test: what people do there, step by step.

import axe from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import type { AppSettings } from '../../vault/domain/settings.ts';
import { launchBrowser } from './browser.ts';
import { type ListeningConsole, listeningConsole } from './console-vault.ts';

/** The value that {@link say} sends unless a test sends another. */
export const EMAIL = 'maya@example.org';
/** The reason of every reveal. */
export const REASON = 'A customer asks for her own data';

export let browser: Browser;
export let context: BrowserContext;
export let page: Page;
/** The Console that the page is of. */
export let it: ListeningConsole;
/** Everything that the browser said of the page: errors, and what its policy blocked. */
export let complaints: string[];

/** Opens a new Console and a new page for each test of a file. */
export function openForEachTest(): void {
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
}

/** Takes a Console with other settings. */
export async function restartWith(settings: Partial<AppSettings>): Promise<void> {
  await it.close();
  it = await listeningConsole({ settings });
}

/** Opens a page in a context of these options. */
export async function open(options: Parameters<Browser['newContext']>[0] = {}): Promise<void> {
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

/** Sends a form with a value, as the app's web integration. */
export async function say(text: unknown, more: object = {}, entry: object = {}): Promise<void> {
  const data = { form: 'contact', answers: { email: text } };
  const body = { entry: { type: 'form.answer', user: { type: 'user' }, data, ...entry }, thread: { mode: 'prechat' } };
  const reply = await it.vault.call('web', 'incoming', { ...body, ...more });
  expect(reply.status).toBe(200);
}

/** Signs in, and waits for the log. */
export async function signIn(): Promise<void> {
  await page.goto(it.url);
  await page.getByRole('link', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Log of shop' }).waitFor();
}

/** Opens the newest entry from the log. */
export async function openFirstEntry(): Promise<void> {
  await page.getByRole('table').getByRole('link').first().click();
  await page.getByRole('heading', { name: 'Entry of shop' }).waitFor();
}

/** Asks for the first value, with a reason. */
export async function reveal(): Promise<void> {
  await page
    .getByRole('button', { name: /^Reveal/ })
    .first()
    .click();
  await page.getByLabel('Reason').fill(REASON);
  await page.getByRole('dialog').getByRole('button', { name: 'Reveal' }).click();
}

/** Sends a value, and reveals it. */
export async function revealed(value: unknown = EMAIL): Promise<void> {
  await say(value);
  await signIn();
  await openFirstEntry();
  await reveal();
  await page.locator('#value').waitFor();
}

/** Waits until no value is shown, and looks for it in the page. */
export async function isGone(): Promise<void> {
  await page.locator('#value').waitFor({ state: 'detached' });
  expect(await page.content()).not.toContain(EMAIL);
}

/** What axe finds on a page whose policy lets it in. */
export async function violations(of: Page): Promise<string[]> {
  await of.evaluate(axe.source);
  const result = await of.evaluate('axe.run(document, { resultTypes: ["violations"] })');
  const { violations: found } = result as { violations: { id: string; nodes: { html: string }[] }[] };
  return found.map(({ id, nodes }) => `${id} ${nodes[0]?.html}`);
}
