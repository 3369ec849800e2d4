// The catalogue: own types, changed built-in types, and data of another shape than expected.

import { describe, expect, test } from 'vitest';
import { BUILT_IN, buildCatalogue } from '../../../../../vault/domain/policy/catalogue.ts';
import type { EntryTypes } from '../../../../../vault/domain/policy/entry-type.ts';
import { planSealing } from '../../../../../vault/domain/policy/plan.ts';
import { policyFor } from '../../../../../vault/domain/policy/policy.ts';
import { UNKNOWN_SHAPE } from '../../../../../vault/domain/policy/shape.ts';
import type { Entry } from '../../../../../wire/entry.ts';
import { aRef, entryFromJson, SENSITIVE_CONTEXT } from '../../../../support/entries.ts';

describe("an app's own type", () => {
  test('with `clear` keeps those fields readable and seals everything else', () => {
    const ticket = { kind: 'event', doc: 'A ticket.', clear: ['data.id', 'data.tags[*]', 'data.flags.*'] } as const;
    const data = {
      id: 7,
      tags: ['new', { a: 1 }, ['x']],
      flags: { open: true, by: { name: 'Maya' } },
      subject: 's',
      notes: [{ text: 'a' }],
    };
    expect(sealedIn({ type: 'crm.ticket', data }, { 'crm.ticket': ticket })).toEqual([
      '/data/tags/1',
      '/data/tags/2',
      '/data/flags/by',
      '/data/subject',
      '/data/notes',
    ]);
  });

  test('with an empty `clear` seals every member of its data', () => {
    const ticket = { kind: 'event', doc: 'A ticket.', clear: [] } as const;
    expect(sealedIn({ type: 'x', data: { a: 1, b: { c: null } } }, { x: ticket })).toEqual(['/data/a', '/data/b']);
  });

  test('with `sensitive` seals those fields and keeps everything else readable', () => {
    const ticket = { kind: 'event', doc: 'A ticket.', sensitive: ['data.subject', 'data.notes[*].text'] } as const;
    const data = { id: 7, notes: [{ text: 'a', by: 'x' }, { text: 'b' }], subject: 's', more: { subject: 't' } };
    const pointers = ['/data/notes/0/text', '/data/notes/1/text', '/data/subject'];
    expect(sealedIn({ type: 'x', data }, { x: ticket })).toEqual(pointers);
  });

  test('with both divides what is sealed into smaller parts', () => {
    const form = { kind: 'event', doc: 'A form.', clear: ['data.id'], sensitive: ['data.answers.*'] } as const;
    const data = { id: 7, answers: { a: 1, b: { c: 2 } }, more: { d: 3 } };
    expect(sealedIn({ type: 'x', data }, { x: form })).toEqual(['/data/answers/a', '/data/answers/b', '/data/more']);
  });

  test('lets a name be an exception to .* where all else is sealed', () => {
    const flags = { kind: 'event', doc: 'Flags.', clear: ['data.*'], sensitive: ['data.name'] } as const;
    expect(sealedIn({ type: 'x', data: { a: 1, name: 'Maya' } }, { x: flags })).toEqual(['/data/name']);
    const but = {
      kind: 'event',
      doc: 'Flags.',
      clear: ['data.m.open', 'data.m.deep.x'],
      sensitive: ['data.m.*'],
    } as const;
    const data = { m: { open: true, deep: { x: 1, y: 2 }, other: {} } };
    expect(sealedIn({ type: 'x', data }, { x: but })).toEqual(['/data/m/deep/y', '/data/m/other']);
  });

  test('follows the rule of its kind', () => {
    const entryTypes = { x: { kind: 'event', doc: 'X.', clear: [] } } as const;
    const entry = { type: 'x', data: { a: 1 } };
    const inBotMode = planSealing(entry, { thread: { mode: 'bot' } }, policyFor({ entryTypes }), {
      refsAllowed: false,
    });
    expect(inBotMode).toMatchObject({ sensitive: false, rule: 'event', parts: [] });
  });

  test('with an empty `sensitive` seals nothing but data that is not an object', () => {
    const typing = { kind: 'event', doc: 'Someone types.', sensitive: [] } as const;
    expect(sealedIn({ type: 'x', data: { on: true } }, { x: typing })).toEqual([]);
    expect(sealedIn({ type: 'x', data: 'a text' } as unknown as Entry, { x: typing })).toEqual(['/data']);
  });

  test('finds no field that an object only inherits', () => {
    const odd = { kind: 'event', doc: 'Odd.', sensitive: ['data.constructor', 'data.__proto__'] } as const;
    const json = (data: string) => sealedIn(entryFromJson(`{"type":"x","data":${data}}`), { x: odd });
    expect(json('{}')).toEqual([]);
    expect(json('{"__proto__":1}')).toEqual(['/data/__proto__']);
  });

  test('with an empty `clear` has the shape of a type that the catalogue does not know', () => {
    const catalogue = buildCatalogue({ x: { kind: 'event', doc: 'X.', clear: [] } });
    expect(catalogue.get('x')?.shape).toEqual(UNKNOWN_SHAPE);
    expect(UNKNOWN_SHAPE).toEqual({ kind: 'object', path: 'data', members: new Map(), rest: { kind: 'sealed' } });
  });

  test('with paths that are none is refused, and all of them are listed', () => {
    const broken = { kind: 'event', doc: 'X.', clear: ['data.a[0]', 'data.b[0]'] } as const;
    const help = 'write it like data.text, data.buttons[*].text, data.map.*';
    expect(() => buildCatalogue({ x: broken })).toThrow(
      `entryTypes.x: "data.a[0]" is not a path: ${help}; "data.b[0]" is not a path: ${help}`,
    );
  });
});

describe('a changed built-in type', () => {
  const buttons = { text: 'Pay?', buttons: [{ text: 'Yes', style: 'bold' }], tone: 'a calm tone' };

  test.each<[string, string, EntryTypes[string], unknown, string[]]>([
    [
      'makes readable only what `clear` names',
      'buttons.ask',
      { clear: ['data.tone'] },
      buttons,
      ['/data/text', '/data/buttons/0/text'],
    ],
    [
      'makes readable only texts, numbers and booleans',
      'text.say',
      { clear: ['data.tone'] },
      { tone: { a: 'b' } },
      ['/data/tone'],
    ],
    [
      'makes one answer readable and keeps the others sealed',
      'form.answer',
      { clear: ['data.answers.plan'] },
      { answers: { plan: 'the big one', name: 'Maya' } },
      ['/data/answers/name'],
    ],
    [
      'makes every answer readable',
      'form.answer',
      { clear: ['data.answers.*'] },
      { answers: { plan: 'the big one', more: {} } },
      ['/data/answers/more'],
    ],
    [
      'seals what `sensitive` names',
      'http.request',
      { sensitive: ['data.method'] },
      { method: 'GET' },
      ['/data/method'],
    ],
    [
      'seals a list with readable parts as a whole',
      'buttons.ask',
      { sensitive: ['data.buttons'] },
      buttons,
      ['/data/text', '/data/buttons', '/data/tone'],
    ],
    [
      'seals with a wildcard what is listed by name',
      'buttons.ask',
      { sensitive: ['data.buttons[*].*'] },
      buttons,
      ['/data/text', '/data/buttons/0/text', '/data/buttons/0/style', '/data/tone'],
    ],
    [
      'seals everything with .*',
      'buttons.ask',
      { sensitive: ['data.*'] },
      buttons,
      ['/data/text', '/data/buttons', '/data/tone'],
    ],
    [
      'seals the parts of a field separately',
      'http.request',
      { sensitive: ['data.headers.*'] },
      { headers: { a: 1, b: 2 } },
      ['/data/headers/a', '/data/headers/b'],
    ],
    [
      'seals a field that it describes as an object where it is a text',
      'text.say',
      { clear: ['data.lang.code'] },
      { lang: 'en' },
      ['/data/lang'],
    ],
  ])('%s', (_, type, change, data, pointers) => {
    expect(sealedIn({ type, data } as Entry, { [type]: change })).toEqual(pointers);
  });

  test('lets a field that the app lists hold any text, not only a word', () => {
    const data = { lang: 'English, mostly' };
    expect(sealedIn({ type: 'text.say', data })).toEqual(['/data/lang']);
    expect(sealedIn({ type: 'text.say', data }, { 'text.say': { clear: ['data.lang'] } })).toEqual([]);
  });

  test('says of what `sensitive` names that it is sealed, and which line says so', () => {
    const shape = buildCatalogue({ 'http.request': { sensitive: ['data.method'] } }).get('http.request')?.shape;
    expect(shape?.kind === 'object' && shape.members.get('method')).toEqual({ kind: 'sealed', path: 'data.method' });
  });

  test('keeps its kind and its author', () => {
    const catalogue = buildCatalogue({ 'note.add': { clear: ['data.colour'] } });
    expect(catalogue.get('note.add')).toMatchObject({ kind: 'event', author: 'agent' });
    expect(catalogue.size).toBe(BUILT_IN.size);
  });
});

describe('data of another shape', () => {
  test.each<[string, string, unknown, string[]]>([
    ['a text where an array is expected', 'buttons.ask', { buttons: 'Call 555' }, ['/data/buttons']],
    ['an object where an array is expected', 'buttons.ask', { buttons: { style: 'x' } }, ['/data/buttons']],
    ['a number where an array is expected', 'buttons.ask', { buttons: 0 }, ['/data/buttons']],
    ['a text where an object is expected', 'buttons.ask', { buttons: ['x', { style: 'y' }] }, ['/data/buttons/0']],
    ['an array where an object is expected', 'buttons.ask', { buttons: [[{ style: 'y' }]] }, ['/data/buttons/0']],
    ['an array where an object of answers is expected', 'form.answer', { answers: ['x'] }, ['/data/answers']],
    ['a text where an object of answers is expected', 'form.answer', { answers: 'x' }, ['/data/answers']],
    ['an object where a word is expected', 'text.say', { lang: { en: 'x' } }, ['/data/lang']],
    ['an array where a word is expected', 'http.request', { method: ['GET'] }, ['/data/method']],
    ['a sentence where a word is expected', 'http.request', { method: 'GET maya' }, ['/data/method']],
    ['an email address where a word is expected', 'ws.message', { direction: 'maya@example.org' }, ['/data/direction']],
    ['a URL where a word is expected', 'text.say', { lang: 'https://example.org/maya' }, ['/data/lang']],
    ['an empty text where a word is expected', 'text.say', { lang: '' }, ['/data/lang']],
    ['a very long word', 'text.say', { lang: 'x'.repeat(129) }, ['/data/lang']],
    ['a text as data', 'text.say', 'x', ['/data']],
    ['an array as data', 'text.say', ['x'], ['/data']],
    ['a text as data of an unknown type', 'unheard.of', 'x', ['/data']],
  ])('is sealed from where it differs: %s', (_, type, data, pointers) => {
    expect(sealedIn({ type, data } as Entry)).toEqual(pointers);
  });

  test.each<[string, string, unknown, string[]]>([
    [
      'data of an unknown type, member by member',
      'unheard.of',
      { a: 1, b: { c: 2 }, d: [3] },
      ['/data/a', '/data/b', '/data/d'],
    ],
    ['a type that differs by case', 'HTTP.request', { method: 'GET' }, ['/data/method']],
    ['a type with a blank', 'text.say ', { lang: 'en' }, ['/data/lang']],
    ['a type that objects inherit', 'constructor', { a: 1 }, ['/data/a']],
    ['null, a value like any other', 'text.say', { text: null }, ['/data/text']],
    [
      'names that a pointer escapes',
      'form.answer',
      { answers: { 'a/b': 1, '~': 2, '': 3 } },
      ['/data/answers/a~1b', '/data/answers/~0', '/data/answers/'],
    ],
  ])('or of an unknown type is sealed: %s', (_, type, data, pointers) => {
    expect(sealedIn({ type, data } as Entry)).toEqual(pointers);
  });

  test.each<[string, string, unknown]>([
    ['null where an array is expected, which holds nothing', 'buttons.ask', { buttons: null }],
    ['null where an object is expected', 'form.answer', { answers: null }],
    ['null where a word is expected', 'text.say', { lang: null }],
    ['null as data', 'text.say', null],
    ['no data', 'text.say', undefined],
    ['a ref, which is sealed already', 'form.answer', { answers: aRef() }],
  ])('leaves nothing to seal: %s', (_, type, data) => {
    const entry = (data === undefined ? { type } : { type, data }) as Entry;
    const plan = planSealing(entry, SENSITIVE_CONTEXT, policyFor(), { refsAllowed: true });
    expect(plan).toMatchObject({ sensitive: true, parts: [] });
  });
});

function sealedIn(entry: Entry, entryTypes?: EntryTypes): string[] {
  const plan = planSealing(entry, SENSITIVE_CONTEXT, policyFor({ entryTypes }), { refsAllowed: false });
  return plan.parts.map(({ pointer }) => pointer);
}
