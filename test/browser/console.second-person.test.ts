// A second person in a real browser: approves a reveal before, or reviews it afterwards.

import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { picture } from '../support/browser.ts';
import {
  browser,
  EMAIL,
  isGone,
  it,
  openFirstEntry,
  openForEachTest,
  page,
  REASON,
  restartWith,
  reveal,
  revealed,
  say,
  signIn,
  violations,
} from '../support/console-browser.ts';
import { VIEWERS } from '../support/console-vault.ts';

openForEachTest();

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
    await restartWith({ console: { viewers: VIEWERS, showPlain: false, requireApproval: true } });
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

  test('sees the older reveals of a day too', async () => {
    await revealed();
    const day = new Date(it.vault.clock()).toISOString().slice(0, 10);
    const [first] = await it.vault.auditTrail.reveals({ app: 'shop', day, limit: 1 });
    if (first?.reveal === undefined) throw new Error('the reveal is recorded');
    const later = { ...first, reveal: { ...first.reveal, reason: 'One of many after it' } };
    for (let number = 0; number < 100; number += 1) {
      await it.vault.auditTrail.record({ ...later, requestId: `later-${number}` });
    }
    await page.getByRole('link', { name: 'Reveals' }).click();
    await page.getByText('100 reveals, and there are older ones').waitFor();
    expect(await page.getByRole('cell', { name: REASON }).count()).toBe(0);
    await page.getByRole('button', { name: 'Older reveals' }).click();
    await page.getByText('101 reveals', { exact: true }).waitFor();
    expect(await page.getByRole('cell', { name: REASON }).count()).toBe(1);
    expect(await page.getByRole('button', { name: 'Older reveals' }).count()).toBe(0);
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
    await page.getByText('flagged', { exact: true }).waitFor();
    await page.getByText('Which customer was it?').waitFor();
  });
});
