// Explanations: the rule, every part of the data and a sentence each, never a value.

import { describe, expect, test } from 'vitest';
import type { Context, Entry } from '../../../../../vault/domain/policy/entry.ts';
import { explain } from '../../../../../vault/domain/policy/explain.ts';
import { policyOf, type SensitiveDataSettings } from '../../../../../vault/domain/policy/policy.ts';
import { MAX_ENTRY_PARTS } from '../../../../../wire/limits.ts';
import { anEntry, aRef, SENSITIVE_CONTEXT, STANDARD_POLICY } from '../../../../support/entries.ts';

describe('an explanation', () => {
  test('says for each part whether it is sealed, by which rule and why', () => {
    const data = { text: 'Pay?', buttons: [{ text: 'a', style: 'bold' }, 'Call 555'], at: 3, foot: null };
    const because = "transcript is on and the thread's mode is not bot.";
    const other = 'No sensitive field of the type.';
    const whole = 'Not of the shape of data.buttons[*], so sealed as a whole';
    expect(explain(anEntry({ type: 'buttons.ask', data }), { thread: { mode: 'agent' } }, STANDARD_POLICY)).toEqual({
      ...{ sensitive: true, rule: 'event', why: "Transcript is on and the thread's mode is not bot." },
      parts: [
        { pointer: '/data/at', sealed: false, why: other },
        { pointer: '/data/buttons/0/style', sealed: false, why: other },
        { pointer: '/data/buttons/0/text', sealed: true, why: `data.buttons[*].text: ${because}` },
        { pointer: '/data/buttons/1', sealed: true, why: `${whole}: ${because}` },
        { pointer: '/data/foot', sealed: false, why: 'It is null and holds nothing.' },
        { pointer: '/data/text', sealed: true, why: `data.text: ${because}` },
      ],
    });
  });

  test('says of null in the place of a list that it holds nothing', () => {
    const entry = anEntry({ type: 'buttons.ask', data: { buttons: null } });
    expect(explain(entry, SENSITIVE_CONTEXT, STANDARD_POLICY).parts).toEqual([
      { pointer: '/data/buttons', sealed: false, why: 'It is null and holds nothing.' },
    ]);
  });

  test('of an entry that is not sensitive says why its fields stay in clear', () => {
    const why = "data.text: the thread's mode is bot, and neither flag nor user says otherwise.";
    expect(explain(anEntry({ data: { text: 'x' } }), { thread: { mode: 'bot' } }, STANDARD_POLICY)).toMatchObject({
      ...{ sensitive: false, rule: 'event', parts: [{ pointer: '/data/text', sealed: false, why }] },
    });
    const off = explain(anEntry({ data: { text: 'x' } }), {}, policyOf({ enabled: false }));
    expect(off).toEqual({
      ...{ sensitive: false, rule: 'disabled', why: 'Sensitive data is not enabled for the app.' },
      parts: [{ pointer: '/data/text', sealed: false, why: 'data.text: sensitive data is not enabled for the app.' }],
    });
  });

  // Pointers are put together when they are read: 60 KB of JSON once took 200 MB.
  test('of few parts below a long name is refused before their pointers are read', () => {
    const below = (name: string, parts: number) => anEntry({ data: { [name]: [aRef(), ...Array(parts - 1).fill(0)] } });
    const explained = (entry: Entry) => explain(entry, SENSITIVE_CONTEXT, STANDARD_POLICY).parts.length;
    expect(explained(below('x'.repeat(2000), MAX_ENTRY_PARTS))).toBe(MAX_ENTRY_PARTS);
    expect(() => explained(below('x'.repeat(3000), MAX_ENTRY_PARTS))).toThrow('characters of pointers');
    expect(() => explained(below('x', MAX_ENTRY_PARTS + 1))).toThrow('at most 1024 parts');
  });

  test('of an unknown type says that all of it is sealed', () => {
    const why = 'data.*: the catalogue does not know the type, so all of its data is sealed.';
    expect(explain(anEntry({ type: 'unheard.of', data: { a: 1 } }), {}, STANDARD_POLICY)).toMatchObject({
      ...{ sensitive: true, rule: 'unknown-type', parts: [{ pointer: '/data/a', sealed: true, why }] },
    });
  });

  test('tells refs that are there from the parts around them', () => {
    const entry = anEntry({ type: 'component.response', data: { result: { a: aRef(), b: 'x' } } });
    expect(explain(entry, SENSITIVE_CONTEXT, STANDARD_POLICY).parts).toMatchObject([
      { pointer: '/data/result/a', sealed: true, why: 'It is a ref already and stays as it is.' },
      { pointer: '/data/result/b', sealed: true },
    ]);
  });

  test('is about data alone', () => {
    const entry = { ...anEntry({ data: {} }), database: aRef() };
    expect(explain(entry, SENSITIVE_CONTEXT, STANDARD_POLICY).parts).toEqual([]);
    const without = { type: 'unheard.of' } as unknown as Entry;
    expect(explain(without, SENSITIVE_CONTEXT, STANDARD_POLICY)).toMatchObject({ sensitive: true, parts: [] });
  });
});

describe('an entry is explained in its own words', () => {
  const BOT = { thread: { mode: 'bot' } };

  test.each<[string, string, Partial<Entry>, Context, SensitiveDataSettings]>([
    ['Sensitive data is not enabled for the app.', 'text.say', {}, {}, { enabled: false }],
    ['The catalogue does not know the type, so all of its data is sealed.', 'unheard.of', {}, {}, {}],
    ['Transport is on, so all HTTP and WS entries are sensitive.', 'http.request', {}, {}, {}],
    ['Transport is off for the app.', 'ws.message', {}, {}, { transport: false }],
    ['Transcript is off for the app.', 'text.say', {}, {}, { transcript: false }],
    ['Transcript is off for the app.', 'image.share', {}, {}, { transcript: false }],
    ['Transcript is off for the app.', 'component.response', {}, {}, { transcript: false }],
    ['Transcript is on and the entry is flagged as sensitive.', 'text.say', { sensitive: true }, BOT, {}],
    ["Transcript is on and the thread's mode is not bot.", 'text.say', {}, { thread: { mode: 'agent' } }, {}],
    ["Transcript is on and nobody said what the thread's mode is.", 'text.say', {}, {}, {}],
    [
      "Transcript is on and the event's user is an agent or the system.",
      'text.say',
      { user: { type: 'agent' } },
      BOT,
      {},
    ],
    [
      'Transcript is on and nobody said of what type the user is.',
      'text.say',
      { user: {} as { type: string } },
      BOT,
      {},
    ],
    ["The thread's mode is bot, and neither flag nor user says otherwise.", 'text.say', {}, BOT, {}],
    [
      "The thread's mode is bot, and neither flag nor user says otherwise.",
      'text.say',
      { user: { type: 'user' } },
      BOT,
      {},
    ],
    ['Transcript is on, so all media events are sensitive.', 'image.share', {}, BOT, {}],
    ['Transcript is on and the component is sensitive.', 'component.response', {}, { component: {} }, {}],
    ['Transcript is on and nobody said which component responded.', 'component.response', {}, {}, {}],
    ['The component is set to be not sensitive.', 'component.response', {}, { component: { sensitive: false } }, {}],
    ['The incoming event was sensitive.', 'trigger.response', {}, { cause: { sensitive: true } }, {}],
    ['Nobody said whether the incoming event was sensitive.', 'trigger.response', {}, {}, {}],
    ['The incoming event was not sensitive.', 'trigger.response', {}, { cause: { sensitive: false } }, {}],
  ])('%s (%s)', (why, type, about, context, settings) => {
    const entry: Entry = { type, data: { text: 'x' }, ...about };
    expect(explain(entry, context, policyOf(settings)).why).toBe(why);
  });
});
