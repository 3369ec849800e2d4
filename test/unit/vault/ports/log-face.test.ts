// The face of a log row is read back whole or not at all.

import { expect, test } from 'vitest';
import type { LogRowFace } from '../../../../vault/domain/console/log-row.ts';
import { readFace } from '../../../../vault/ports/log-face.ts';

const FACE: LogRowFace = {
  direction: 'incoming',
  integration: 'desk',
  requestId: 'r-1',
  fields: [
    { pointer: '/data/a', outcome: 'sealed' },
    { pointer: '/data/b', outcome: 'redacted' },
  ],
  fieldsLeftOut: 0,
};
const WHOLE: LogRowFace = {
  ...FACE,
  type: 'text.say',
  userType: 'customer',
  mode: 'private',
  decision: { sensitive: true, rule: 'mode', why: 'The thread is private.' },
  shown: '{"text":"***"}',
  threadTag: 'a tag',
};

test.each([FACE, WHOLE, { ...FACE, direction: 'outgoing' as const }])('%j is read as it was stored', (face) => {
  expect(readFace(JSON.stringify(face))).toEqual(face);
});

test.each([
  { direction: 'sideways' },
  { integration: 5 },
  { requestId: undefined },
  { type: 5 },
  { userType: 5 },
  { mode: 5 },
  { decision: { sensitive: true, rule: 'mode' } },
  { decision: { sensitive: 'yes', rule: 'mode', why: '' } },
  { decision: { sensitive: true, rule: 5, why: '' } },
  { shown: 5 },
  { shown: '{' },
  { fields: [{ pointer: '/a' }] },
  { fields: [{ pointer: 5, outcome: 'sealed' }] },
  { fields: [{ pointer: '/a', outcome: 'other' }] },
  { fieldsLeftOut: -1 },
  { fieldsLeftOut: 0.5 },
  { threadTag: 5 },
])('a face with %j is malformed', (wrong) => {
  expect(readFace(JSON.stringify({ ...WHOLE, ...wrong }))).toBeUndefined();
});

test.each(['', '{', 'null', '5', '[]'])('the text %j is no face', (text) => {
  expect(readFace(text)).toBeUndefined();
});
