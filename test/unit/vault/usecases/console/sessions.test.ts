// Sessions: what people are called in them, and how often one in use is written.

import { beforeEach, describe, expect, test } from 'vitest';
import { memoryConsoleSessions } from '../../../../../vault/memory/console.ts';
import type { ConsoleSessions } from '../../../../../vault/ports/console-sessions.ts';
import type { Claims } from '../../../../../vault/ports/sign-in.ts';
import {
  beginSignIn,
  currentSession,
  endSignIn,
  type SessionDeps,
} from '../../../../../vault/usecases/console/sessions.ts';

let nowMs: number;
let touched: number;
let sessions: ConsoleSessions;

beforeEach(() => {
  [nowMs, touched] = [1_800_000_000_000, 0];
  const stored = memoryConsoleSessions();
  sessions = {
    ...stored,
    touch: async (...args) => {
      touched += 1;
      await stored.touch(...args);
    },
  };
});

function depsFor(claims: Partial<Claims>): SessionDeps {
  const login = { state: 's', nonce: 'n', verifier: 'v' };
  const signIn = {
    begin: async () => ({ url: 'https://login.example', login }),
    finish: async () => ({ sub: 'person-1', ...claims }),
  };
  return { clock: () => nowMs, sessions, signIn, claim: 'groups' };
}

async function signedIn(deps: SessionDeps): Promise<string> {
  const { cookie } = await beginSignIn(deps);
  return (await endSignIn(deps, cookie, new URLSearchParams())) ?? '';
}

test.each<[claims: Partial<Claims>, name: string]>([
  [{ email: 'ada@example.org', preferred_username: 'ada', name: 'Ada' }, 'ada@example.org'],
  [{ preferred_username: 'ada', name: 'Ada' }, 'ada'],
  [{ name: 'Ada' }, 'Ada'],
  [{ email: '', name: 'Ada' }, 'Ada'],
  [{ email: ['ada@example.org'], preferred_username: 7, name: 'Ada' }, 'Ada'],
  [{ email: true, name: null }, 'person-1'],
  [{}, 'person-1'],
  [{ email: 'x'.repeat(201) }, 'x'.repeat(200)],
])('a person with the claims %j is called %s', async (claims, name) => {
  const deps = depsFor(claims);
  const session = await currentSession(deps, await signedIn(deps), false);
  expect(session?.person).toEqual({ subject: 'person-1', name });
});

test.each([
  [255, true],
  [256, false],
])('a subject of %i characters signs in: %s', async (length, signsIn) => {
  expect((await signedIn(depsFor({ sub: 'x'.repeat(length) }))) !== '').toBe(signsIn);
});

describe('a session in use', () => {
  test('is written once a minute', async () => {
    const deps = depsFor({});
    const cookie = await signedIn(deps);
    nowMs += 59_999;
    const { seenAtS } = (await currentSession(deps, cookie, true)) ?? {};
    expect([seenAtS, touched]).toEqual([1_800_000_000, 0]);
    nowMs += 1;
    expect([(await currentSession(deps, cookie, true))?.seenAtS, touched]).toEqual([1_800_000_060, 1]);
    await currentSession(deps, cookie, true);
    expect(touched).toBe(1);
  });

  test('is not written by a request that does not make it last', async () => {
    const deps = depsFor({});
    const cookie = await signedIn(deps);
    nowMs += 600_000;
    expect([(await currentSession(deps, cookie, false))?.seenAtS, touched]).toEqual([1_800_000_000, 0]);
  });
});

test('without a cookie, no store is asked', async () => {
  const deps = depsFor({});
  const find = () => Promise.reject(new Error('the store was asked'));
  expect(await currentSession({ ...deps, sessions: { ...sessions, find } }, undefined, true)).toBeUndefined();
});
