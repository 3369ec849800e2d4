// The vault of `npm run dev`: real time, tokens that stay, and settings that change while it runs.

import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { apiToken, Daykey } from '../../../client/sdk/index.ts';
import type { Listening } from '../../../client/testing/port.ts';
import { type DevVault, devToken, devVault } from '../../../local/dev-vault.ts';
import { parseApps } from '../../../vault/domain/settings/parse.ts';
import type { VaultProps } from '../../../vault/domain/settings/props.ts';

const MINUTE_MS = 60_000;
const SHOP: VaultProps['apps'] = {
  shop: { integrations: { web: { kind: 'messaging' }, desk: { kind: 'customer-support' } } },
};
let nowMs: number;
let vault: DevVault;
let port: Listening;

beforeEach(async () => {
  nowMs = Date.parse('2027-03-01T09:00:00Z');
  vault = devVault(() => nowMs);
  await update(SHOP);
  port = await vault.listen(0);
});
afterEach(() => port.close());

function update(apps: VaultProps['apps']): Promise<void> {
  return vault.update(parseApps({ apps }, { tokens: 'resolved' }));
}

function as(integration: string, app = 'shop'): Daykey {
  return new Daykey({ app, url: port.url, identity: apiToken(devToken(app, integration)) });
}

async function seal(life: object = {}): Promise<Record<'value', string>> {
  return (await as('web').encrypt({ value: 'x' }, life)).refs;
}

async function statusOf(refs: Record<'value', string>): Promise<string> {
  return (await as('desk').decrypt(refs)).value.status;
}

test('tokens are the same in every run, and different for each integration', () => {
  expect(devToken('shop', 'web')).toBe('dkt_QQCbekVWDxN0jen-WPlfuL8wf0HuVyu8TJZBykoeCNQ');
  const tokens = [devToken('shop', 'web'), devToken('shop', 'desk'), devToken('clinic', 'web')];
  expect(new Set(tokens).size).toBe(3);
});

test('a value opens until its time to live ends on the real clock', async () => {
  const refs = await seal({ ttlSeconds: 60 });
  nowMs += MINUTE_MS - 1000;
  await vault.catchUp();
  expect(await statusOf(refs)).toBe('ok');
  nowMs += 1000;
  await vault.catchUp();
  expect(await statusOf(refs)).toBe('redacted');
});

test('it still seals after days, also when the machine slept in between', async () => {
  nowMs += 3 * 24 * 60 * MINUTE_MS;
  await vault.catchUp();
  expect(await statusOf(await seal())).toBe('ok');
});

describe('changed settings', () => {
  test('hold for the next request, and what was sealed before still opens', async () => {
    const refs = await seal();
    await update({ shop: { integrations: { ...SHOP.shop?.integrations, desk: { kind: 'other' } } } });
    await expect(statusOf(refs)).rejects.toMatchObject({ code: 'forbidden' });
    await update(SHOP);
    expect(await statusOf(refs)).toBe('ok');
  });

  test('bring in apps and integrations', async () => {
    await update({ ...SHOP, clinic: { integrations: { lab: { kind: 'component' } } } });
    expect((await as('lab', 'clinic').encrypt({ value: 'x' })).refs.value).toMatch(/^dk/);
  });

  test('end the trust in apps and integrations that they no longer name', async () => {
    const refs = await seal();
    await update({ shop: { integrations: { web: { kind: 'messaging' } } } });
    await expect(statusOf(refs)).rejects.toMatchObject({ code: 'unauthenticated' });
    await update({ clinic: { integrations: {} } });
    await expect(as('web').encrypt({ value: 'x' })).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});
