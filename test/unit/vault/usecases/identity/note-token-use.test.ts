// Noting uses of tokens: once for each token, day and instance, and no request waits for it.

import { describe, expect, test } from 'vitest';
import { hashApiToken, newApiToken, tokenIdOf } from '../../../../../vault/domain/api-token.ts';
import type { CallerIdentity } from '../../../../../vault/ports/caller-identity.ts';
import { MAX_TOKENS, notingTokenUse } from '../../../../../vault/usecases/identity/note-token-use.ts';

const DAY_MS = 24 * 3600 * 1000;
const NOON_MS = Date.UTC(2027, 0, 15, 12);
const GRANTS = [{ app: 'shop', integration: 'desk', generation: 'g1', credential: 'token/0123456789ab' }];

function noting(verify: CallerIdentity['verify'] = async () => GRANTS, note = async () => {}) {
  const noted: [id: string, atMs: number][] = [];
  let nowMs = NOON_MS;
  const uses = {
    note: async (id: string, atMs: number) => {
      noted.push([id, atMs]);
      await note();
    },
  };
  const identity = notingTokenUse({ verify }, uses, () => nowMs);
  const advance = (ms: number) => {
    nowMs += ms;
  };
  return { identity, noted, advance };
}

test('a token is noted once a day, by its ID', async () => {
  const { identity, noted, advance } = noting();
  const token = newApiToken();
  for (const _ of [1, 2, 3]) expect(await identity.verify(`Bearer ${token}`)).toBe(GRANTS);
  advance(DAY_MS);
  await identity.verify(`Bearer ${token}`);
  const id = tokenIdOf(hashApiToken(token));
  expect(id).toMatch(/^[0-9a-f]{12}$/);
  expect(noted).toEqual([
    [id, NOON_MS],
    [id, NOON_MS + DAY_MS],
  ]);
});

test('each token is noted', async () => {
  const { identity, noted } = noting();
  await identity.verify(`Bearer ${newApiToken()}`);
  await identity.verify(`Bearer ${newApiToken()}`);
  expect(noted.length).toBe(2);
});

test('an invalid token, and an identity other than a token, are not noted', async () => {
  const invalid = noting(async () => undefined);
  expect(await invalid.identity.verify(`Bearer ${newApiToken()}`)).toBeUndefined();
  const aws = noting();
  expect(await aws.identity.verify('Daykey-Aws anything')).toBe(GRANTS);
  expect([...invalid.noted, ...aws.noted]).toEqual([]);
});

test('of more tokens than an instance remembers, the one not seen for longest is noted again', async () => {
  const { identity, noted } = noting();
  const [first, second] = [`Bearer ${newApiToken()}`, `Bearer ${newApiToken()}`];
  await identity.verify(first);
  await identity.verify(second);
  for (let i = 2; i < MAX_TOKENS; i += 1) await identity.verify(`Bearer ${newApiToken()}`);
  await identity.verify(first);
  await identity.verify(`Bearer ${newApiToken()}`);
  noted.splice(0);
  await identity.verify(first);
  expect(noted).toEqual([]);
  await identity.verify(second);
  expect(noted).toHaveLength(1);
});

describe('a note', () => {
  test('that fails fails nothing, and is not tried again that day', async () => {
    const { identity, noted } = noting(undefined, () => Promise.reject(new Error('down')));
    const header = `Bearer ${newApiToken()}`;
    expect(await identity.verify(header)).toBe(GRANTS);
    expect(await identity.verify(header)).toBe(GRANTS);
    expect(noted.length).toBe(1);
  });

  test('that never ends keeps no request waiting', async () => {
    const { identity } = noting(undefined, () => new Promise(() => undefined));
    expect(await identity.verify(`Bearer ${newApiToken()}`)).toBe(GRANTS);
  });
});
