// `daykey keys`: each slot with its dates, its buckets, and whether KMS judges contexts.

import { beforeEach, expect, test } from 'vitest';
import type { KeyHolder } from '../../../../vault/domain/kek-life/holder.ts';
import { DEFAULT_LIFE } from '../../../../vault/domain/kek-life/life.ts';
import { slotDates } from '../../../../vault/domain/kek-life/slot.ts';
import { atTerminal, aVault, jsonLines, type Ran } from '../../../support/operator.ts';

const DAY = 24 * 3600;
const TODAY = Date.UTC(2026, 10, 26, 6) / 1000;
const LEASE = { owner: 'rotator', untilS: TODAY + DAY };
let daykey: (...args: string[]) => Promise<Ran>;
let vault: ReturnType<typeof aVault>;

beforeEach(async () => {
  vault = aVault();
  await vault.setUp({});
  daykey = atTerminal(vault);
});

const list = (...more: string[]) => daykey('keys', '--app', 'shop', ...more);

const SHOP: KeyHolder = { app: 'shop' };

async function claim(slot: number, life = DEFAULT_LIFE, holder = SHOP): Promise<void> {
  await vault.keyRing.claim(holder, slotDates(slot, slot + DAY, life), LEASE, slot);
}

async function aReadySlot(
  slot: number,
  { keyId = 'a-key', ignoresContext = false, life = DEFAULT_LIFE, holder = SHOP } = {},
) {
  await claim(slot, life, holder);
  const arn = `arn:aws:kms:eu-central-1:111122223333:key/${keyId}`;
  const key = { arn, ...(ignoresContext && { ignoresContext: true as const }) };
  await vault.keyRing.recordKey(holder, slot, LEASE.owner, key, Buffer.alloc(32));
  await vault.keyRing.markReady(holder, slot, LEASE.owner);
}

function tableOf({ stdout }: Ran): string[][] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/));
}

test('shows each slot with key, dates and buckets, the newest first, and marks the one that encrypts now', async () => {
  await aReadySlot(TODAY - DAY, { keyId: 'old' });
  await aReadySlot(TODAY, { keyId: 'current' });
  await claim(TODAY + DAY);
  await vault.keyRing.markLost({ app: 'shop' }, TODAY - DAY);
  const ran = await list();
  expect({ code: ran.code, stderr: ran.stderr }).toEqual({ code: 0, stderr: '' });
  const [head, next, current, old] = tableOf(ran);
  expect(head).toEqual(['SLOT', 'STATE', 'KEY ID', 'NEXT SLOT', 'T1', 'T2', 'BUCKETS', 'CONTEXTS', 'KEYS']);
  expect(current).toEqual([
    '2026-11-26T06:00:00Z',
    'ready, encrypts now',
    'current',
    '2026-11-27T06:00:00Z',
    '2026-11-27T06:15:00Z',
    '2026-11-28T06:45:00Z',
    '94 of 31 min',
    'judged',
    'own',
  ]);
  expect(old?.slice(0, 3)).toEqual(['2026-11-25T06:00:00Z', 'lost', 'old']);
  expect([next?.slice(0, 3), next?.at(-2)]).toEqual([['2026-11-27T06:00:00Z', 'claimed', 'none yet'], 'no key yet']);
});

test('shows the slots of the pool that an app uses, and those of the keys that it has left', async () => {
  await vault.setUp({ keys: { pool: 3 } });
  await aReadySlot(TODAY, { keyId: 'own' });
  await aReadySlot(TODAY, { keyId: 'pooled', holder: { pool: 3 } });
  await aReadySlot(TODAY, { keyId: 'of others', holder: { pool: 2 } });
  const rows = tableOf(await list()).slice(1);
  expect(rows.map((cells) => [cells[1], cells[2], cells[8]]).sort()).toEqual([
    ['ready, encrypts now', 'pooled', 'pool 3'],
    ['ready', 'own', 'own'],
  ]);
  const pools = (jsonLines(await list('--json')) as { pool: unknown }[]).map(({ pool }) => pool);
  expect(new Set(pools)).toEqual(new Set(['own', 3]));
});

test('shows the width that a slot was made with, whatever the settings say today', async () => {
  await aReadySlot(TODAY, { life: { ...DEFAULT_LIFE, maxTtlS: 7 * DAY } });
  await aReadySlot(TODAY - DAY, { life: { ...DEFAULT_LIFE, maxTtlS: 3600 } });
  expect(tableOf(await list()).map((cells) => cells[6])).toEqual(['BUCKETS', '96 of 121 min', '95 of 16 min']);
});

test('says of each key whether KMS judges contexts', async () => {
  await aReadySlot(TODAY, { ignoresContext: true });
  await aReadySlot(TODAY - DAY);
  expect(tableOf(await list()).map((cells) => cells[7])).toEqual([
    'CONTEXTS',
    'not judged: this emulator lacks the condition keys',
    'judged',
  ]);
  const judged = jsonLines(await list('--json')) as { contextsJudged: unknown }[];
  expect(judged.map(({ contextsJudged }) => contextsJudged)).toEqual([false, true]);
});

test('with --json prints a line for each slot, with null for what a slot without a key cannot say', async () => {
  await aReadySlot(TODAY);
  await claim(TODAY + DAY);
  const [next, current] = jsonLines(await list('--json'));
  expect(current).toEqual({
    app: 'shop',
    pool: 'own',
    slot: TODAY,
    state: 'ready',
    encryptsNow: true,
    keyId: 'a-key',
    encryptsFrom: '2026-11-26T06:00:00Z',
    nextSlotFrom: '2026-11-27T06:00:00Z',
    encryptRefusedFrom: '2026-11-27T06:15:00Z',
    decryptRefusedFrom: '2026-11-28T06:45:00Z',
    bucketCount: 94,
    bucketWidthMinutes: 31,
    contextsJudged: true,
  });
  expect(next).toMatchObject({ state: 'claimed', encryptsNow: false, keyId: null, contextsJudged: null });
});

test('prints no tag salt and no lease', async () => {
  await aReadySlot(TODAY);
  await claim(TODAY + DAY);
  for (const { stdout } of [await list(), await list('--json')]) {
    expect(stdout).not.toMatch(/salt|lease|rotator|AAAA/i);
  }
});

test('marks no slot as encrypting of an app that has left the vault', async () => {
  await aReadySlot(TODAY);
  await vault.setUp({ state: 'retired' });
  expect(tableOf(await list())[1]?.[1]).toBe('ready');
});

test.each([
  ['of an app that is set up says when it gets one', {}, 'the rotator makes one within five minutes'],
  ['of an app that has left the vault says so', { state: 'retired' as const }, 'it was removed from the settings'],
])('an empty list %s', async (_, changes, why) => {
  await vault.setUp(changes);
  expect(await list()).toEqual({ code: 0, stdout: '', stderr: `daykey: app shop has no slots: ${why}\n` });
});

test('of an app that the vault does not have is an error, not an empty list', async () => {
  expect(await daykey('keys', '--app', 'nope')).toEqual({
    code: 1,
    stdout: '',
    stderr: expect.stringContaining('stack Daykey has no app nope: check --app'),
  });
});
