// Entries for tests: one of every built-in type, contexts, refs, and hostile JSON.

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { formatRef, REF_ID_BYTES } from '../../vault/domain/envelope/ref.ts';
import { BUILT_IN_TYPES, type BuiltInType } from '../../vault/domain/policy/built-in-types.ts';
import { BUILT_IN } from '../../vault/domain/policy/catalogue.ts';
import { applySealed, planSealing } from '../../vault/domain/policy/plan.ts';
import { type Policy, policyFor } from '../../vault/domain/policy/policy.ts';
import type { Entry, EntryContext } from '../../wire/entry.ts';

export const BUILT_IN_NAMES = Object.keys(BUILT_IN_TYPES) as BuiltInType[];

/** Data as the catalogue expects it: each readable field, and fields that are sealed beside them. */
export const TYPICAL_DATA: Record<BuiltInType, Entry['data']> = {
  'http.request': {
    method: 'POST',
    url: 'https://crm.example/people?email=maya%40example.org',
    headers: { authorization: 'Bearer 1234', accept: 'application/json' },
    query: { email: 'maya@example.org' },
    cookies: { session: 'abc' },
    body: { name: 'Maya', tags: ['new', 7] },
  },
  'http.response': {
    status: 200,
    url: 'https://crm.example/people',
    headers: { 'set-cookie': 'session=abc' },
    cookies: {},
    body: '<p>Maya</p>',
  },
  'ws.message': { direction: 'in', url: 'wss://chat.example', payload: { text: 'hello' } },
  'text.say': { text: 'my card is 4111 1111 1111 1111', lang: 'en', language: 'en-GB', html: '<p>my card</p>' },
  'form.ask': {
    form: 'prechat',
    text: 'Who are you?',
    fields: [
      { name: 'email', type: 'email', required: true, label: 'E-mail', value: 'maya@example.org', placeholder: 'Maya' },
      { name: 'plan', type: 'choice', label: 'Plan', value: null, options: ['Basic', 'Premium'] },
    ],
  },
  'form.answer': { form: 'prechat', answers: { email: 'maya@example.org', age: 41, news: false } },
  'quick-replies.ask': { text: 'Which one?', replies: [{ text: 'This', value: 1, icon: 'left' }] },
  'buttons.ask': { text: 'Pay?', buttons: [{ text: 'Yes', url: 'https://pay.example/17', value: 'y', style: 'bold' }] },
  'cards.show': {
    layout: 'wide',
    cards: [
      {
        title: 'Invoice',
        text: '17 EUR',
        imageUrl: 'https://i.example/1',
        id: 1,
        buttons: [{ text: 'Pay', url: 'u', value: 1, style: 'bold' }],
      },
      { title: 'Other', text: null, buttons: [] },
    ],
  },
  'email.send': {
    direction: 'in',
    from: 'maya@example.org',
    to: ['desk@example.org'],
    cc: [],
    bcc: null,
    replyTo: 'maya@example.org',
    subject: 'My invoice',
    text: 'see below',
    html: '<p>see below</p>',
    attachments: [{ name: 'invoice.pdf', url: 'https://f.example/1', content: 'JVBERi0=', size: 9 }],
  },
  'contact.share': {
    source: 'card',
    name: 'Maya',
    email: 'maya@example.org',
    phone: '+1 555 0100',
    address: { city: 'Springfield' },
    company: 'Example',
    birthDate: '1984-02-29',
  },
  'location.share': { latitude: 52.52, longitude: 13.4, address: 'Example Street 1', label: 'home', accuracyM: 20 },
  'rating.give': { score: 4, comment: 'Ada was kind' },
  'note.add': { text: 'asks for a refund', pinned: true },
  'file.share': { name: 'passport.pdf', url: 'https://f.example/2', bytes: 12, mediaType: 'application/pdf' },
  'image.share': { name: 'me.png', url: 'https://f.example/3', alt: 'me', bytes: 12, mediaType: 'image/png' },
  'audio.share': {
    name: 'a.ogg',
    url: 'https://f.example/4',
    content: 'T2dnUw==',
    transcript: 'hi',
    bytes: 12,
    mediaType: 'audio/ogg',
    seconds: 3,
  },
  'video.share': {
    name: 'v.mp4',
    url: 'https://f.example/5',
    content: 'AAAA',
    transcript: [{ atS: 0, text: 'hello' }],
    previewUrl: 'https://f.example/6',
    bytes: 12,
    mediaType: 'video/mp4',
    seconds: 3,
  },
  'component.response': { component: 'lookup', result: { email: 'maya@example.org' } },
  'trigger.response': { trigger: 'keyword', result: { match: 'refund' } },
};

/** Every default. */
export const STANDARD_POLICY: Policy = policyFor();

/** A context in which every rule says sensitive. */
export const SENSITIVE_CONTEXT: EntryContext = {
  thread: { mode: 'agent' },
  component: { sensitive: true },
  cause: { sensitive: true },
};

/** An entry: by default a text with typical data. */
export function anEntry(entry: Partial<Entry> = {}): Entry {
  const type = entry.type ?? 'text.say';
  return { type, data: TYPICAL_DATA[type as BuiltInType] ?? {}, ...entry };
}

/** What JSON.parse makes of a text: `__proto__` is a member there, and no type is checked. */
export function entryFromJson(json: string): Entry {
  return JSON.parse(json) as Entry;
}

/** A valid ref, a different one for each name. */
export function aRefText(name: string | number = 0): string {
  const bytes = createHash('sha512').update(String(name)).digest();
  return formatRef({ refId: bytes.subarray(0, REF_ID_BYTES), index: 0, refKek: bytes.subarray(32) });
}

/** A ref as it stands in entries. */
export function aRef(name: string | number = 0): { $sensitive: string } {
  return { $sensitive: aRefText(name) };
}

/** An entry with refs in the place of what is sealed, and the sealed values, as `incoming` does it. */
export function sealed(
  entry: Entry,
  { context = SENSITIVE_CONTEXT, policy = STANDARD_POLICY, refsAllowed = false } = {},
): { entry: Entry; values: ReadonlyMap<string, unknown> } {
  const { parts } = planSealing(entry, context, policy, { refsAllowed });
  const refs = new Map(parts.map(({ pointer }) => [pointer, aRefText(pointer)]));
  return { entry: applySealed(entry, refs), values: new Map(parts.map(({ pointer, value }) => [pointer, value])) };
}

/** The value itself, with everything in it frozen: a write to it throws. */
export function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const below of Object.values(value)) frozen(below);
  return Object.freeze(value);
}

const HOSTILE_NAMES = ['__proto__', 'constructor', 'toString', 'length', '', '0', 'a/b', 'a~b', '~1', '/', '*', '[*]'];
const CATALOGUED_NAMES = [...BUILT_IN.values()].flatMap(({ clear, sensitive = [] }) =>
  [...clear, ...sensitive].flatMap((path) => path.match(/\w+/g) ?? []),
);

/** Any JSON value, often with names that the catalogue knows or that do harm elsewhere; never a reserved key. */
export function arbitraryValue(): fc.Arbitrary<unknown> {
  const name = fc.oneof(fc.constantFrom(...CATALOGUED_NAMES), fc.constantFrom(...HOSTILE_NAMES), fc.string());
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)),
      fc.array(tie('value'), { maxLength: 4 }),
      // Unlike an assignment, fromEntries makes `__proto__` a member.
      fc.array(fc.tuple(name, tie('value')), { maxLength: 5 }).map((members) => Object.fromEntries(members)),
    ),
  }));
  return value;
}

/** An entry of one of these types: its typical data with up to three parts of it exchanged, or any data at all. */
export function arbitraryEntry(types: readonly string[] = [...BUILT_IN_NAMES, 'unheard.of']): fc.Arbitrary<Entry> {
  const exchanges = fc.array(fc.tuple(fc.nat(), arbitraryValue()), { maxLength: 3 });
  return fc.constantFrom(...types).chain((type) =>
    fc.oneof(
      exchanges.map((parts) => ({
        ...anEntry({ type }),
        data: parts.reduce(exchanged, anEntry({ type }).data) as Entry['data'],
      })),
      arbitraryValue().map((data) => ({ type, data: data as Entry['data'] })),
    ),
  );
}

/** The value at a JSON pointer. @throws Error when there is none. */
export function valueAt(root: unknown, pointer: string): unknown {
  const names = pointer.split('/').slice(1);
  return names.reduce((value, escaped) => {
    const name = escaped.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name))
      throw new Error(`nothing at ${pointer}`);
    return (value as { readonly [name: string]: unknown })[name];
  }, root);
}

function exchanged(value: unknown, [nth, part]: [number, unknown]): unknown {
  const places: number = countOf(value);
  let left = nth % places;
  const walk = (at: unknown): unknown => {
    left -= 1;
    if (left === -1) return part;
    if (Array.isArray(at)) return at.map(walk);
    if (typeof at !== 'object' || at === null) return at;
    return Object.fromEntries(Object.entries(at).map(([name, member]) => [name, walk(member)]));
  };
  return walk(value);
}

function countOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce((sum: number, below) => sum + countOf(below), 1);
}
