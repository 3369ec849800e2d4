// The catalogue: its paths, its own types, and what happens to data of another shape.

import { describe, expect, test } from 'vitest';
import { BUILT_IN_TYPES, type EntryType } from '../../../../../vault/domain/policy/built-in-types.ts';
import { catalogueOf, type OwnEntryTypes, problemsOfCatalogue } from '../../../../../vault/domain/policy/catalogue.ts';
import { classify } from '../../../../../vault/domain/policy/classify.ts';
import type { Entry } from '../../../../../vault/domain/policy/entry.ts';
import { parseFieldPath } from '../../../../../vault/domain/policy/field-path.ts';
import { policyOf } from '../../../../../vault/domain/policy/policy.ts';
import {
  anEntry,
  aRef,
  BUILT_IN_NAMES,
  entryFromJson,
  SENSITIVE_CONTEXT,
  STANDARD_POLICY,
} from '../../../../support/entries.ts';

const TICKET: EntryType = { kind: 'event', doc: 'A ticket.', sensitive: ['data.subject', 'data.notes[*].text'] };

describe('a path', () => {
  test.each([
    ['data.text', ['text']],
    ['data.buttons[*].text', ['buttons', '[*]', 'text']],
    ['data.answers.*', ['answers', '*']],
    ['data.*', ['*']],
    ['data.*.*[*][*]', ['*', '*', '[*]', '[*]']],
    ['data.x-y_Z9', ['x-y_Z9']],
    ['data.__proto__', ['__proto__']],
  ])('%s has these steps', (path, steps) => {
    expect(parseFieldPath(path)).toEqual(steps);
  });

  test.each([
    ...[
      '',
      'data',
      'data.',
      'text',
      'date.text',
      'data[*]',
      'data.[*]',
      'data..text',
      'data.text.',
      ' data.text',
      'data.a b',
    ],
    ...[
      'data.text ',
      'data.text\n',
      'data.a[0]',
      'data.a[]',
      'data.a[*',
      'data.a*',
      'data.*a',
      'data.$sensitive',
      'data.0',
    ],
    ...['data.a[*]b', 'data/text', 'DATA.text', `data.${'a'.repeat(129)}`],
  ])('%j is none', (path) => {
    expect(parseFieldPath(path)).toBeUndefined();
    expect(problemsOfCatalogue({ ticket: { ...TICKET, sensitive: [path as 'data.x'] } })).toHaveLength(1);
  });
});

describe("an app's own type", () => {
  test('is classified by its kind and its paths', () => {
    const policy = policyOf({ entryTypes: { 'crm.ticket': TICKET } });
    const data = { subject: 's', notes: [{ text: 'a', by: 'x' }, { text: 'b' }], id: 7 };
    expect(classify({ type: 'crm.ticket', data }, SENSITIVE_CONTEXT, policy)).toEqual({
      sensitive: true,
      rule: 'event',
      reason: 'thread-mode-not-bot',
      pointers: ['/data/subject', '/data/notes/0/text', '/data/notes/1/text'],
    });
    const inBotMode = classify({ type: 'crm.ticket', data }, { thread: { mode: 'bot' } }, policy);
    expect(inBotMode).toMatchObject({ sensitive: false, pointers: [] });
  });

  test.each(['a', 'Z9', 'crm.ticket-2_x', 'a'.repeat(128)])('may be called %s', (type) => {
    expect(problemsOfCatalogue({ [type]: TICKET })).toEqual([]);
  });

  test('may have no sensitive field, and is then known to have none', () => {
    const policy = policyOf({ entryTypes: { typing: { kind: 'event', doc: 'Somebody types.', sensitive: [] } } });
    const of = (data: unknown) => classify({ type: 'typing', data } as Entry, SENSITIVE_CONTEXT, policy);
    expect(of({ on: true })).toMatchObject({ sensitive: true, pointers: [] });
    expect(of('not an object')).toMatchObject({ sensitive: true, pointers: ['/data'] });
  });

  test('finds no field that an object only inherits', () => {
    const odd: EntryType = { ...TICKET, sensitive: ['data.constructor', 'data.__proto__'] };
    const policy = policyOf({ entryTypes: { odd } });
    const of = (json: string) => classify(entryFromJson(json), SENSITIVE_CONTEXT, policy).pointers;
    expect(of('{"type":"odd","data":{}}')).toEqual([]);
    expect(of('{"type":"odd","data":{"__proto__":1}}')).toEqual(['/data/__proto__']);
  });

  test.each<[string, unknown, string]>([
    ['text.say', TICKET, 'is a built-in type'],
    ['__proto__', TICKET, 'begins with a letter'],
    ['9', TICKET, 'begins with a letter'],
    ['a b', TICKET, 'letters, digits'],
    [' a', TICKET, 'letters, digits'],
    ['a\n', TICKET, 'letters, digits'],
    ['', TICKET, 'letters, digits'],
    ['a'.repeat(129), TICKET, 'up to 128'],
    ['ticket', null, 'kind must be one of'],
    ['ticket', { ...TICKET, kind: 'events' }, 'kind must be one of http, ws, event, media-event'],
    ['ticket', { ...TICKET, doc: ' ' }, 'doc must be one line'],
    ['ticket', { ...TICKET, doc: ['A ticket.'] }, 'doc must be one line'],
    ['ticket', { ...TICKET, doc: 'two\nlines' }, 'doc must be one line'],
    ['ticket', { ...TICKET, sensitive: 'data.text' }, 'sensitive must be a list'],
    ['ticket', { ...TICKET, sensitive: [7] }, 'sensitive must be a list'],
    ['ticket', { ...TICKET, sensitive: ['a.b'] }, '"a.b" is not a path: write it like data.text'],
    ['ticket', { ...TICKET, sensitive: ['data.a', 'data.a'] }, 'data.a is listed more than once'],
    ['ticket', { ...TICKET, sensitive: ['data.a', 'data.a.b'] }, 'data.a is listed more than once, or with a part'],
    ['ticket', { ...TICKET, sensitive: ['data.*', 'data.b'] }, 'data is described in 2 ways'],
    ['ticket', { ...TICKET, sensitive: ['data.a[*].x', 'data.a.x'] }, 'data.a is described in 2 ways'],
    ['ticket', { ...TICKET, sensitive: ['data.a.*.x', 'data.a[*].x'] }, 'data.a is described in 2 ways'],
  ])('called %s is refused with what to change', (type, described, problem) => {
    const own = Object.fromEntries([[type, described]]) as OwnEntryTypes;
    const problems = problemsOfCatalogue(own);
    expect(problems.filter((text) => text.startsWith(`entryTypes.${type}: `) && text.includes(problem))).toHaveLength(
      1,
    );
    expect(() => catalogueOf(own)).toThrow(problem);
  });

  test('has all its problems reported at once', () => {
    const own = {
      'note.add': { kind: 'x', doc: '', sensitive: ['text', 'data.'] },
      ok: TICKET,
    } as unknown as OwnEntryTypes;
    const problems = problemsOfCatalogue(own);
    expect(problems).toHaveLength(5);
    expect(() => catalogueOf(own)).toThrow(problems.join('; '));
  });
});

describe('the built-in types', () => {
  test('have valid paths and one-line docs', () => {
    expect(BUILT_IN_NAMES.length).toBeGreaterThanOrEqual(20);
    const copies = Object.entries(BUILT_IN_TYPES).map(([type, described]) => [`own.${type}`, described]);
    expect(problemsOfCatalogue(Object.fromEntries(copies))).toEqual([]);
  });

  test.each(BUILT_IN_NAMES)('%s has every sensitive field found in typical data', (type) => {
    const { pointers } = classify(anEntry({ type }), SENSITIVE_CONTEXT, STANDARD_POLICY);
    const paths = pointers.map((pointer) =>
      pointer
        .slice(1)
        .replace(/\/\d+(?=\/|$)/g, '[*]')
        .replaceAll('/', '.'),
    );
    const expected = BUILT_IN_TYPES[type].sensitive;
    const isMap = (path: string) => path.endsWith('.*');
    expect(new Set(paths.filter((path) => !path.startsWith('data.answers')))).toEqual(
      new Set(expected.filter((path) => !isMap(path))),
    );
    expect(paths.some((path) => path.startsWith('data.answers.'))).toBe(expected.some(isMap));
  });
});

describe('data of another shape', () => {
  test.each<[string, string, unknown, string[]]>([
    ['a text where an array is expected', 'buttons.ask', { buttons: 'Call 555' }, ['/data/buttons']],
    ['an object where an array is expected', 'buttons.ask', { buttons: { text: 'x' } }, ['/data/buttons']],
    ['a number where an array is expected', 'buttons.ask', { buttons: 0 }, ['/data/buttons']],
    [
      'a text where an object is expected',
      'buttons.ask',
      { buttons: ['x', { text: 'y' }] },
      ['/data/buttons/0', '/data/buttons/1/text'],
    ],
    ['an array where an object is expected', 'buttons.ask', { buttons: [[{ text: 'y' }]] }, ['/data/buttons/0']],
    ['an array where a map is expected', 'form.answer', { answers: ['x'] }, ['/data/answers']],
    ['a text where a map is expected', 'form.answer', { answers: 'x' }, ['/data/answers']],
    ['an object where a text is expected', 'text.say', { text: { en: 'x' } }, ['/data/text']],
    ['a text as data', 'text.say', 'x', ['/data']],
    ['an array as data', 'text.say', ['x'], ['/data']],
    [
      'data of an unknown type, member by member',
      'unheard.of',
      { a: 1, b: { c: 2 }, d: [3] },
      ['/data/a', '/data/b', '/data/d'],
    ],
    ['a text as data of an unknown type', 'unheard.of', 'x', ['/data']],
    ['types that objects inherit', 'constructor', { a: 1 }, ['/data/a']],
    ['null where an array is expected, which holds nothing', 'buttons.ask', { buttons: null }, []],
    ['null where a text is expected, a value like any other', 'text.say', { text: null }, ['/data/text']],
    ['null as data', 'text.say', null, []],
    ['no data', 'text.say', undefined, []],
    ['a ref, which is sealed already', 'form.answer', { answers: aRef() }, []],
    [
      'names that a pointer escapes',
      'form.answer',
      { answers: { 'a/b': 1, '~': 2, '': 3 } },
      ['/data/answers/a~1b', '/data/answers/~0', '/data/answers/'],
    ],
  ])('is sealed from where it differs: %s', (_, type, data, pointers) => {
    const entry = (data === undefined ? { type } : { type, data }) as Entry;
    expect(classify(entry, SENSITIVE_CONTEXT, STANDARD_POLICY)).toMatchObject({ sensitive: true, pointers });
  });
});
