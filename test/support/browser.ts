// A real browser: an installed Chrome or Chromium, else the one of the npm package `@sparticuz/chromium`.

import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sparticuz from '@sparticuz/chromium';
import { type Browser, chromium, type Page } from 'playwright-core';
import { ROOT } from './documents.ts';

const INSTALLED = [
  '/usr/bin/google-chrome',
  '/usr/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** A headless browser. The caller closes it. */
export async function launchBrowser(): Promise<Browser> {
  const installed = [process.env.CHROME_PATH ?? '', ...INSTALLED].find((path) => path !== '' && existsSync(path));
  if (installed !== undefined) return await chromium.launch({ executablePath: installed });
  // Without the package's own arguments: they switch off what browsers do against other sites.
  return await chromium.launch({ executablePath: await sparticuz.executablePath(), args: ['--disable-gpu'] });
}

/** Keeps a picture of a page as a test artefact, which is never committed. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = join(ROOT, '.local', 'browser');
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}
