// The built-in types: what each keeps readable, and that nothing else is.

import { describe, expect, test } from 'vitest';
import type { BuiltInType } from '../../../../../vault/domain/policy/built-in-types.ts';
import { BUILT_IN } from '../../../../../vault/domain/policy/catalogue.ts';
import { checkEntryTypes } from '../../../../../vault/domain/policy/check-entry-types.ts';
import { planSealing } from '../../../../../vault/domain/policy/plan.ts';
import type { Entry } from '../../../../../wire/entry.ts';
import {
  BUILT_IN_NAMES,
  SENSITIVE_CONTEXT,
  STANDARD_POLICY,
  sealed,
  TYPICAL_DATA,
} from '../../../../support/entries.ts';

test('each has valid paths, and says in one line what it is and why its fields may stay readable', () => {
  expect(BUILT_IN.size).toBeGreaterThanOrEqual(20);
  for (const [type, { kind, doc, clear, sensitive, why }] of BUILT_IN) {
    expect(checkEntryTypes({ [`own.${type}`]: { kind, doc, clear, sensitive } })).toEqual([]);
    expect(`${doc}\n${why}`).toMatch(/^[A-Z].*\.\n[A-Z`].*\.$/);
  }
});

// One row for each type: what stays of typical data, and beside it what other payloads hold.
test.each<[BuiltInType, Entry['data'], Entry['data']]>([
  [
    'http.request',
    { path: '/u/maya@example.org', params: { id: 'maya' }, ip: '203.0.113.7', host: 'h', userAgent: 'u', cookies: {} },
    { method: 'POST' },
  ],
  ['http.response', { statusText: 'Maya', reason: 'r', location: '/u/maya', json: { a: 1 } }, { status: 200 }],
  ['ws.message', { payload: 'secret', text: 'secret', frame: ['secret'], url: 'u', close: 'r' }, { direction: 'in' }],
  [
    'text.say',
    { html: '<p>x</p>', quote: { text: 'x' }, attachments: [{ name: 'x' }], markdown: 'x', mentions: ['maya'] },
    { lang: 'en', language: 'en-GB' },
  ],
  [
    'form.ask',
    {
      description: 'x',
      submit: 'x',
      fields: [{ name: 'n', placeholder: 'Maya', help: 'x', options: ['x'], default: 1 }],
    },
    { form: 'prechat', fields: [{ name: 'n' }] },
  ],
  ['form.answer', { answers: { email: 'maya@example.org' }, comment: 'x', raw: 'a=b' }, { form: 'prechat' }],
  ['quick-replies.ask', { replies: [{ text: 'x', icon: 'x', payload: 'x' }], footer: 'x' }, {}],
  [
    'buttons.ask',
    { buttons: [{ style: 'bold', text: 'x', phone: '555-0100', payload: {} }], footer: 'x' },
    { buttons: [{ style: 'bold' }] },
  ],
  [
    'cards.show',
    { cards: [{ id: 17, subtitle: 'x', price: 17, buttons: [{ style: 'bold', phone: '555-0100' }] }], header: 'x' },
    { layout: 'wide', cards: [{ buttons: [{ style: 'bold' }] }] },
  ],
  ['email.send', { sender: 'maya@example.org', headers: { 'message-id': 'x' }, amp: 'x' }, { direction: 'in' }],
  [
    'contact.share',
    { firstName: 'Maya', emails: ['maya@example.org'], iban: 'GB29 NWBK', vcard: 'x', source: 'card' },
    {},
  ],
  ['location.share', { lat: 52.52, lng: 13.4, accuracyM: 20, plusCode: 'x', url: 'u' }, {}],
  ['rating.give', { text: 'x', agent: 'Ada', reasons: ['x'] }, { score: 4 }],
  ['note.add', { html: 'x', author: 'Ada', mentions: ['x'] }, { pinned: true }],
  ['file.share', { caption: 'x', filename: 'x', path: '/x', sha256: 'x' }, { bytes: 12, mediaType: 'application/pdf' }],
  ['image.share', { caption: 'x', thumbnail: 'x', exif: { gps: [1, 2] } }, { bytes: 12, mediaType: 'image/png' }],
  ['audio.share', { caption: 'x', speaker: 'Maya' }, { bytes: 12, mediaType: 'audio/ogg', seconds: 3 }],
  ['video.share', { caption: 'x', chapters: ['x'] }, { bytes: 12, mediaType: 'video/mp4', seconds: 3 }],
  ['component.response', { error: 'no such user: maya', logs: ['x'], cause: {} }, { component: 'lookup' }],
  ['trigger.response', { match: 'x', entities: [{ value: 'x' }], error: 'x' }, { trigger: 'keyword' }],
])('%s seals unknown members too, and keeps only these readable', (type, more, readable) => {
  const { entry } = sealed({ type, data: { ...TYPICAL_DATA[type], ...more } });
  expect(withoutRefs(entry.data)).toEqual(readable);
});

test.each(BUILT_IN_NAMES)('%s keeps every field readable that it lists', (type) => {
  const paths = new Set(leafPaths(withoutRefs(sealed({ type, data: TYPICAL_DATA[type] }).entry.data), 'data'));
  expect(paths).toEqual(new Set(BUILT_IN.get(type)?.clear));
});

describe('the sealed parts of', () => {
  test.each<[BuiltInType, string[]]>([
    ['form.answer', ['/data/answers/email', '/data/answers/age', '/data/answers/news']],
    ['http.request', ['/data/url', '/data/headers', '/data/query', '/data/cookies', '/data/body']],
    ['quick-replies.ask', ['/data/text', '/data/replies']],
    ['buttons.ask', ['/data/text', '/data/buttons/0/text', '/data/buttons/0/url', '/data/buttons/0/value']],
  ])('%s are as large as they can be', (type, pointers) => {
    const { parts } = planSealing({ type, data: TYPICAL_DATA[type] }, SENSITIVE_CONTEXT, STANDARD_POLICY, {
      refsAllowed: false,
    });
    expect(parts.map(({ pointer }) => pointer)).toEqual(pointers);
  });
});

/** The value without its refs, and without what holds nothing else. */
function withoutRefs(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Object.hasOwn(value, '$sensitive')) return undefined;
  const members = Object.entries(value)
    .map(([name, member]) => [name, withoutRefs(member)] as const)
    .filter(
      ([, member]) => member !== undefined && !(typeof member === 'object' && Object.keys(member ?? {}).length === 0),
    );
  return Array.isArray(value) ? members.map(([, element]) => element) : Object.fromEntries(members);
}

function leafPaths(value: unknown, path: string): string[] {
  if (Array.isArray(value)) return value.flatMap((element) => leafPaths(element, `${path}[*]`));
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([name, member]) => leafPaths(member, `${path}.${name}`));
}
