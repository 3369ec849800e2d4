// The entry types that every app knows, and which of their fields are sensitive.

import type { EntryKind } from './entry.ts';
import type { FieldPath } from './field-path.ts';

/** One entry type. */
export interface EntryType {
  /** Which rule decides. */
  readonly kind: EntryKind;
  /** What such an entry is, in one line. */
  readonly doc: string;
  /** The fields to seal when the rule says so; all others stay in clear. */
  readonly sensitive: readonly FieldPath[];
}

/** The names of the built-in types. */
export type BuiltInType = keyof typeof BUILT_IN_TYPES;

// Where a field's own members are of use to nobody without the whole, the whole is one field: it costs less to seal.
export const BUILT_IN_TYPES = {
  'http.request': {
    kind: 'http',
    doc: 'An HTTP request; its method stays in clear.',
    sensitive: ['data.url', 'data.headers', 'data.query', 'data.cookies', 'data.body'],
  },
  'http.response': {
    kind: 'http',
    doc: 'An HTTP response; its status stays in clear.',
    sensitive: ['data.url', 'data.headers', 'data.cookies', 'data.body'],
  },
  'ws.message': {
    kind: 'ws',
    doc: 'A WebSocket message, either way.',
    sensitive: ['data.url', 'data.headers', 'data.message'],
  },
  'text.say': {
    kind: 'event',
    doc: 'Somebody says a text.',
    sensitive: ['data.text'],
  },
  'form.ask': {
    kind: 'event',
    doc: 'A form to fill in, with what is filled in already; names and types of its fields stay in clear.',
    sensitive: ['data.text', 'data.fields[*].label', 'data.fields[*].value', 'data.fields[*].options[*]'],
  },
  'form.answer': {
    kind: 'event',
    doc: 'A form that was filled in: answers by the names of its fields.',
    sensitive: ['data.answers.*'],
  },
  'quick-replies.ask': {
    kind: 'event',
    doc: 'A question with replies to choose from.',
    sensitive: ['data.text', 'data.replies[*].text', 'data.replies[*].value'],
  },
  'buttons.ask': {
    kind: 'event',
    doc: 'A text with buttons.',
    sensitive: ['data.text', 'data.buttons[*].text', 'data.buttons[*].url', 'data.buttons[*].value'],
  },
  'cards.show': {
    kind: 'event',
    doc: 'Cards in a row, each with buttons.',
    sensitive: [
      'data.cards[*].title',
      'data.cards[*].text',
      'data.cards[*].imageUrl',
      'data.cards[*].buttons[*].text',
      'data.cards[*].buttons[*].url',
      'data.cards[*].buttons[*].value',
    ],
  },
  'email.send': {
    kind: 'event',
    doc: 'An e-mail, either way, with its addresses.',
    sensitive: [
      'data.from',
      'data.to',
      'data.cc',
      'data.bcc',
      'data.replyTo',
      'data.subject',
      'data.text',
      'data.html',
      'data.attachments[*].name',
      'data.attachments[*].url',
      'data.attachments[*].content',
    ],
  },
  'contact.share': {
    kind: 'event',
    doc: 'Who somebody is and how to reach them.',
    sensitive: ['data.name', 'data.email', 'data.phone', 'data.address', 'data.company', 'data.birthDate'],
  },
  'location.share': {
    kind: 'event',
    doc: 'Where somebody is.',
    sensitive: ['data.latitude', 'data.longitude', 'data.address', 'data.label'],
  },
  'rating.give': {
    kind: 'event',
    doc: 'A rating with a comment; the score stays in clear, so that it can be counted.',
    sensitive: ['data.comment'],
  },
  'note.add': {
    kind: 'event',
    doc: 'A note among agents.',
    sensitive: ['data.text'],
  },
  'file.share': {
    kind: 'media-event',
    doc: 'A file; its size and media type stay in clear.',
    sensitive: ['data.name', 'data.url', 'data.content', 'data.text'],
  },
  'image.share': {
    kind: 'media-event',
    doc: 'A picture; its size and media type stay in clear.',
    sensitive: ['data.name', 'data.url', 'data.content', 'data.alt', 'data.text'],
  },
  'audio.share': {
    kind: 'media-event',
    doc: 'A sound, with what is said in it; its length stays in clear.',
    sensitive: ['data.name', 'data.url', 'data.content', 'data.transcript', 'data.text'],
  },
  'video.share': {
    kind: 'media-event',
    doc: 'A film, with what is said in it; its length stays in clear.',
    sensitive: ['data.name', 'data.url', 'data.content', 'data.transcript', 'data.text', 'data.previewUrl'],
  },
  'component.response': {
    kind: 'component-response',
    doc: 'What a component made.',
    sensitive: ['data.result'],
  },
  'trigger.response': {
    kind: 'trigger-response',
    doc: 'What a trigger found in an incoming event.',
    sensitive: ['data.result'],
  },
} as const satisfies { readonly [type: string]: EntryType };
