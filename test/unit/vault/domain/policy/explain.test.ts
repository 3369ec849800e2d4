// Explanations: the rule, every part of the data and a sentence each, never a value.

import { describe, expect, test } from 'vitest';
import { explain } from '../../../../../vault/domain/policy/explain.ts';
import { policyFor, type SensitiveDataSettings } from '../../../../../vault/domain/policy/policy.ts';
import type { Entry, EntryContext } from '../../../../../wire/entry.ts';
import { MAX_ENTRY_PARTS } from '../../../../../wire/limits.ts';
import { anEntry, aRef, SENSITIVE_CONTEXT } from '../../../../support/entries.ts';

const AGENT: EntryContext = { thread: { mode: 'agent' } };
const BOT: EntryContext = { thread: { mode: 'bot' } };
const BECAUSE = "transcript is on and the thread's mode is not bot.";

describe('an explanation', () => {
  test('says for each part whether it is sealed, by which rule and by which line of the catalogue', () => {
    const data = {
      text: 'Pay?',
      buttons: [{ text: 'a', style: 'bold' }, 'Call 555', { style: 'two words' }],
      foot: null,
    };
    expect(explained(anEntry({ type: 'buttons.ask', data }), AGENT)).toEqual({
      sensitive: true,
      rule: 'event',
      why: "Transcript is on and the thread's mode is not bot.",
      parts: [
        {
          pointer: '/data/buttons/0/style',
          sealed: false,
          why: 'The catalogue lists data.buttons[*].style as readable.',
        },
        { pointer: '/data/buttons/0/text', sealed: true, why: `Not listed as readable: ${BECAUSE}` },
        {
          pointer: '/data/buttons/1',
          sealed: true,
          why: `Not of the shape of data.buttons[*], so sealed as a whole: ${BECAUSE}`,
        },
        {
          pointer: '/data/buttons/2/style',
          sealed: true,
          why: `data.buttons[*].style is readable only as one word, a number or a boolean: ${BECAUSE}`,
        },
        { pointer: '/data/foot', sealed: true, why: `Not listed as readable: ${BECAUSE}` },
        { pointer: '/data/text', sealed: true, why: `Not listed as readable: ${BECAUSE}` },
      ],
    });
  });

  test("names what an app's own type keeps readable, and what is null instead", () => {
    const ticket = { kind: 'event', doc: 'A ticket.', clear: ['data.id', 'data.place.city', 'data.tags[*]'] } as const;
    const data = { id: 7, place: null, tags: null };
    expect(explained(anEntry({ type: 'ticket', data }), AGENT, { entryTypes: { ticket } }).parts).toEqual([
      { pointer: '/data/id', sealed: false, why: 'The catalogue lists data.id as readable.' },
      { pointer: '/data/place', sealed: false, why: 'It is null and holds nothing.' },
      { pointer: '/data/tags', sealed: false, why: 'It is null and holds nothing.' },
    ]);
  });

  test('names the line that seals a part, and those that an app adds', () => {
    const entryTypes = { 'form.answer': { clear: ['data.answers.plan'] } } as const;
    const data = { answers: { plan: { a: 1 }, name: 'Maya' }, form: 'prechat' };
    expect(explained(anEntry({ type: 'form.answer', data }), AGENT, { entryTypes }).parts).toEqual([
      { pointer: '/data/answers/name', sealed: true, why: `data.answers.*: ${BECAUSE}` },
      {
        pointer: '/data/answers/plan',
        sealed: true,
        why: `data.answers.plan is readable only as a text, a number or a boolean: ${BECAUSE}`,
      },
      { pointer: '/data/form', sealed: false, why: 'The catalogue lists data.form as readable.' },
    ]);
  });

  test('says of a type that lists what is sensitive why the rest is readable', () => {
    const entryTypes = { x: { kind: 'event', doc: 'X.', sensitive: ['data.a', 'data.list[*].b'] } } as const;
    const data = { a: 'x', b: [{}], list: null };
    expect(explained({ type: 'x', data }, AGENT, { entryTypes }).parts).toEqual([
      { pointer: '/data/a', sealed: true, why: `data.a: ${BECAUSE}` },
      { pointer: '/data/b', sealed: false, why: 'The type lists what is sensitive, and this is not on the list.' },
      { pointer: '/data/list', sealed: false, why: 'It is null and holds nothing.' },
    ]);
  });

  test('of an entry that is not sensitive says why its fields stay readable', () => {
    const why = "The thread's mode is bot, and neither flag nor user makes it sensitive.";
    expect(explained(anEntry({ data: { text: 'x' } }), BOT)).toMatchObject({
      sensitive: false,
      rule: 'event',
      parts: [{ pointer: '/data/text', sealed: false, why }],
    });
    expect(explained(anEntry({ data: { lang: 'en' } }), {}, { enabled: false })).toEqual({
      sensitive: false,
      rule: 'disabled',
      why: 'Sensitive data is not enabled for the app.',
      parts: [{ pointer: '/data/lang', sealed: false, why: 'The catalogue lists data.lang as readable.' }],
    });
  });

  test('of an unknown type says that all of it is sealed', () => {
    const why = 'The catalogue does not know the type, so all of its data is sealed.';
    expect(explained(anEntry({ type: 'unheard.of', data: { a: 1 } }), {})).toMatchObject({
      sensitive: true,
      rule: 'unknown-type',
      parts: [{ pointer: '/data/a', sealed: true, why }],
    });
  });

  test('lists refs apart from the parts around them', () => {
    const entry = anEntry({ type: 'component.response', data: { result: { a: aRef(), b: 'x' } } });
    expect(explained(entry, SENSITIVE_CONTEXT).parts).toMatchObject([
      { pointer: '/data/result/a', sealed: true, why: 'It is a ref already and stays as it is.' },
      { pointer: '/data/result/b', sealed: true },
    ]);
  });

  test('is refused where incoming would refuse a ref', () => {
    const entry = anEntry({ data: { text: aRef() } });
    expect(() => explain(entry, AGENT, policyFor(), { refsAllowed: false })).toThrow('only components may send');
  });

  test('is about data only', () => {
    const entry = { ...anEntry({ data: {} }), database: aRef() };
    expect(explained(entry, SENSITIVE_CONTEXT).parts).toEqual([]);
    const without = { type: 'unheard.of' } as unknown as Entry;
    expect(explained(without, SENSITIVE_CONTEXT)).toMatchObject({ sensitive: true, parts: [] });
  });

  // Each pointer repeats the name: 60 KB of JSON once took 200 MB.
  test('of many parts, or of parts below a long name, is refused before any pointer is built', () => {
    const entryTypes = { x: { kind: 'event', doc: 'X.', clear: ['data.*[*]'] } } as const;
    const partsBelow = (name: string, count: number) =>
      explained({ type: 'x', data: { [name]: Array(count).fill(0) } }, AGENT, { entryTypes }).parts.length;
    expect(partsBelow('x'.repeat(2000), MAX_ENTRY_PARTS)).toBe(MAX_ENTRY_PARTS);
    expect(() => partsBelow('x'.repeat(3000), MAX_ENTRY_PARTS)).toThrow('use shorter names');
    expect(() => partsBelow('x', MAX_ENTRY_PARTS + 1)).toThrow('at most 1024 parts');
  });
});

describe('an entry is explained in its own words', () => {
  test.each<[string, string, Partial<Entry>, EntryContext, SensitiveDataSettings]>([
    ['Sensitive data is not enabled for the app.', 'text.say', {}, {}, { enabled: false }],
    ['The catalogue does not know the type, so all of its data is sealed.', 'unheard.of', {}, {}, {}],
    ['Transport is on, so all HTTP and WS entries are sensitive.', 'http.request', {}, {}, {}],
    ['Transport is off for the app.', 'ws.message', {}, {}, { transport: false }],
    ['Transcript is off for the app.', 'text.say', {}, {}, { transcript: false }],
    ['Transcript is off for the app.', 'image.share', {}, {}, { transcript: false }],
    ['Transcript is off for the app.', 'component.response', {}, {}, { transcript: false }],
    ['Transcript is on and the entry is flagged as sensitive.', 'text.say', { sensitive: true }, BOT, {}],
    ["Transcript is on and the thread's mode is not bot.", 'text.say', {}, { thread: { mode: 'agent' } }, {}],
    ["Transcript is on and the thread's mode is missing.", 'text.say', {}, {}, {}],
    [
      "Transcript is on and the event's user is an agent or the system.",
      'text.say',
      { user: { type: 'agent' } },
      BOT,
      {},
    ],
    ["Transcript is on and the event's user has no type.", 'text.say', { user: {} as { type: string } }, BOT, {}],
    ['Transcript is on, agents write such entries, and this one names no user.', 'note.add', {}, BOT, {}],
    ["The thread's mode is bot, and neither flag nor user makes it sensitive.", 'text.say', {}, BOT, {}],
    [
      "The thread's mode is bot, and neither flag nor user makes it sensitive.",
      'text.say',
      { user: { type: 'user' } },
      BOT,
      {},
    ],
    ['Transcript is on, so all media events are sensitive.', 'image.share', {}, BOT, {}],
    ['Transcript is on and the component is sensitive.', 'component.response', {}, { component: {} }, {}],
    ['Transcript is on and the component is missing.', 'component.response', {}, {}, {}],
    ['The component is set to be not sensitive.', 'component.response', {}, { component: { sensitive: false } }, {}],
    ['The incoming event was sensitive.', 'trigger.response', {}, { cause: { sensitive: true } }, {}],
    ['The incoming event is missing.', 'trigger.response', {}, {}, {}],
    ['The incoming event was not sensitive.', 'trigger.response', {}, { cause: { sensitive: false } }, {}],
  ])('%s (%s)', (why, type, about, context, settings) => {
    const entry: Entry = { type, data: { text: 'x' }, ...about };
    expect(explained(entry, context, settings).why).toBe(why);
  });
});

function explained(entry: Entry, context: EntryContext, settings: SensitiveDataSettings = {}) {
  return explain(entry, context, policyFor(settings), { refsAllowed: true });
}
