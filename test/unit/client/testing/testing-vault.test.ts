// The testing kit as those who integrate use it: a vault at once, time that they move, and nothing of it in production.

import { afterEach, describe, expect, test, vi } from 'vitest';
import { Daykey } from '../../../../client/sdk/index.ts';
import { type Period, type TestingVaultOptions, testingVault } from '../../../../client/testing/index.ts';
import { memoryParts } from '../../../../client/testing/parts.ts';
import { passTime } from '../../../../client/testing/schedules.ts';
import local from '../../../../local/settings.ts';
import { parseApps } from '../../../../vault/domain/settings/parse.ts';
import { present } from '../../../support/envelope.ts';
import brief from '../../../support/short-life-settings.ts';

const HOUR_S = 3600;
const RESOLVED = { tokens: 'resolved' } as const;
const STARTS_AT = new Date('2027-03-01T10:00:00Z');

async function aVault() {
  const vault = await testingVault(local, { startsAt: STARTS_AT });
  const [web, desk, analytics] = ['web', 'desk', 'analytics'].map((name) => vault.as('shop', name)) as [
    Daykey,
    Daykey,
    Daykey,
  ];
  return { vault, web, desk, analytics };
}

describe('a testing vault', () => {
  test('opens what was sealed for those who may', async () => {
    const { web, desk, analytics } = await aVault();
    const { refs } = await web.encrypt({ email: 'maya@example.org' });
    const { email } = await desk.decrypt(refs);
    expect(email.status === 'ok' && email.value.reveal()).toBe('maya@example.org');
    await expect(analytics.decrypt(refs)).rejects.toMatchObject({ code: 'forbidden', status: 403 });
  });

  test('keeps its apps apart', async () => {
    const { vault, web } = await aVault();
    const { refs } = await web.encrypt({ email: 'maya@example.org' });
    expect(await vault.as('clinic', 'clinic-desk').decrypt(refs)).toEqual({ email: { status: 'redacted' } });
  });

  test('is another one each time', async () => {
    const [one, other] = [await aVault(), await aVault()];
    const { refs } = await one.web.encrypt({ email: 'maya@example.org' });
    expect(await other.desk.decrypt(refs)).toEqual({ email: { status: 'redacted' } });
    const authorization = await one.vault.identity('shop', 'web')();
    const stranger = new Daykey({ app: 'shop', transport: other.vault.transport, identity: async () => authorization });
    await expect(stranger.encrypt({ a: 1 })).rejects.toMatchObject({ status: 401 });
  });

  test('begins now, and its clock stands still', async () => {
    const beforeMs = Date.now();
    const vault = await testingVault(local);
    const nowMs = vault.now().getTime();
    expect(nowMs).toBeGreaterThanOrEqual(beforeMs);
    expect(nowMs).toBeLessThanOrEqual(Date.now());
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(vault.now().getTime()).toBe(nowMs);
  });

  test('takes, to start, one key of one app and one trial of it, and waits for nothing', async () => {
    vi.useFakeTimers();
    try {
      const parts = memoryParts({ startsAtMs: STARTS_AT.getTime() });
      for (const app of parseApps(local, RESOLVED)) await parts.setUp(app);
      expect(parts.kms.calls).toMatchObject({ CreateKey: 2, Encrypt: 4, Decrypt: 4, DescribeKey: 0, GetResources: 0 });
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test('needs no real time, so that fake timers may stand', async () => {
    vi.useFakeTimers({ now: STARTS_AT });
    try {
      const vault = await testingVault(local);
      expect(vault.now()).toEqual(STARTS_AT);
      const { refs } = await vault.as('shop', 'web').encrypt({ email: 'maya@example.org' });
      await vault.advance('24h');
      expect(await vault.as('shop', 'desk').decrypt(refs)).toEqual({ email: { status: 'redacted' } });
    } finally {
      vi.useRealTimers();
    }
  });

  test('logs a line for each request, without a value', async () => {
    const { vault, web, desk } = await aVault();
    await desk.decrypt((await web.encrypt({ email: 'maya@example.org' })).refs);
    expect(vault.log).toMatchObject([
      { operation: 'encrypt', status: 200, app: 'shop', integration: 'web' },
      { operation: 'decrypt', status: 200, app: 'shop', integration: 'desk', opened: 1, redacted: 0 },
    ]);
    expect(JSON.stringify(vault.log)).not.toContain('maya');
  });

  test.each([
    ['nobody', 'shop'],
    ['web', 'clinic'],
    ['toString', 'shop'],
    ['web', 'constructor'],
  ])('has no integration %s in %s, and says so', async (integration, app) => {
    const { vault } = await aVault();
    expect(() => vault.as(app, integration)).toThrow(`no integration ${integration} in an app ${app}`);
    expect(() => vault.identity(app, integration)).toThrow('name it in its settings');
  });
});

describe('time that passes', () => {
  test('ends what has a time to live, to the second', async () => {
    const { vault, web, desk } = await aVault();
    const { refs, expiresAt } = await web.encrypt({ email: 'maya@example.org' }, { ttlSeconds: 90 });
    expect(expiresAt).toEqual(new Date(STARTS_AT.getTime() + 90_000));
    await vault.advance('89s');
    expect((await desk.decrypt(refs)).email.status).toBe('ok');
    await vault.advance('1s');
    expect((await desk.decrypt(refs)).email.status).toBe('redacted');
    expect(vault.now()).toEqual(expiresAt);
  });

  test.each<[Period, number]>([
    ['90s', 90],
    ['15m', 15 * 60],
    ['24h', 24 * HOUR_S],
    ['2d', 48 * HOUR_S],
    ['0s', 0],
    [{ toSeconds: () => 61 }, 61],
  ])('is written as people write it: %j', async (period, seconds) => {
    const { vault } = await aVault();
    await vault.advance(period);
    expect(vault.now().getTime() - STARTS_AT.getTime()).toBe(seconds * 1000);
  });

  test.each(['', '24', '24 h', '-1h', '1.5h', '1w', 'h', 'Infinityh'])('is not written as %j', async (period) => {
    const { vault } = await aVault();
    await expect(vault.advance(period as Period)).rejects.toThrow('is written as "90s", "15m", "24h", "7d"');
    expect(vault.now()).toEqual(STARTS_AT);
  });

  test('adds up when it passes twice at once', async () => {
    const { vault } = await aVault();
    await Promise.all([vault.advance('24h'), vault.advance('1h')]);
    expect(vault.now().getTime() - STARTS_AT.getTime()).toBe(25 * HOUR_S * 1000);
  });

  test('keeps keys coming where they live for a minute, as where they live for a day', async () => {
    const vault = await testingVault(brief, { startsAt: STARTS_AT });
    const web = vault.as('brief', 'brief-web');
    for (let passes = 0; passes < 20; passes += 1) {
      await vault.advance(`${7 * passes}s`);
      expect((await web.decrypt((await web.encrypt({ a: passes })).refs)).a.status).toBe('ok');
    }
  });

  test('makes each key before it is needed, destroys each at its end, and sweeps what has expired', async () => {
    const parts = memoryParts({ startsAtMs: STARTS_AT.getTime() });
    for (const app of parseApps({ ...local, apps: { shop: local.apps.shop } }, RESOLVED)) await parts.setUp(app);
    const [first] = present(await parts.keyRing.read('shop')).slots;
    await passTime(parts, 3 * 24 * HOUR_S);
    expect(parts.telemetry.total('NextSlotMissing')).toBe(0);
    expect(parts.telemetry.total('KeyPastItsEnd')).toBe(0);
    const slots = present(await parts.keyRing.read('shop')).slots;
    expect(slots.map(({ state }) => state)).toEqual(['ready', 'ready', 'destroyed', 'destroyed']);
    expect(slots.at(-1)?.slot).toBe(first?.slot);
    const starts = slots.map(({ slot }) => slot).sort((a, b) => a - b);
    expect(starts.map((slot) => slot - present(starts[0]))).toEqual([0, 24, 48, 72].map((hours) => hours * HOUR_S));
  });

  test('sweeps before a key goes, so that its receipt says that nothing was left', async () => {
    const parts = memoryParts({ startsAtMs: STARTS_AT.getTime() });
    for (const app of parseApps({ ...local, apps: { shop: local.apps.shop } }, RESOLVED)) await parts.setUp(app);
    const [first] = present(await parts.keyRing.read('shop')).slots;
    const authorization = parts.issueToken('shop', 'web');
    const bodyText = () => '{"fields":{"a":1}}';
    await parts.respond({ requestId: 'a-request', operation: 'encrypt', app: 'shop', authorization, bodyText });
    await passTime(parts, 3 * 24 * HOUR_S);
    expect(await parts.ledger.tally({ app: 'shop' }, present(first).slot)).toEqual({ swept: 1, erased: 0 });
  });
});

describe('in a Lambda function', () => {
  afterEach(() => vi.unstubAllEnvs());

  test.each([
    ['AWS_LAMBDA_FUNCTION_NAME', 'checkout'],
    ['AWS_EXECUTION_ENV', 'AWS_Lambda_nodejs24.x'],
  ])('it does not run, and says what to do instead: %s is set', async (name, value) => {
    vi.stubEnv(name, value);
    await expect(testingVault(local)).rejects.toThrow(/does not run in a Lambda function: connect with Daykey/);
  });

  test('is not on a build machine of AWS, where tests run', async () => {
    vi.stubEnv('AWS_EXECUTION_ENV', 'AWS_ECS_EC2');
    await expect(testingVault(local)).resolves.toBeDefined();
  });
});

test.each([
  ['an invalid date', { startsAt: new Date('yesterday') }, 'startsAt must be a valid Date'],
  ['a date as text', { startsAt: '2026-11-26' }, 'startsAt must be a valid Date'],
  ['a misspelt name', { startAt: STARTS_AT }, 'unknown option (startAt)'],
  ['a date in their place', STARTS_AT, 'plain object expected (options)'],
])('options that mean nothing are refused: %s', async (_, options, message) => {
  await expect(testingVault(local, options as TestingVaultOptions)).rejects.toThrow(message);
});
