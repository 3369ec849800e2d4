// Stored settings that cannot be read are an outage of one app, with an alarm: never an app that does not exist.

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { memoryParts } from '../../../../client/testing/parts.ts';
import { dynamoAppSecretKeeper } from '../../../../lambda/dynamo/app-secrets.ts';
import { dynamoKeyRingWriter } from '../../../../lambda/dynamo/key-ring-writer.ts';
import { dynamoTrustedRoles } from '../../../../lambda/dynamo/trusted-roles.ts';
import { DEFAULT_LIFE } from '../../../../vault/domain/kek-life/life.ts';
import { slotDates } from '../../../../vault/domain/kek-life/slot.ts';
import type { AppSettings } from '../../../../vault/domain/settings.ts';
import { memoryTelemetry } from '../../../../vault/memory/telemetry.ts';
import { endAppAtOnce } from '../../../../vault/usecases/apps/one-app.ts';
import { tidyUp } from '../../../../vault/usecases/keys/janitor.ts';
import { rotate } from '../../../../vault/usecases/keys/rotate.ts';
import { createTable } from '../../../support/aws/create-tables.ts';
import { fakeAws } from '../../../support/aws/fake-aws.ts';
import { collected } from '../../../support/simulation-network.ts';
import { storeSettings } from '../../../support/store-settings.ts';

const SHOP: AppSettings = {
  app: 'shop',
  life: DEFAULT_LIFE,
  defaultTtlS: 3600,
  integrations: { desk: { kind: 'messaging', processSensitive: false, roles: ['111122223333/desk'] } },
  sensitiveData: { transport: false, entryTypes: { ticket: { kind: 'event', doc: 'A ticket.', clear: ['data.id'] } } },
  state: 'live',
};
const BANK: AppSettings = { ...SHOP, app: 'bank' };
const desk = SHOP.integrations.desk;

/** What a row may hold in the place of {@link SHOP}, and the paths at fault. */
const UNREADABLE: [string, unknown, string[]][] = [
  [
    'a kind that is not known',
    { ...SHOP, integrations: { desk: { ...desk, kind: 'mesaging' } } },
    ['settings.integrations.desk.kind'],
  ],
  [
    'no roles',
    { ...SHOP, integrations: { desk: { kind: 'messaging', processSensitive: false } } },
    ['settings.integrations.desk.roles'],
  ],
  ['a text for a boolean', { ...SHOP, state: 'over' }, ['settings.state']],
  ['an unknown name', { ...SHOP, lockKeyPolcy: true }, ['settings']],
  ['an unknown rule', { ...SHOP, sensitiveData: { transprt: false } }, ['settings.sensitiveData']],
  [
    'an entry type with a bad path',
    { ...SHOP, sensitiveData: { entryTypes: { ticket: { kind: 'event', doc: 'A.', clear: ['id'] } } } },
    ['settings.sensitiveData.entryTypes'],
  ],
  ['half a second', { ...SHOP, defaultTtlS: 0.5 }, ['settings.defaultTtlS']],
  ['no life', { ...SHOP, life: undefined }, ['settings.life']],
  ['the settings of another app', BANK, ['settings.app']],
  ['a text', 'settings', ['settings']],
  ['nothing', undefined, ['settings']],
];

async function aRing() {
  const aws = fakeAws();
  const dynamo = new DynamoDBClient(aws.clients);
  await createTable(dynamo, 'ring');
  const documents = DynamoDBDocumentClient.from(dynamo, { marshallOptions: { removeUndefinedValues: true } });
  const ring = dynamoKeyRingWriter(documents, 'ring', dynamoAppSecretKeeper(documents, 'secrets'));
  await storeSettings(ring, SHOP);
  const store = async (settings: unknown) => {
    await documents.send(
      new PutCommand({ TableName: 'ring', Item: { pk: 'shop', sk: 'settings', settings, generations: {} } }),
    );
  };
  return { aws, ring, store, documents };
}

describe('a settings row', () => {
  test('is read back as it was stored', async () => {
    const { ring } = await aRing();
    expect(await ring.read('shop')).toEqual({
      settings: SHOP,
      generations: { desk: expect.any(String) },
      formerPools: [],
      slots: [],
    });
  });

  test.each(UNREADABLE)(
    'that holds %s cannot be read: that is an error, not an app that is not there',
    async (_, settings, paths) => {
      const { ring, store } = await aRing();
      await store(settings);
      await expect(ring.read('shop')).rejects.toMatchObject({ code: 'settings-unreadable', paths });
    },
  );

  test.each(UNREADABLE.filter(([, settings]) => settings !== BANK))(
    'that would hold %s is refused before anything is written',
    async (_, settings) => {
      const { aws, ring } = await aRing();
      aws.take();
      await expect(storeSettings(ring, settings as AppSettings)).rejects.toThrow();
      expect(aws.calls.filter(({ operation }) => operation !== 'DynamoDB.GetItem')).toEqual([]);
    },
  );

  test('that cannot be read is replaced by the next deployment', async () => {
    const { ring, store } = await aRing();
    await store('settings');
    await storeSettings(ring, SHOP);
    expect((await ring.read('shop'))?.settings).toEqual(SHOP);
  });
});

describe('beside an app whose settings cannot be read', () => {
  test('the others are listed, and the one is reported', async () => {
    const { ring, store } = await aRing();
    await storeSettings(ring, BANK);
    await store({ ...SHOP, state: 'over' });
    const rows = (await collected(ring.rows())).flat();
    expect(rows.filter(({ kind }) => kind === 'app')).toMatchObject([{ app: 'bank' }]);
    expect(rows.filter(({ kind }) => kind === 'unreadable-app')).toEqual([
      { kind: 'unreadable-app', app: 'shop', paths: ['settings.state'] },
    ]);
  });

  test('all get their keys, and each look through the ring raises the alarm and names the app', async () => {
    const { ring, store } = await aRing();
    await storeSettings(ring, BANK);
    await store({ ...SHOP, state: 'over' });
    const { rotateDeps, clock } = memoryParts({ startsAtMs: 1_800_000_000_000 });
    const notes: object[] = [];
    const telemetry = {
      ...memoryTelemetry(),
      note: (message: string, details: object = {}) => void notes.push({ message, ...details }),
    };
    const canary = { passes: async () => true };
    const deps = { ...rotateDeps, telemetry, keyRing: ring, canary };
    await rotate(deps);
    for (const app of ['bank', 'shop']) expect(await ring.slotsOf({ app })).toMatchObject([{ state: 'ready' }]);
    expect(notes).toEqual([]);
    await tidyUp(deps);
    expect(telemetry.total('UnreadableSettings')).toBe(1);
    expect(notes).toEqual([
      { message: 'the stored settings of an app are malformed', app: 'shop', paths: 'settings.state' },
    ]);
    expect(clock()).toBe(1_800_000_000_000);
  });
});

describe('retiring an app whose settings cannot be read', () => {
  test('ends every key of it, and leaves settings that trust no caller', async () => {
    const { ring, store, documents } = await aRing();
    const { rotateDeps, kms } = memoryParts({ startsAtMs: 1_800_000_000_000 });
    const deps = { ...rotateDeps, keyRing: ring };
    const dates = slotDates(1_800_000_000, 1_800_086_400, DEFAULT_LIFE);
    const { arn } = await kms.keyMaker('rotate').create({ app: 'shop' }, dates);
    await ring.claim({ app: 'shop' }, dates, { owner: 'rotator', untilS: 1_800_000_300 }, 1_800_000_000);
    await ring.recordKey({ app: 'shop' }, dates.slot, 'rotator', { arn }, Buffer.alloc(32));
    await store('settings');
    await endAppAtOnce({ ...deps, keyMaker: kms.keyMaker('retire'), removeContent: async () => undefined }, 'shop');
    expect(kms.stateOf(arn)).toBe('PendingDeletion');
    const stored = await ring.read('shop');
    expect(stored?.settings).toMatchObject({ app: 'shop', integrations: {}, state: 'gone' });
    expect(stored?.slots.map(({ state }) => state)).toEqual(['destroyed']);
    // The rows of its roles stay behind: it is not known which they were. They are hints, and settings decide.
    expect(await dynamoTrustedRoles(documents, 'ring').find('111122223333/desk')).toHaveLength(1);
  });
});
