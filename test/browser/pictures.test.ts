// The pictures of the Console in the documents, taken of a day's entries. `npm run docs:pictures` takes them again.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { listeningConsole } from '../support/console-vault.ts';
import { ROOT } from '../support/documents.ts';

const IS_KEPT = process.env.DAYKEY_PICTURES === 'keep';
const FOLDER = join(ROOT, IS_KEPT ? 'docs/images' : '.local/browser');
const WIDTH = 1000;
/** A picture is in every clone for good, with every earlier version of it. */
const MAX_KEPT_BYTES = 96 * 1024;
const PNG = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

const THREAD = { id: 't-17' };
const EVENTS = [
  { type: 'text.say', thread: THREAD, user: { type: 'user' }, data: { text: 'Where is my parcel?' } },
  {
    type: 'form.answer',
    thread: THREAD,
    user: { type: 'user' },
    data: { form: 'contact', answers: { email: 'maya@example.org' } },
  },
  { type: 'text.say', thread: THREAD, user: { type: 'agent' }, data: { text: 'Maya, may we call you?' } },
];

test('the log and a reveal look as the documents show them', async () => {
  const [it, browser] = await Promise.all([listeningConsole(), launchBrowser()]);
  try {
    const page = await browser.newPage({ viewport: { width: WIDTH, height: 400 }, colorScheme: 'light' });
    const take = (name: string) =>
      page.screenshot({ path: join(FOLDER, `console-${name}.png`), animations: 'disabled', fullPage: true });
    for (const entry of EVENTS) {
      const reply = await it.vault.call('web', 'incoming', { entry, thread: { mode: 'agent' } });
      expect(reply.status).toBe(200);
    }
    await page.goto(it.url);
    await page.getByRole('link', { name: 'Sign in' }).click();
    await page.getByRole('table').getByRole('row').nth(EVENTS.length).waitFor();
    await take('log');

    await page.getByRole('row').filter({ hasText: 'form.answer' }).getByRole('link').first().click();
    await page
      .getByRole('button', { name: /^Reveal/ })
      .first()
      .click();
    await page.getByLabel('Reason').fill('Maya asks what we know of her');
    await page.getByRole('dialog').getByRole('button', { name: 'Reveal' }).click();
    await page.getByText('maya@example.org').waitFor();
    await take('reveal');
  } finally {
    await browser.close();
    await it.close();
  }
});

test.each(['log', 'reveal'])('docs/images/console-%s.png is a small picture', (name) => {
  const bytes = readFileSync(join(ROOT, 'docs/images', `console-${name}.png`));
  expect(bytes.subarray(0, PNG.length)).toEqual(PNG);
  expect(bytes.readUInt32BE(16)).toBe(WIDTH);
  expect(bytes.length).toBeLessThan(MAX_KEPT_BYTES);
});
