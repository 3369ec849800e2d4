import { beforeEach, describe, expect, test } from 'vitest';
import { openSecrets } from '../../../../../vault/domain/console/log-row.ts';
import type { Caller } from '../../../../../vault/domain/trust.ts';
import type { ListedRow } from '../../../../../vault/ports/entry-log.ts';
import { isLogged, logEntry } from '../../../../../vault/usecases/console/log-entry.ts';
import { REDACTED, REF_SHAPE } from '../../../../../wire/refs.ts';
import { INTEGRATIONS, type MemoryVault, memoryVault } from '../../../../support/memory-vault.ts';

const FORM = {
  type: 'form.answer',
  user: { type: 'user' },
  data: { form: 'contact', answers: { email: 'maya@example.org' } },
};
const CONTEXT = { thread: { mode: 'prechat' } };
const SAY = { type: 'text.say', user: { type: 'user' }, data: { text: 'Where is my parcel?', lang: 'en' } };

let vault: MemoryVault;
beforeEach(async () => {
  vault = await memoryVault({
    settings: { console: { viewers: ['support'], showPlain: false, requireApproval: false } },
  });
});

async function rows(of = vault): Promise<ListedRow[]> {
  return await of.entryLog.page({ app: 'shop', before: '9', fromMs: 0, limit: 100 });
}

async function incoming(
  entry: object,
  more: object = CONTEXT,
  as = 'web',
  of = vault,
): Promise<{ entry: object; expiresAt?: string }> {
  const { status, body } = await of.call(as, 'incoming', { entry, ...more });
  expect(status).toBe(200);
  return body as { entry: object; expiresAt?: string };
}

async function secrets(row: ListedRow | undefined) {
  const found = row && (await vault.entryLog.find(row));
  const key = found && (await vault.logKey.unwrap(found.sealed.wrappedKey));
  return found && key && openSecrets(key, found, found.sealed);
}

describe('an incoming entry', () => {
  test('leaves a row with its rule, stars and pointers, and with neither value nor ref', async () => {
    await incoming({ ...FORM, id: 'e-1', thread: { id: 't-1' } });
    const [row, ...others] = await rows();
    expect(others).toEqual([]);
    expect(row?.face).toMatchObject({
      direction: 'incoming',
      integration: 'web',
      type: 'form.answer',
      userType: 'user',
      mode: 'prechat',
      decision: { sensitive: true, rule: 'event' },
      fields: [{ pointer: '/data/answers/email', outcome: 'sealed' }],
    });
    expect(JSON.parse(row?.face.shown ?? '')).toEqual({ form: 'contact', answers: { email: REDACTED } });
    const text = JSON.stringify(row);
    for (const hidden of ['maya', 'dk2_', '"e-1"', '"t-1"']) expect(text).not.toContain(hidden);
  });

  test('keeps its refs and IDs for the holder of the log key only', async () => {
    await incoming({ ...FORM, id: 'e-1', thread: { id: 't-1' } });
    const [row] = await rows();
    const opened = await secrets(row);
    expect(opened).toMatchObject({ entryId: 'e-1', threadId: 't-1', refs: [expect.stringMatching(REF_SHAPE)] });
    const { value } = await vault.decrypt('desk', { value: opened?.refs[0] ?? '' });
    expect(value).toMatchObject({ status: 'ok', value: 'maya@example.org' });
  });

  test('ends in the log when its values end', async () => {
    const { expiresAt = '' } = await incoming(FORM, { ...CONTEXT, ttlSeconds: 600 });
    const [row] = await rows();
    expect(row?.expiresAtS).toBe(Date.parse(expiresAt) / 1000);
  });

  test('stays in the log for a day at most, however long its values live', async () => {
    vault = await memoryVault({
      settings: {
        console: { viewers: ['support'], showPlain: false, requireApproval: false },
        life: { cycleS: 86400, leadS: 21600, graceS: 900, maxTtlS: 172800, marginS: 1800 },
        defaultTtlS: 172800,
      },
    });
    await incoming(FORM);
    const [row] = await rows();
    expect(row?.expiresAtS).toBe(vault.nowS() + 86400);
  });

  test('that is not sensitive leaves its type, rule and time, and nothing of its data', async () => {
    await incoming(SAY, { thread: { mode: 'bot' } });
    const [row] = await rows();
    expect(row?.face).toMatchObject({ type: 'text.say', decision: { sensitive: false }, fields: [] });
    expect(row?.face.shown).toBeUndefined();
    expect(JSON.stringify(row)).not.toContain('parcel');
  });

  test('that is not sensitive is shown where the app sets showPlain', async () => {
    vault = await memoryVault({
      settings: { console: { viewers: ['support'], showPlain: true, requireApproval: false } },
    });
    await incoming(SAY, { thread: { mode: 'bot' } });
    const [row] = await rows();
    expect(JSON.parse(row?.face.shown ?? '')).toEqual(SAY.data);
  });

  test('that is sensitive shows stars even where the app sets showPlain', async () => {
    vault = await memoryVault({
      settings: { console: { viewers: ['support'], showPlain: true, requireApproval: false } },
    });
    await incoming(SAY, CONTEXT);
    const [row] = await rows();
    expect(JSON.parse(row?.face.shown ?? '')).toEqual({ text: REDACTED, lang: 'en' });
  });

  test('tells a ref that it brought from a value that was sealed now', async () => {
    const sealed = await incoming(FORM);
    const brought = (sealed.entry as { data: { answers: { email: object } } }).data.answers.email;
    await incoming(
      { type: 'component.response', data: { found: brought, note: 'new' } },
      { component: { sensitive: true } },
      'bot',
    );
    const row = (await rows()).find(({ face }) => face.type === 'component.response');
    expect(row?.face.fields).toEqual(
      expect.arrayContaining([
        { pointer: '/data/found', outcome: 'ref' },
        { pointer: '/data/note', outcome: 'sealed' },
      ]),
    );
  });

  test('that only brings refs lists them as such', async () => {
    const { refs } = await vault.encrypt('web', { a: 'x' });
    const entry = { type: 'component.response', data: { found: { $sensitive: refs.a } } };
    await incoming(entry, { component: { sensitive: true } }, 'bot');
    const row = (await rows()).find(({ face }) => face.type === 'component.response');
    expect(row?.face.fields).toEqual([{ pointer: '/data/found', outcome: 'ref' }]);
  });

  test('of one thread has the same tag as the others, which a dump cannot turn into the ID', async () => {
    for (const id of ['t-1', 't-1', 't-2']) await incoming({ ...FORM, thread: { id } });
    const tags = (await rows()).map(({ face }) => face.threadTag);
    expect(new Set(tags).size).toBe(2);
  });
});

test('an outgoing entry leaves a row that says who got what', async () => {
  const sealed = await incoming(FORM);
  await vault.call('desk', 'outgoing', { entry: sealed.entry });
  await vault.call('analytics', 'outgoing', { entry: sealed.entry });
  const outgoing = (await rows()).filter(({ face }) => face.direction === 'outgoing');
  expect(outgoing.map(({ face }) => [face.integration, face.fields[0]?.outcome]).sort()).toEqual([
    ['analytics', 'redacted'],
    ['desk', 'opened'],
  ]);
  expect(JSON.stringify(outgoing)).not.toContain('maya');
});

describe('an outgoing entry', () => {
  const send = (data: unknown, more: object = {}) =>
    vault.call('analytics', 'outgoing', { entry: { type: 'form.answer', data, ...more } });
  const sent = async () => (await rows()).find(({ face }) => face.direction === 'outgoing');
  const refs = async (ttlSeconds: number) =>
    ((await vault.encrypt('web', { a: 1 }, { ttlSeconds })).refs as { readonly a: string }).a;

  test('shows no plaintext that someone put in it, even where the app sets showPlain', async () => {
    vault = await memoryVault({
      settings: { console: { viewers: ['support'], showPlain: true, requireApproval: false } },
    });
    await send({ answers: { email: 'maya@example.org' } });
    expect(JSON.parse((await sent())?.face.shown ?? '')).toEqual({ answers: { email: REDACTED } });
  });

  test('stays in the log as long as the longest of its values', async () => {
    const [short, long] = [await refs(60), await refs(600)];
    await send({ answers: { a: { $sensitive: long }, b: { $sensitive: short }, c: { $sensitive: 'no ref' } } });
    expect((await sent())?.expiresAtS).toBe(vault.nowS() + 600);
  });

  test('without a live value stays as long as a value would by default', async () => {
    const expired = await refs(60);
    vault.advance(60);
    await send({ answers: { a: { $sensitive: expired } } });
    expect((await sent())?.expiresAtS).toBe(vault.nowS() + vault.settings.defaultTtlS);
  });

  test('lists as many fields as a row has room for, and counts the others', async () => {
    // 11 bytes of pointer and 245 of text: 400 of them are 100 KB.
    const field = (number: number) => [`f${String(number).padStart(4, '0')}`, { $sensitive: 'x'.repeat(245) }];
    await send(Object.fromEntries(Array.from({ length: 402 }, (_, number) => field(number))));
    const { fields = [], fieldsLeftOut } = (await sent())?.face ?? {};
    expect([fields.length, fields.at(-1)?.pointer, fieldsLeftOut]).toEqual([400, '/data/f0399', 2]);
  });

  test.each([
    ['x'.repeat(128), 'x'.repeat(128)],
    ['x'.repeat(129), undefined],
    [7, undefined],
  ])('of type %s is listed as %s', async (type, listed) => {
    await vault.call('analytics', 'outgoing', { entry: { type, data: {} } });
    expect((await sent())?.face.type).toBe(listed);
    expect(vault.telemetry.total('EntriesNotLogged')).toBe(0);
  });
});

test('a row is found by its thread and its subject: no tag without them, and one where both are the same', async () => {
  const tags: number[] = [];
  const write = vault.entryLog.write.bind(vault.entryLog);
  vault.entryLog.write = async (row, rowTags) => {
    tags.push(rowTags.filter((tag) => typeof tag === 'string').length, rowTags.length);
    await write(row, rowTags);
  };
  await incoming(FORM);
  await incoming({ ...FORM, thread: { id: 't-1' } }, { ...CONTEXT, subject: 'user-17' });
  await incoming({ ...FORM, thread: { id: 't-1' } }, { ...CONTEXT, subject: 't-1' });
  expect(tags).toEqual([0, 0, 2, 2, 1, 1]);
});

test('erasing a subject deletes its rows, and those of no other', async () => {
  await incoming(FORM, { ...CONTEXT, subject: 'user-17' });
  await incoming(FORM, { ...CONTEXT, subject: 'user-18' });
  await vault.call('web', 'erase', { subject: 'user-17' });
  expect(await rows()).toHaveLength(1);
});

test('erasing a thread by its ID deletes the rows of entries in it, incoming and outgoing', async () => {
  const sealed = await incoming({ ...FORM, thread: { id: 't-1' } });
  await vault.call('desk', 'outgoing', { entry: { ...sealed.entry, thread: { id: 't-1' } } });
  await incoming({ ...FORM, thread: { id: 't-2' } });
  expect(await rows()).toHaveLength(3);
  await vault.call('web', 'erase', { subject: 't-1' });
  expect(await rows()).toHaveLength(1);
});

test('retiring an app deletes its rows', async () => {
  await incoming(FORM);
  await vault.retire('shop');
  expect(vault.entryLog.size).toBe(0);
});

test('an app that the Console does not show leaves no row, and uses no key for it', async () => {
  vault = await memoryVault();
  await incoming(FORM);
  await incoming(SAY, { thread: { mode: 'bot' } });
  expect(vault.entryLog.size).toBe(0);
  expect(vault.telemetry.total('EntriesNotLogged')).toBe(0);
});

test('a vault without a Console logs no entry, whatever the settings of the app say', async () => {
  const ring = await vault.ring();
  const deps = { clock: vault.clock, telemetry: vault.telemetry };
  const caller: Caller = {
    app: 'shop',
    integration: 'web',
    credential: 'token/1',
    requestId: 'a',
    ring,
    trust: INTEGRATIONS.web,
  };
  expect(isLogged(deps, caller)).toBe(false);
  await logEntry(deps, caller, () => ({ direction: 'incoming', entry: SAY, refs: [] }));
  expect(vault.telemetry.total('EntriesNotLogged')).toBe(0);
});

test('a log that cannot be written fails no request, and is counted', async () => {
  vault.entryLog.write = () => Promise.reject(new Error('no table'));
  const { entry } = await incoming(FORM);
  expect(JSON.stringify(entry)).toContain('dk2_');
  expect(vault.telemetry.total('EntriesNotLogged')).toBe(1);
});
