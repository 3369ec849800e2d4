import { expect, test } from 'vitest';
import { IDLE_S, SESSION_S, sessionEndS } from '../../../../../vault/domain/console/session.ts';

test('a session ends when it is idle, and at its absolute end whatever happens', () => {
  expect(sessionEndS({ startedAtS: 1000, seenAtS: 1000 })).toBe(1000 + IDLE_S);
  expect(sessionEndS({ startedAtS: 1000, seenAtS: 1000 + SESSION_S - 1 })).toBe(1000 + SESSION_S);
});
