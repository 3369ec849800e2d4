// Placeholders in the place of values: made, kept, put back in every way that a model may write them, and ended.

import { describe, expect, test } from 'vitest';
import type { Daykey, RefObject } from '../../../../client/sdk/index.ts';
import { Sensitive } from '../../../../client/sdk/index.ts';
import { type TestingVault, testingVault } from '../../../../client/testing/index.ts';
import { type ArgumentsOptions, type Placeholders, veil } from '../../../../client/veil/index.ts';

const EMAIL = 'maya@example.org';
const PHONE = '020 7946 0017';
const PROPS = {
  apps: {
    shop: {
      integrations: {
        bot: { kind: 'component' },
        reports: { kind: 'other' },
      },
    },
  },
} as const;

const aVault = () => testingVault(PROPS);
const asBot = (vault: TestingVault) => vault.as('shop', 'bot');
const calls = (vault: TestingVault) => vault.log.map(({ operation }) => operation);

/** A message with spans of these values. */
function said(text: string, values: Readonly<Record<string, string>>) {
  const spans = Object.entries(values).map(([value, type]) => {
    const start = text.indexOf(value);
    return { start, end: start + value.length, type };
  });
  return { text, spans };
}

const MAYA = said(`I am ${EMAIL}, call ${PHONE}.`, { [EMAIL]: 'EMAIL', [PHONE]: 'PHONE_NUMBER' });

/** A thread that knows an address and a number, and their placeholders. */
async function aThread() {
  const vault = await aVault();
  const thread = veil(asBot(vault), 'thread-1');
  await thread.hide([MAYA]);
  const [email = '', phone = ''] = Object.keys(thread.placeholders);
  return { vault, thread, email, phone };
}

describe('hiding', () => {
  test('puts typed placeholders in the place of spans, in one request', async () => {
    const vault = await aVault();
    const thread = veil(asBot(vault), 'thread-1');
    const [text = ''] = await thread.hide([MAYA]);
    expect(text).toMatch(/^I am \[EMAIL_[0-9A-Z]{8}\], call \[PHONE_NUMBER_[0-9A-Z]{8}\]\.$/);
    expect(calls(vault)).toEqual(['encrypt']);
    expect(await thread.restore(text)).toBe(MAYA.text);
  });

  test('stores refs, and no value', async () => {
    const { thread } = await aThread();
    const stored = JSON.stringify(thread.placeholders);
    expect(stored).toMatch(
      /^\{"EMAIL_\w{8}":\{"\$sensitive":"dk2_[\w-]+"\},"PHONE_NUMBER_\w{8}":\{"\$sensitive":"dk2_/,
    );
    expect(stored).not.toContain('maya');
  });

  test('asks no vault for a text without spans', async () => {
    const vault = await aVault();
    expect(await veil(asBot(vault), 'thread-1').hide([{ text: 'Hello', spans: [] }])).toEqual(['Hello']);
    expect(calls(vault)).toEqual([]);
  });

  test('gives a value the same placeholder in every message, instance and try', async () => {
    const { vault, thread, email } = await aThread();
    const stored = JSON.parse(JSON.stringify(thread.placeholders)) as Placeholders;
    const again = said(`Write to ${EMAIL}`, { [EMAIL]: 'EMAIL' });
    for (const each of [thread, veil(asBot(vault), 'thread-1', stored), veil(asBot(vault), 'thread-1', stored)]) {
      expect(await each.hide([again, again])).toEqual(Array(2).fill(`Write to [${email}]`));
      expect(each.placeholders).toEqual(stored);
    }
    // Nothing was sealed again, so no value lives longer.
    expect(calls(vault).filter((operation) => operation === 'encrypt')).toHaveLength(1);
  });

  test('opens known values of the types in a message only', async () => {
    const { vault, thread } = await aThread();
    await thread.hide([said('Ada is here', { Ada: 'NAME' })]);
    expect(calls(vault)).toEqual(['encrypt', 'encrypt']);
  });

  test('tells apart equal values of two types, and two threads', async () => {
    const vault = await aVault();
    const hide = async (thread: string, type: string) =>
      veil(asBot(vault), thread).hide([said('4711', { '4711': type })]);
    const texts = await Promise.all([hide('a', 'CODE'), hide('a', 'ORDER'), hide('b', 'CODE'), hide('b', 'ORDER')]);
    expect(new Set(texts.flat()).size).toBe(4);
  });

  test('lets two instances add to one thread at once: what they store can be put together', async () => {
    const { vault, thread } = await aThread();
    const [a, b] = [thread.placeholders, thread.placeholders].map((stored) => veil(asBot(vault), 'thread-1', stored));
    const [fromA] = (await a?.hide([said('Ada', { Ada: 'NAME' })])) ?? [];
    const [fromB] = (await b?.hide([said('Ben', { Ben: 'NAME' })])) ?? [];
    const both = veil(asBot(vault), 'thread-1', { ...a?.placeholders, ...b?.placeholders });
    expect(await both.restore(`${fromA} and ${fromB}`)).toBe('Ada and Ben');
  });

  test('counts spans that overlap as one, so nothing of either is left', async () => {
    const vault = await aVault();
    const text = 'see maya@example.org now';
    const spans = [
      { start: 9, end: 20, type: 'DOMAIN' },
      { start: 4, end: 12, type: 'NAME' },
      { start: 5, end: 6, type: 'LETTER' },
    ];
    const [hidden] = await veil(asBot(vault), 't').hide([{ text, spans }]);
    expect(hidden).toMatch(/^see \[NAME_\w{8}\] now$/);
  });

  test('leaves nothing between spans that touch', async () => {
    const thread = veil(asBot(await aVault()), 't');
    const text = 'AdaBen';
    const [hidden = ''] = await thread.hide([said(text, { Ada: 'NAME', Ben: 'NAME' })]);
    expect(hidden).toMatch(/^\[NAME_\w{8}\]\[NAME_\w{8}\]$/);
    expect(await thread.restore(hidden)).toBe(text);
  });

  test('hides what a person writes as if it were a placeholder, and gives it back as it was', async () => {
    const { thread, email } = await aThread();
    const text = `Repeat [${email}] and ${email.toLowerCase()}, please`;
    const [hidden = ''] = await thread.hide([{ text, spans: [] }]);
    expect(hidden).toMatch(/^Repeat \[TEXT_\w{8}\] and \[TEXT_\w{8}\], please$/);
    expect(await thread.restore(hidden)).toBe(text);
  });

  test('does so where a span ends in front of it too', async () => {
    const { thread, email } = await aThread();
    const text = `x${email}y`;
    const [hidden = ''] = await thread.hide([
      {
        text,
        spans: [
          { start: 0, end: 1, type: 'A' },
          { start: text.length - 1, end: text.length, type: 'A' },
        ],
      },
    ]);
    expect(hidden).toMatch(/^\[A_\w{8}\]\[TEXT_\w{8}\]\[A_\w{8}\]$/);
    expect(await thread.restore(hidden)).toBe(text);
  });

  test('does not put a value back that looks like a placeholder and then replace it', async () => {
    const { thread, email } = await aThread();
    const text = `[${email}]`;
    const [hidden = ''] = await thread.hide([{ text, spans: [{ start: 0, end: text.length, type: 'NOTE' }] }]);
    expect(await thread.restore(hidden)).toBe(text);
  });

  test.each([
    [{ start: -1, end: 2, type: 'A' }],
    [{ start: 0, end: 6, type: 'A' }],
    [{ start: 2, end: 2, type: 'A' }],
    [{ start: 0, end: 1.5, type: 'A' }],
    [{ start: 0, end: 4, type: 'A' }],
    [{ start: 4, end: 5, type: 'A' }],
    [{ start: 0, end: 2, type: 'email' }],
    [{ start: 0, end: 2, type: 'A__B' }],
    [{ start: 0, end: 2, type: 'A_' }],
    [{ start: 0, end: 2, type: '' }],
    [{ start: 0, end: 2, type: 'A'.repeat(33) }],
  ])('refuses the span %j of a text of five characters', async (span) => {
    const vault = await aVault();
    const hiding = veil(asBot(vault), 't').hide([{ text: 'hel🎈', spans: [span] }]);
    await expect(hiding).rejects.toMatchObject({ code: 'invalid-request' });
    expect(calls(vault)).toEqual([]);
  });

  test('seals with the life, the subject and the origin that it is given', async () => {
    const vault = await aVault();
    const thread = veil(asBot(vault), 't');
    const source = new Sensitive('x', new Date(vault.now().getTime() + 120_000));
    const [hidden = ''] = await thread.hide([MAYA], { subject: 'user-1', derivedFrom: [source] });
    await vault.advance('3m');
    expect(await thread.restore(hidden)).toBe('I am ★★★★★, call ★★★★★.');
    const [longer = ''] = await thread.hide([MAYA], { subject: 'user-1' });
    await asBot(vault).erase({ subject: 'user-1' });
    expect(await thread.restore(longer)).toBe('I am ★★★★★, call ★★★★★.');
  });

  test('refuses names that clash instead of letting one stand for two values', async () => {
    const ref = 'dk2_always-the-same';
    const refs = new Proxy({}, { get: () => ref });
    const vault = { encrypt: async () => ({ refs }), decrypt: async () => ({}) } as unknown as Daykey;
    const hiding = veil(vault, 't').hide([said('Ada Ben', { Ada: 'NAME', Ben: 'NAME' })]);
    await expect(hiding).rejects.toMatchObject({ code: 'unavailable', isTransient: true });
  });
});

describe('restoring', () => {
  test.each<[what: string, written: (name: string) => string, restored?: string]>([
    ['as it was given', (name) => `to [${name}].`],
    ['in lower case', (name) => `to [${name.toLowerCase()}].`],
    ['without brackets', (name) => `to ${name}.`],
    ['with escapes of Markdown', (name) => `to \\[${name.replaceAll('_', '\\_')}\\].`],
    ['with blanks', (name) => `to [${name.replaceAll('_', ' ')}].`],
    ['with hyphens', (name) => `to ${name.replaceAll('_', '-')}.`],
    ['with only one bracket', (name) => `to [${name}.`, `to [${PHONE}.`],
    ['with only the other one', (name) => `to ${name}].`, `to ${PHONE}].`],
    ['in brackets twice', (name) => `to [[${name}]].`, `to [${PHONE}].`],
    ['twice', (name) => `to [${name}][${name}].`, `to ${PHONE}${PHONE}.`],
    ['within a word, in brackets', (name) => `to x[${name}]y.`, `to x${PHONE}y.`],
  ])('finds a placeholder %s', async (_, written, restored = `to ${PHONE}.`) => {
    const { thread, phone } = await aThread();
    expect(await thread.restore(written(phone))).toBe(restored);
  });

  test.each<[what: string, written: (name: string) => string]>([
    ['in a longer word', (name) => `x${name}`],
    ['that goes on', (name) => `[${name}Z]`],
    ['that goes on without brackets', (name) => `${name}_`],
    ['with another digit', (name) => `[${name.slice(0, -1)}${name.endsWith('0') ? '1' : '0'}]`],
    ['with a digit less', (name) => `[${name.slice(0, -1)}]`],
    ['with another type', (name) => `[EMAIL${name.slice(-9)}]`],
    ['split in its ID', (name) => `[${name.slice(0, -4)} ${name.slice(-4)}]`],
    ['of no thread', () => '[EMAIL_00000000]'],
  ])('leaves what is no placeholder as it is: %s', async (_, written) => {
    const { vault, thread, phone } = await aThread();
    const before = calls(vault).length;
    expect(await thread.restore(written(phone))).toBe(written(phone));
    expect(calls(vault)).toHaveLength(before);
  });

  test('knows no placeholder of another thread', async () => {
    const { vault, email } = await aThread();
    const other = veil(asBot(vault), 'thread-2');
    await other.hide([said('Ada', { Ada: 'EMAIL' })]);
    expect(await other.restore(`[${email}]`)).toBe(`[${email}]`);
  });

  test('opens all placeholders of a text in one request, each once, and none that is not there', async () => {
    const { vault, thread, email, phone } = await aThread();
    await thread.hide([said('Ada', { Ada: 'NAME' })]);
    const before = calls(vault).length;
    await thread.restore(`[${email}] [${phone}] [${email}]`);
    expect(calls(vault).slice(before)).toEqual(['decrypt']);
    expect(vault.log.at(-1)).toMatchObject({ opened: 2, redacted: 0 });
  });

  test('gives stars after the day, and remembers that the value has ended', async () => {
    const { vault, thread, email, phone } = await aThread();
    await vault.advance('24h');
    expect(await thread.restore(`[${email}]`)).toBe('★★★★★');
    expect(thread.placeholders).toMatchObject({ [email]: null, [phone]: { $sensitive: expect.any(String) } });
    const before = calls(vault).length;
    const stored = veil(asBot(vault), 'thread-1', thread.placeholders);
    expect(await stored.restore(`[${email}]`)).toBe('★★★★★');
    expect(calls(vault)).toHaveLength(before);
  });

  test('gives a value that is said again after its day another placeholder, and the old one stays stars', async () => {
    const { vault, thread, email } = await aThread();
    await vault.advance('24h');
    const [again = ''] = await thread.hide([said(EMAIL, { [EMAIL]: 'EMAIL' })]);
    expect(again).not.toBe(`[${email}]`);
    expect(await thread.restore(`${again} [${email}]`)).toBe(`${EMAIL} ★★★★★`);
  });

  test('gives stars to a caller that may not decrypt, which can hide all the same', async () => {
    const { vault, thread, email } = await aThread();
    const reports = veil(vault.as('shop', 'reports'), 'thread-1', thread.placeholders);
    expect(await reports.restore(`[${email}] `)).toBe('★★★★★ ');
    const [hidden = ''] = await reports.hide([said(EMAIL, { [EMAIL]: 'EMAIL' })]);
    expect(await reports.restore(hidden)).toBe('★★★★★');
    expect(await veil(asBot(vault), 'thread-1', reports.placeholders).restore(`${hidden}[${email}]`)).toBe(
      EMAIL + EMAIL,
    );
  });

  test('rejects any other failure', async () => {
    const { vault, thread, email } = await aThread();
    const down = { ...asBot(vault), decrypt: () => Promise.reject(new Error('down')) } as unknown as Daykey;
    await expect(veil(down, 'thread-1', thread.placeholders).restore(`[${email}]`)).rejects.toThrow('down');
  });

  test.each([[['EMAIL']], ['EMAIL'], [5], [new Map([['types', []]])], [AbortSignal.abort()]])(
    'is refused with options that are %o, in which no types are named',
    async (options) => {
      const { thread, email } = await aThread();
      const text = `[${email}]`;
      const wrong = options as object;
      const refusal = { code: 'invalid-request', paths: ['options'] };
      await expect(thread.restore(text, wrong)).rejects.toMatchObject(refusal);
      await expect(thread.restoreStream([text], wrong)[Symbol.asyncIterator]().next()).rejects.toMatchObject(refusal);
      await expect(thread.hide([], wrong)).rejects.toMatchObject(refusal);
    },
  );

  test('leaves placeholders of other types than those asked for', async () => {
    const { thread, email, phone } = await aThread();
    const text = `[${email}] [${phone}]`;
    expect(await thread.restore(text, { types: ['EMAIL'] })).toBe(`${EMAIL} [${phone}]`);
    expect(await thread.restore(text, { types: [] })).toBe(text);
    await expect(thread.restore(text, { types: ['email'] })).rejects.toMatchObject({ code: 'invalid-request' });
  });

  test('ends with the signal', async () => {
    const { thread, email } = await aThread();
    const restoring = thread.restore(`[${email}]`, { signal: AbortSignal.abort() });
    await expect(restoring).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe('a stream', () => {
  const pieces = async (source: AsyncIterable<string>) => {
    const given: string[] = [];
    for await (const piece of source) given.push(piece);
    return given;
  };

  test('comes out piece by piece, and only what may be a placeholder waits', async () => {
    const { thread, email } = await aThread();
    const source = ['Dear ', 'E', 'dna, [EMA', `IL${email.slice(5)}`, '] is', ' yours'];
    const given = await pieces(thread.restoreStream(source));
    expect(given).toEqual(['Dear ', 'Edna, ', `${EMAIL} is`, ' yours']);
  });

  test('takes bytes, cut within a character', async () => {
    const { thread, email } = await aThread();
    const bytes = Buffer.from(`\uFEFFÄrger: [${email}] 🎈`);
    const source = Array.from(bytes, (byte) => Uint8Array.of(byte));
    expect((await pieces(thread.restoreStream(source))).join('')).toBe(`\uFEFFÄrger: ${EMAIL} 🎈`);
  });

  test('puts a string behind half a character that came before it', async () => {
    const { thread } = await aThread();
    const [first, rest] = [Uint8Array.of(0xc3), Uint8Array.of(0xa9)];
    expect((await pieces(thread.restoreStream([first, 'a', first, '', rest]))).join('')).toBe('\uFFFDaé');
  });

  test('opens each placeholder once', async () => {
    const { vault, thread, email } = await aThread();
    const before = calls(vault).length;
    const given = await pieces(thread.restoreStream([`[${email}]`, ' and ', `[${email}]`, email, '!']));
    expect(given.join('')).toBe(`${EMAIL} and ${EMAIL}${EMAIL}!`);
    expect(calls(vault).slice(before)).toEqual(['decrypt']);
  });

  test('puts back only the types asked for, and stars after the day', async () => {
    const { vault, thread, email, phone } = await aThread();
    const source = [`[${email}] [${phone}]`];
    expect((await pieces(thread.restoreStream(source, { types: ['EMAIL'] }))).join('')).toBe(`${EMAIL} [${phone}]`);
    await vault.advance('24h');
    expect((await pieces(thread.restoreStream(source))).join('')).toBe('★★★★★ ★★★★★');
  });

  test('gives a beginning that never becomes a placeholder when it ends', async () => {
    const { thread, email } = await aThread();
    expect((await pieces(thread.restoreStream(['so [', email.slice(0, 8)]))).join('')).toBe(`so [${email.slice(0, 8)}`);
    expect((await pieces(thread.restoreStream(['so ', email]))).join('')).toBe(`so ${EMAIL}`);
  });

  test('passes on what its source throws', async () => {
    const { thread } = await aThread();
    const source = (async function* () {
      yield 'so';
      throw new Error('the model is gone');
    })();
    await expect(pieces(thread.restoreStream(source))).rejects.toThrow('the model is gone');
  });
});

describe('the arguments of a tool call', () => {
  const QUOTED = 'Maya "M" O\'Neil\\\n\u2028';

  test('get values as JSON strings, whatever is in them', async () => {
    const thread = veil(asBot(await aVault()), 't');
    const [name = ''] = await thread.hide([said(QUOTED, { [QUOTED]: 'NAME' })]);
    const text = `{ "to": "${name}", "n": 12345678901234567890, "list": ["x ${name}"] }`;
    const restored = await thread.restoreArguments(text, { types: ['NAME'] });
    expect(JSON.parse(restored)).toMatchObject({ to: QUOTED, list: [`x ${QUOTED}`] });
    expect(restored).toContain(' "n": 12345678901234567890, ');
    const args = { to: name, more: { list: [name, 1, null] } };
    expect(await thread.restoreArguments(args, { types: ['NAME'] })).toEqual({
      to: QUOTED,
      more: { list: [QUOTED, 1, null] },
    });
  });

  test('are found behind the escapes of JSON', async () => {
    const { thread, email } = await aThread();
    const text = `{"to":"\\u005b${email}\\u005D","after":"a\\n${email}"}`;
    expect(JSON.parse(await thread.restoreArguments(text, { types: ['EMAIL'] }))).toEqual({
      to: EMAIL,
      after: `a\n${EMAIL}`,
    });
  });

  test('keep the names of members, and placeholders of types that the tool does not need', async () => {
    const { thread, email, phone } = await aThread();
    const text = `{"[${email}]" : "[${phone}]", "a\\":": "[${email}]"}`;
    expect(await thread.restoreArguments(text, { types: ['EMAIL'] })).toBe(
      `{"[${email}]" : "[${phone}]", "a\\":": "${EMAIL}"}`,
    );
    expect(await thread.restoreArguments(text, { types: [] })).toBe(text);
  });

  test('may hold a text of many megabytes', async () => {
    const { thread, email } = await aThread();
    const long = 'x'.repeat(12_000_000);
    const { to } = await thread.restoreArguments({ to: `${long}[${email}]` }, { types: ['EMAIL'] });
    expect(to === `${long}${EMAIL}`).toBe(true);
  });

  test.each([[undefined], [{}], [{ types: undefined }], [{ types: 'EMAIL' }]])(
    'are refused without a list of types, so that no tool gets all values: %o',
    async (options) => {
      const { thread, email } = await aThread();
      const restoring = thread.restoreArguments({ to: email }, options as unknown as ArgumentsOptions);
      await expect(restoring).rejects.toMatchObject({ code: 'invalid-request', paths: ['types'] });
    },
  );

  test.each(['{"to": [EMAIL', '{"to": [EMAIL_00000000]}', '', 'null x'])(
    'that are not JSON are refused: %s',
    async (text) => {
      const { thread } = await aThread();
      const restoring = thread.restoreArguments(text, { types: ['EMAIL'] });
      await expect(restoring).rejects.toMatchObject({ code: 'invalid-request', paths: ['arguments'] });
    },
  );
});

describe('what was stored is refused', () => {
  test.each<[what: string, change: (stored: Placeholders, names: string[]) => Record<string, unknown>]>([
    ['when a name has the ref of another', (stored, [a = '', b = '']) => ({ ...stored, [a]: stored[b] })],
    ['when a name was changed', (stored, [a = '']) => ({ EMAIL_00000000: stored[a] })],
    ['when a type was changed', (stored, [a = '']) => ({ [`PHONE${a.slice(5)}`]: stored[a] })],
    ['when a name is none', (stored, [a = '']) => ({ ...stored, '(.*)*_00000000': stored[a] })],
    ['when a ref is missing', (stored, [a = '']) => ({ ...stored, [a]: {} })],
  ])('%s', async (_, change) => {
    const { vault, thread } = await aThread();
    const stored = thread.placeholders;
    const changed = change(stored, Object.keys(stored)) as Record<string, RefObject<string>>;
    expect(() => veil(asBot(vault), 'thread-1', changed)).toThrow(expect.objectContaining({ code: 'invalid-request' }));
  });

  test('when it is that of another thread', async () => {
    const { vault, thread } = await aThread();
    expect(() => veil(asBot(vault), 'thread-2', thread.placeholders)).toThrow('no placeholder of this thread');
  });
});
