// The entry types that every app has, and which of their fields may stay readable.

import type { BuiltInEntryType } from './entry-type.ts';

/** The names of the built-in types. */
export type BuiltInType = keyof typeof BUILT_IN_TYPES;

// A field is listed only if it is of use to readers without plaintext and says nothing about a person: a choice of the
// app's own code, a technical name, a size. What is not listed is sealed in the largest parts; `sensitive` makes them
// smaller where a part is of use without the others.
export const BUILT_IN_TYPES = {
  'http.request': {
    kind: 'http',
    doc: 'An HTTP request.',
    clear: ['data.method'],
    why: 'One of a few verbs. Paths, queries, parameters and addresses name people.',
  },
  'http.response': {
    kind: 'http',
    doc: 'An HTTP response.',
    clear: ['data.status'],
    why: 'One of a few numbers.',
  },
  'ws.message': {
    kind: 'ws',
    doc: 'A WebSocket message.',
    clear: ['data.direction'],
    why: '`in` or `out`.',
  },
  'text.say': {
    kind: 'event',
    doc: 'Someone says a text.',
    clear: ['data.lang', 'data.language'],
    why: 'A language code, which picks a translation or a voice.',
  },
  'form.ask': {
    kind: 'event',
    doc: 'A form to fill in.',
    clear: ['data.form', 'data.fields[*].name', 'data.fields[*].type', 'data.fields[*].required'],
    why: 'Names and types that the app gives to its form and fields. Labels, placeholders, options and values may hold answers.',
  },
  'form.answer': {
    kind: 'event',
    doc: 'A form that was filled in, with its answers by field name.',
    clear: ['data.form'],
    sensitive: ['data.answers.*'],
    why: 'The name that the app gives to its form. Each answer is sealed separately, so that one can be copied or opened without the others.',
  },
  'quick-replies.ask': {
    kind: 'event',
    doc: 'A question with replies to choose from.',
    clear: [],
    why: 'Nothing: replies often repeat what a person said.',
  },
  'buttons.ask': {
    kind: 'event',
    doc: 'A text with buttons.',
    clear: ['data.buttons[*].style'],
    why: 'How a button looks. Texts, addresses and values are written for one person.',
  },
  'cards.show': {
    kind: 'event',
    doc: 'Cards in a row, each with buttons.',
    clear: ['data.layout', 'data.cards[*].buttons[*].style'],
    why: 'How cards and buttons look. Even the ID of a card says what a person is shown.',
  },
  'email.send': {
    kind: 'event',
    doc: 'An email, sent or received.',
    clear: ['data.direction'],
    why: '`in` or `out`.',
  },
  'contact.share': {
    kind: 'event',
    doc: 'Who someone is and how to reach them.',
    clear: [],
    why: 'Nothing: all of it is about a person.',
  },
  'location.share': {
    kind: 'event',
    doc: 'Where someone is.',
    clear: [],
    why: 'Nothing: all of it is about a person.',
  },
  'rating.give': {
    kind: 'event',
    doc: 'A rating with a comment.',
    clear: ['data.score'],
    why: 'A number on a scale, so that ratings can be counted.',
  },
  'note.add': {
    kind: 'event',
    doc: 'A note that agents write to each other.',
    clear: ['data.pinned'],
    why: 'True or false.',
    author: 'agent',
  },
  'file.share': {
    kind: 'media-event',
    doc: 'A file.',
    clear: ['data.bytes', 'data.mediaType'],
    why: 'Size and media type decide how a file can be sent on. An exact size can point at a file that an observer knows.',
  },
  'image.share': {
    kind: 'media-event',
    doc: 'A picture.',
    clear: ['data.bytes', 'data.mediaType'],
    why: 'As for files.',
  },
  'audio.share': {
    kind: 'media-event',
    doc: 'A recording, with what is said in it.',
    clear: ['data.bytes', 'data.mediaType', 'data.seconds'],
    why: 'As for files; the length is what a player shows.',
  },
  'video.share': {
    kind: 'media-event',
    doc: 'A video, with what is said in it.',
    clear: ['data.bytes', 'data.mediaType', 'data.seconds'],
    why: 'As for files; the length is what a player shows.',
  },
  'component.response': {
    kind: 'component-response',
    doc: 'What a component returns.',
    clear: ['data.component'],
    why: 'The name that the app gives to its component. Errors often quote their input.',
  },
  'trigger.response': {
    kind: 'trigger-response',
    doc: 'What a trigger finds in an incoming event.',
    clear: ['data.trigger'],
    why: 'The name that the app gives to its trigger.',
  },
} as const satisfies { readonly [type: string]: BuiltInEntryType };
