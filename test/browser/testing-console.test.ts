// The Console that the testing kit serves, in a real browser: one person asks, another approves.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ConsolePerson } from '../../client/testing/index.ts';
import { type TestingVault, testingVault } from '../../client/testing/index.ts';
import { buildFunctions } from '../../scripts/package/functions.ts';
import { launchBrowser } from '../support/browser.ts';

const EMAIL = 'maya@example.org';
const integrations = { web: { kind: 'messaging' } } as const;
const console = { viewers: ['support'], requireApproval: true };
const [ADA, BOB] = ['ada@example.org', 'bob@example.org'].map((name) => ({ name, groups: ['support'] }));

let browser: Browser;
let vault: TestingVault;
const closing: (() => Promise<void>)[] = [];
beforeAll(async () => {
  await buildFunctions();
  browser = await launchBrowser();
  vault = await testingVault({ apps: { shop: { integrations, console } }, console: {} });
  const entry = { type: 'form.answer', user: { type: 'user' }, data: { answers: { email: EMAIL } } };
  await vault.as('shop', 'web').incoming(entry, { thread: { mode: 'prechat' } });
});
afterAll(async () => {
  await browser?.close();
  for (const close of closing) await close();
});

async function signedInAs(person: ConsolePerson | undefined): Promise<Page> {
  const { url, close } = await vault.listenAsConsole(person ?? { name: 'no one', groups: [] });
  closing.push(close);
  const page = await (await browser.newContext()).newPage();
  await page.goto(url);
  await page.getByRole('link', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  return page;
}

async function reveal(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Reveal/ }).click();
  await page.getByLabel('Reason').fill('A customer asks for her data');
  await page.getByRole('dialog').getByRole('button', { name: 'Reveal' }).click();
}

test('shows the log of the vault, and a value once another person has approved', async () => {
  const ada = await signedInAs(ADA);
  await ada.getByRole('table').getByRole('link').first().click();
  await reveal(ada);
  await ada.getByText('waits for another viewer').waitFor();
  const bob = await signedInAs(BOB);
  await bob.getByRole('link', { name: 'Reveals' }).click();
  await bob.getByRole('button', { name: /^Approve/ }).click();
  await bob.getByRole('cell', { name: 'by bob@example.org' }).waitFor();
  await ada.reload();
  await ada.getByRole('button', { name: /^Reveal/ }).click();
  await ada.locator('#value').getByText(EMAIL).waitFor();
  expect(vault.log.some(({ operation }) => operation === 'console POST /api/reveal')).toBe(true);
});

test('shows no app to a person of no group', async () => {
  const page = await signedInAs({ name: 'eve@example.org', groups: [] });
  await page.getByRole('heading', { name: 'No apps' }).waitFor();
});

test('is not there without the setting', async () => {
  const without = await testingVault({ apps: { shop: { integrations } } });
  await expect(without.listenAsConsole({ name: 'ada', groups: [] })).rejects.toThrow('add console: {} to its settings');
});
