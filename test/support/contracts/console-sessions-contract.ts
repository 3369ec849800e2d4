// What every store of the Console's sign-ins and sessions does, and every count of reveals.

import { beforeAll, describe, expect, test } from 'vitest';
import { SESSION_S } from '../../../vault/domain/console/session.ts';
import type { ConsoleSessions, RevealLimit, Session } from '../../../vault/ports/console-sessions.ts';
import type { ConsoleReaper } from '../../../vault/ports/entry-log.ts';

const STARTED_S = 1_790_000_000;
const SESSION: Session = {
  person: { subject: 'person-17', name: 'ada@example.org' },
  values: ['support'],
  csrf: 'token',
  startedAtS: STARTED_S,
  seenAtS: STARTED_S,
};
const LOGIN = { state: 's', nonce: 'n', verifier: 'v' };

export interface SessionStore extends ConsoleSessions, RevealLimit {
  /** Deletes what has ended; absent where everything ends with the process. */
  readonly deleteEnded?: ConsoleReaper['deleteEnded'];
}

/** Registers the contract's tests. `make` is called once. */
export function consoleSessionsContract(name: string, make: () => Promise<SessionStore>): void {
  describe(`${name} as a store of sign-ins and sessions`, () => {
    let store: SessionStore;
    let hashes = 0;
    const aHash = () => {
      hashes += 1;
      return Buffer.from(`hash ${hashes}`.padEnd(32)).toString('base64url');
    };
    beforeAll(async () => {
      store = await make();
    });

    test('a sign-in is taken once, by the hash of its cookie', async () => {
      const hash = aHash();
      await store.keepLogin(hash, LOGIN, STARTED_S + 600);
      expect(await store.takeLogin(aHash())).toBeUndefined();
      expect(await store.takeLogin(hash)).toEqual({ ...LOGIN, endsAtS: STARTED_S + 600 });
      expect(await store.takeLogin(hash)).toBeUndefined();
    });

    test('of callbacks at once one gets the sign-in', async () => {
      const hash = aHash();
      await store.keepLogin(hash, LOGIN, STARTED_S + 600);
      const taken = await Promise.all(Array.from({ length: 8 }, () => store.takeLogin(hash)));
      expect(taken.filter((login) => login !== undefined)).toHaveLength(1);
    });

    test('a session is found until it is removed, and touching it does not bring it back', async () => {
      const hash = aHash();
      await store.keep(hash, SESSION, STARTED_S + 900);
      const seen = { ...SESSION, seenAtS: STARTED_S + 500 };
      await store.touch(hash, seen, STARTED_S + 1400);
      expect(await store.find(hash)).toEqual(seen);
      await store.remove(hash);
      await store.touch(hash, SESSION, STARTED_S + 900);
      expect(await store.find(hash)).toBeUndefined();
    });

    test('a session stays removed when many requests touch it at that moment', async () => {
      const hash = aHash();
      await store.keep(hash, SESSION, STARTED_S + 900);
      const touch = () => store.touch(hash, { ...SESSION, seenAtS: STARTED_S + 500 }, STARTED_S + 1400);
      await Promise.all([touch(), touch(), touch(), touch(), store.remove(hash), touch(), touch(), touch(), touch()]);
      expect(await store.find(hash)).toBeUndefined();
    });

    test('reveals of one minute are counted up to the limit, also when they come at once', async () => {
      const taken = await Promise.all(Array.from({ length: 16 }, () => store.take(1, 5)));
      expect(taken.filter((isTaken) => isTaken)).toHaveLength(5);
      expect([await store.take(1, 5), await store.take(2, 5)]).toEqual([false, true]);
    });

    test('the sweeper deletes a session at the latest end that it can have, and a sign-in at its end', async () => {
      if (store.deleteEnded === undefined) return;
      const [hash, login] = [aHash(), aHash()];
      await store.deleteEnded(STARTED_S + SESSION_S, 1000);
      await store.keep(hash, { ...SESSION, startedAtS: STARTED_S + 1 }, STARTED_S + 900);
      await store.keepLogin(login, LOGIN, STARTED_S + 600);
      await store.deleteEnded(STARTED_S + SESSION_S, 1000);
      expect(await store.takeLogin(login)).toBeUndefined();
      expect(await store.find(hash)).toBeDefined();
      await store.deleteEnded(STARTED_S + 1 + SESSION_S, 1000);
      expect(await store.find(hash)).toBeUndefined();
    });
  });
}
