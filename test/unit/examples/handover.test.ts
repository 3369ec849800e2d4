// The hand-over, scene by scene. It fails when the vault gives a party too much or too little, or too late.

import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { testingVault } from '../../../client/testing/index.ts';
import { type Played, play, type Stage } from '../../../examples/handover/play.ts';
import { transcriptOf } from '../../../examples/handover/transcript.ts';

const SECRETS = [
  'Call after six',
  'at home',
  'Maya speaking',
  'maya@example.org',
  'maya',
  'Parcel 17',
  'Leeds',
  'may we call you',
  '7946',
];
const PROCESSES = { processSensitive: true };

/** The stage of the example, with the changes of a test. */
async function aStage(
  changes: { [name in 'web' | 'bot' | 'desk' | 'analytics']?: object } = {},
  more: Partial<Stage> = {},
) {
  const integrations = {
    web: { kind: 'messaging', ...changes.web },
    bot: { kind: 'component', ...changes.bot },
    desk: { kind: 'customer-support', ...changes.desk },
    analytics: { kind: 'other', ...changes.analytics },
  } as const;
  const vault = await testingVault(
    { apps: { shop: { integrations } } },
    { startsAt: new Date('2027-03-01T09:00:00Z') },
  );
  const as = (integration: string) => vault.as('shop', integration);
  const stage: Stage = {
    vaults: { user: as('web'), bot: as('bot'), agent: as('desk'), analytics: as('analytics') },
    life: () => ({}),
    lifeInWords: '24 hours',
    until: (instant) => vault.advance({ toSeconds: () => (instant.getTime() - vault.now().getTime()) / 1000 }),
    ...more,
  };
  return { vault, stage };
}

async function played(): Promise<Played> {
  return play((await aStage()).stage);
}

describe('no plaintext', () => {
  test('is seen by analytics or the bot', async () => {
    const { scenes } = await played();
    const lines = scenes.flatMap(({ lines }) => lines);
    for (const party of ['analytics', 'bot'] as const) {
      const column = lines.map(({ seen }) => seen[party]).join('\n');
      expect(column).toContain('Where is my parcel?');
      expect(SECRETS.filter((secret) => column.includes(secret))).toEqual([]);
    }
  });

  test('is in any log line of the platform or of the vault', async () => {
    const { vault, stage } = await aStage();
    const { log } = await play(stage);
    const said = [...log, ...vault.log.map((line) => JSON.stringify(line))];
    expect(log.filter((line) => line.includes('$sensitive')).length).toBeGreaterThanOrEqual(5);
    expect(log.some((line) => line.includes('★★★★★'))).toBe(true);
    expect(vault.log.length).toBeGreaterThan(40);
    for (const secret of SECRETS) expect(said.filter((line) => line.includes(secret))).toEqual([]);
  });

  test('is seen by any party a day later', async () => {
    const after = (await played()).scenes.at(-1);
    expect(after?.lines.length).toBe(10);
    expect(SECRETS.filter((secret) => JSON.stringify(after).includes(secret))).toEqual([]);
  });
});

describe('the play fails when', () => {
  test.each([
    ['analytics is given plaintext', { analytics: PROCESSES }, 'user fills in a form: analytics saw'],
    ['analytics may decrypt', { analytics: { kind: 'component' } }, 'analytics was not refused'],
    ['the bot is given plaintext', { bot: PROCESSES }, 'user fills in a form: bot saw'],
    ['the user is kept from it', { web: { kind: 'other' } }, 'user fills in a form: user saw'],
    ["the agent's tool is kept from it", { desk: { kind: 'other' } }, 'user scope: email: agent saw'],
  ])('%s', async (_, changes, message) => {
    const { stage } = await aStage(changes);
    await expect(play(stage)).rejects.toThrow(message);
  });

  test('values never expire', async () => {
    const { stage } = await aStage({}, { until: () => Promise.resolve() });
    await expect(play(stage)).rejects.toThrow('user fills in a form: user saw');
  });

  test('values expire a second late', async () => {
    const { vault, stage } = await aStage();
    const until = (instant: Date) => vault.advance(`${(instant.getTime() - vault.now().getTime()) / 1000 - 1}s`);
    await expect(play({ ...stage, until })).rejects.toThrow('saw something else than it should');
  });

  test('values expire before the component has done its work', async () => {
    const { vault, stage } = await aStage();
    const life = () => ({ notAfter: new Date(vault.now().getTime() - 1000) });
    await expect(play({ ...stage, life })).rejects.toThrow();
  });
});

describe('the transcript', () => {
  test('has one column for each party where the terminal is wide enough, else a paragraph for each line', async () => {
    const it = await played();
    for (const width of [40, 60, 80, 95, 96, 100, 117, 118, 200]) {
      const lines = transcriptOf(it, { width, colours: false }).split('\n');
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(Math.max(width, 46));
      expect(lines.some((line) => line.includes('user ') && line.includes('analytics'))).toBe(width >= 96);
    }
    expect(transcriptOf(it, { width: 80, colours: false })).toContain(`
    user scope: email
      bot           ★★★★★
      agent's tool  maya@example.org
      analytics     ★★★★★
`);
  });

  test('keeps all text where a column is too narrow for it', async () => {
    const long = 'x'.repeat(50);
    const scenes = [{ title: 'a scene', lines: [{ what: `what ${long}`, seen: { user: `a ${long} b`, bot: '' } }] }];
    const text = transcriptOf({ scenes }, { width: 96, colours: false });
    expect(text.replaceAll(/[^x]/g, '')).toHaveLength(100);
  });

  test('has colours only when asked for, and the same text with them', async () => {
    const it = await played();
    for (const width of [80, 120]) {
      const plain = transcriptOf(it, { width, colours: false });
      const coloured = transcriptOf(it, { width, colours: true });
      expect(stripVTControlCharacters(plain)).toBe(plain);
      expect(coloured).not.toBe(plain);
      const trimmed = stripVTControlCharacters(coloured).replaceAll(/ +$/gm, '');
      expect(trimmed).toBe(plain);
    }
  });
});
