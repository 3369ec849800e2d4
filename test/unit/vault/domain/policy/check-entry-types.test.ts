// Entry types in settings: everything that is wrong is listed at once, each with what to change.

import { describe, expect, test } from 'vitest';
import { checkEntryTypes } from '../../../../../vault/domain/policy/check-entry-types.ts';
import { ENTRY_KINDS } from '../../../../../vault/domain/policy/entry-type.ts';
import { formatProblem, type SettingsProblem } from '../../../../../vault/domain/settings/wording.ts';

const TICKET = { kind: 'event', doc: 'A ticket.', clear: ['data.id', 'data.tags[*]'] };
const NOTES = { kind: 'event', doc: 'Notes.', sensitive: ['data.subject', 'data.notes[*].text'] };

describe("an app's own type", () => {
  test.each(['a', 'Z9', 'crm.ticket-2_x', 'a'.repeat(128)])('may be called %s', (type) => {
    expect(checkEntryTypes({ [type]: TICKET })).toEqual([]);
  });

  test.each(ENTRY_KINDS)('may be of kind %s', (kind) => {
    expect(checkEntryTypes({ ticket: { ...TICKET, kind } })).toEqual([]);
  });

  test.each<[string, object]>([
    ['what stays readable', TICKET],
    ['nothing that stays readable', { ...TICKET, clear: [] }],
    ['what is sensitive', NOTES],
    ['nothing that is sensitive', { ...NOTES, sensitive: [] }],
    ['both', { ...TICKET, sensitive: ['data.answers.*'] }],
    ['names beside .*, where all else is sealed', { ...TICKET, clear: ['data.m.*'], sensitive: ['data.m.secret'] }],
  ])('may list %s', (_, described) => {
    expect(checkEntryTypes({ ticket: described })).toEqual([]);
  });

  test.each<[string, unknown, string]>([
    ['__proto__', TICKET, 'a name is up to 128 letters'],
    ['9', TICKET, 'begins with a letter'],
    ['a b', TICKET, 'begins with a letter'],
    [' a', TICKET, 'begins with a letter'],
    ['a\n', TICKET, 'begins with a letter'],
    ['', TICKET, 'begins with a letter'],
    ['a'.repeat(129), TICKET, 'up to 128'],
    ['Text.Say', TICKET, 'differs from the built-in text.say only by case: write text.say to change that'],
    ['HTTP.REQUEST', NOTES, 'differs from the built-in http.request only by case'],
    ['ticket', null, 'must be an object with kind, doc and clear'],
    ['ticket', [TICKET], 'must be an object with kind, doc and clear'],
    ['ticket', { ...TICKET, kind: undefined }, 'kind: must be http, ws, event, media-event'],
    ['ticket', { ...TICKET, kind: 'events' }, 'kind: must be http, ws, event, media-event'],
    ['ticket', { ...TICKET, doc: ' ' }, 'doc: must be one line'],
    ['ticket', { ...TICKET, doc: ['A ticket.'] }, 'doc: must be one line'],
    ['ticket', { ...TICKET, doc: 'two\nlines' }, 'doc: must be one line'],
    ['ticket', { ...TICKET, sensitve: [] }, 'sensitve: is not a known name: did you mean sensitive?'],
    ['ticket', { kind: 'event', doc: 'A ticket.' }, 'clear must list the fields that stay readable'],
    ['ticket', { ...TICKET, clear: 'data.text' }, "clear: must be a list of paths, such as ['data.text']"],
    ['ticket', { ...TICKET, clear: null }, 'clear: must be a list of paths'],
    ['ticket', { ...TICKET, clear: [7] }, 'clear: must be a list of paths'],
    ['ticket', { ...NOTES, sensitive: 'data.text' }, 'sensitive: must be a list of paths'],
    ['ticket', { ...NOTES, sensitive: { 0: 'data.text' } }, 'sensitive: must be a list of paths'],
    ['ticket', { ...TICKET, clear: ['a.b'] }, '"a.b" is not a path: write it like data.text'],
    ['ticket', { ...NOTES, sensitive: ['a.b'] }, '"a.b" is not a path: write it like data.text'],
    ['ticket', { ...TICKET, clear: ['data.a', 'data.a'] }, 'data.a is listed more than once'],
    ['ticket', { ...TICKET, clear: ['data.a', 'data.a.b'] }, 'data.a is listed more than once, or with a part'],
    ['ticket', { ...TICKET, clear: ['data.a'], sensitive: ['data.a'] }, 'data.a is listed more than once'],
    ['ticket', { ...TICKET, clear: ['data.a.b'], sensitive: ['data.a'] }, 'data.a is listed more than once'],
    ['ticket', { ...TICKET, clear: ['data.a[*].x', 'data.a.x'] }, 'data.a is described in 2 ways'],
    ['ticket', { ...TICKET, clear: ['data.a.*.x'], sensitive: ['data.a[*].x'] }, 'data.a is described in 2 ways'],
    ['ticket', { ...NOTES, sensitive: ['data.*', 'data.b'] }, 'data is described in 2 ways'],
    ['ticket', { ...NOTES, sensitive: ['data.*', 'data.b.x'] }, 'data is described in 2 ways'],
    ['ticket', { ...NOTES, sensitive: ['data.a[*].x', 'data.a.x'] }, 'data.a is described in 2 ways'],
  ])('called %j and given as %j is refused: %s', (type, described, problem) => {
    const problems = checkEntryTypes(Object.fromEntries([[type, described]]));
    expect(problems.filter(({ path: [at] }) => at === type).map(formatMember)).toContainEqual(
      expect.stringContaining(problem),
    );
  });
});

describe('a change to a built-in type', () => {
  test.each<[string, string, object]>([
    ['makes a field readable', 'text.say', { clear: ['data.tone'] }],
    ['makes one answer readable', 'form.answer', { clear: ['data.answers.plan'] }],
    ['makes every answer readable', 'form.answer', { clear: ['data.answers.*'] }],
    ['makes readable what is readable', 'text.say', { clear: ['data.lang'] }],
    ['seals what was readable', 'http.request', { sensitive: ['data.method'] }],
    ['seals all of it', 'text.say', { sensitive: ['data.*'] }],
    ['seals a list with readable parts as a whole', 'buttons.ask', { sensitive: ['data.buttons'] }],
    ['seals parts of a field separately', 'http.request', { sensitive: ['data.headers.*'] }],
    ['does both', 'rating.give', { clear: ['data.scale'], sensitive: ['data.score'] }],
  ])('that %s is accepted', (_, type, change) => {
    expect(checkEntryTypes({ [type]: change })).toEqual([]);
  });

  test.each<[string, unknown, string]>([
    ['text.say', { kind: 'event' }, 'kind: is not for text.say, which is built in: change clear and sensitive only'],
    ['text.say', { ...TICKET }, 'doc: is not for text.say'],
    ['text.say', {}, 'changes nothing'],
    ['text.say', { clear: [], sensitive: [] }, 'changes nothing'],
    ['text.say', null, 'must be an object'],
    ['text.say', { clear: 'data.tone' }, 'clear: must be a list of paths'],
    ['text.say', { clear: ['tone'] }, '"tone" is not a path'],
    ['text.say', { sensitive: ['data.langauge'] }, 'data.langauge is sealed already: check its spelling'],
    ['form.answer', { sensitive: ['data.answers.*'] }, 'data.answers.* is sealed already'],
    ['buttons.ask', { sensitive: ['data.buttons[*].text'] }, 'data.buttons[*].text is sealed already'],
    ['contact.share', { sensitive: ['data.*'] }, 'data.* is sealed already'],
    ['text.say', { clear: ['data.tone'], sensitive: ['data.tone'] }, 'data.tone is listed more than once'],
    ['buttons.ask', { clear: ['data.buttons.count'] }, 'data.buttons is described in 2 ways'],
  ])('of %s given as %j is refused: %s', (type, change, problem) => {
    const problems = checkEntryTypes({ [type]: change });
    expect(problems.filter(({ path: [at] }) => at === type).map(formatMember)).toContainEqual(
      expect.stringContaining(problem),
    );
  });
});

test.each([
  [
    'buttons.ask',
    'data.buttons.text',
    'data.buttons is described in 2 ways: use names, .* or [*] below it, one of them',
  ],
  [
    'buttons.ask',
    'data.buttons.first.text',
    'data.buttons is described in 2 ways: use names, .* or [*] below it, one of them',
  ],
  ['form.answer', 'data.answers[*]', 'data.answers is described in 2 ways: use names, .* or [*] below it, one of them'],
  ['text.say', 'tone', '"tone" is not a path: write it like data.text, data.buttons[*].text, data.map.*'],
  ['text.say', 'data.tone[*]', undefined],
  ['http.request', 'data.method[*]', undefined],
])('a path of %s that does not fit its shape, %s, is not said to be sealed already', (type, path, problem) => {
  const problems = checkEntryTypes({ [type]: { sensitive: [path] } }).map(({ text }) => text);
  expect(problems.filter((text) => text.includes('sealed already'))).toEqual([]);
  expect(problems).toEqual(problem === undefined ? [] : [problem]);
});

test.each<[string, object, SettingsProblem['path'], string]>([
  ['ticket', { ...TICKET, clear: 'data.id' }, ['ticket', 'clear'], "must be a list of paths, such as ['data.text']"],
  ['ticket', { ...TICKET, clear: ['id'] }, ['ticket'], '"id" is not a path'],
  ['my ticket', TICKET, ['my ticket'], 'a name is up to 128 letters'],
])('one fault of %s, given as %j, is one problem, at %j', (type, described, path, text) => {
  expect(checkEntryTypes({ [type]: described })).toEqual([{ path, text: expect.stringContaining(text) }]);
});

test('all problems of all types are listed at once', () => {
  const entryTypes = { 'note.add': { kind: 'x', doc: '' }, ticket: { kind: 'x', doc: '', clear: ['text', 'data.'] } };
  expect(checkEntryTypes({ ...entryTypes, ok: TICKET })).toHaveLength(2 + 4);
});

test.each([null, [], 'text.say', 7, undefined])('%j in the place of the types is refused', (entryTypes) => {
  expect(checkEntryTypes(entryTypes).map(formatProblem)).toEqual([
    expect.stringContaining('must be an object of entry types by name, got '),
  ]);
});

/** A problem of a type, with the member that it is about. */
function formatMember({ path, text }: SettingsProblem): string {
  return formatProblem({ path: path.slice(1), text });
}
