// An entry on the wire: technical members are accepted, everything else belongs into data.

import { describe, expect, test } from 'vitest';
import { checked } from '../../../vault/operations/checked.ts';
import { incomingRequest } from '../../../wire/incoming.ts';

const ENTRY = { type: 'text.say', data: {} };

describe('an entry', () => {
  test.each<[string, object]>([
    ['its type and data only', {}],
    ['an ID', { id: 'wamid.HBgLMTU1NTAxMDA=' }],
    ['an ID of 128 characters', { id: 'x'.repeat(128) }],
    ['a timestamp of RFC 3339', { timestamp: '2026-11-23T11:00:00Z' }],
    ['a timestamp with fractions and an offset', { timestamp: '2026-11-23T12:00:00.123456+01:00' }],
    ['a timestamp in lower case', { timestamp: '2026-11-23t11:00:00z' }],
    ['a timestamp in seconds or milliseconds', { timestamp: 1_764_000_000.000247 }],
    ['the ID of its thread', { thread: { id: 't-17' } }],
    ['the ID and type of its user', { user: { id: 'u-17', type: 'user' } }],
    ['the ID of its user only', { user: { id: 'u-17' } }],
    ['a type that no catalogue knows', { type: 'Unheard of, with blanks' }],
  ])('may have %s', (_, members) => {
    expect(checked(incomingRequest, { entry: { ...ENTRY, ...members } }).entry).toEqual({ ...ENTRY, ...members });
  });

  const ID = 'an ID has 1 to 128 letters, digits and punctuation marks, and no @';
  const DATA = 'unknown member: only data is ever sealed';

  test.each<[string, object, string]>([
    ['id', { id: '' }, ID],
    ['id', { id: 'x'.repeat(129) }, ID],
    ['id', { id: 'order 17' }, ID],
    ['id', { id: 'maya@example.org' }, ID],
    ['id', { id: 'mäyä' }, ID],
    ['id', { id: 'a\n' }, ID],
    ['id', { id: 17 }, 'string expected'],
    ['thread.id', { thread: { id: 'maya@example.org' } }, ID],
    ['user.id', { user: { id: 'maya@example.org' } }, ID],
    ['timestamp', { timestamp: 'yesterday, at Maya’s' }, 'datetime expected'],
    ['timestamp', { timestamp: `2026-11-23T11:00:00.${'0'.repeat(100)}Z` }, 'at most 40 expected'],
    ['timestamp', { timestamp: -1 }, 'at least 0 expected'],
    ['timestamp', { timestamp: { at: 1 } }, 'a timestamp is expected'],
    ['type', { type: '' }, 'at least 1 expected'],
    ['type', { type: 'x'.repeat(129) }, 'at most 128 expected'],
    ['user.type', { user: { type: 'x'.repeat(129) } }, 'at most 128 expected'],
    ['sensitive', { sensitive: 'false' }, 'boolean expected'],
    ['name', { name: 'Maya' }, DATA],
    ['text', { text: 'hello' }, DATA],
    ['user.name', { user: { id: 'u-17', name: 'Maya' } }, DATA],
    ['user.email', { user: { type: 'user', email: 'maya@example.org' } }, DATA],
    ['thread.mode', { thread: { id: 't-17', mode: 'bot' } }, "the thread's mode belongs beside the entry"],
    ['data', { data: ['x'] }, 'an object is expected'],
  ])('has no such %s: %j', (path, members, message) => {
    const act = () => checked(incomingRequest, { entry: { ...ENTRY, ...members } });
    expect(act).toThrow(message);
    expect(act).toThrow(expect.objectContaining({ code: 'invalid-request', paths: [`entry.${path}`] }));
    expect(act).not.toThrow(/Maya|maya@|hello|yesterday/);
  });
});

test('the context has a mode of at most 128 characters, and no ID', () => {
  const act = (thread: object) => () => checked(incomingRequest, { entry: ENTRY, thread });
  expect(act({ mode: 'x'.repeat(129) })).toThrow('thread.mode: at most 128 expected');
  expect(act({ mode: 'bot', id: 't-17' })).toThrow('the ID belongs into entry.thread.id');
  expect(act({})).toThrow('thread.mode: string expected');
});
