// The Console's stores and its log key in memory, for tests and the testing kit.

import { constants, generateKeyPairSync, type KeyObject, privateDecrypt } from 'node:crypto';
import { type LogRow, positionAt, positionOf } from '../domain/console/log-row.ts';
import type { ConsoleSessions, PendingLogin, RevealLimit, Session } from '../ports/console-sessions.ts';
import type {
  ConsoleReaper,
  EntryLog,
  EntryLogEraser,
  EntryLogReader,
  LogKey,
  LogKeyHolder,
} from '../ports/entry-log.ts';

/** The log of one process. */
export function memoryEntryLog(): EntryLog &
  EntryLogReader &
  EntryLogEraser &
  ConsoleReaper & { readonly size: number } {
  const rows = new Map<string, { readonly row: LogRow; readonly tags: readonly string[] }>();
  const keyOf = (key: Pick<LogRow, 'app' | 'atMs' | 'id'>) => `${key.app}#${positionOf(key)}`;
  return {
    get size() {
      return rows.size;
    },
    async write(row, tags) {
      rows.set(keyOf(row), { row: structuredClone(row), tags: [...tags] });
    },
    async page({ app, before, fromMs, limit }) {
      return Array.from(rows.values(), ({ row: { sealed: _, ...listed } }) => listed)
        .filter((row) => row.app === app && positionAt(fromMs) <= positionOf(row) && positionOf(row) < before)
        .sort((one, other) => (positionOf(other) < positionOf(one) ? -1 : 1))
        .slice(0, limit);
    },
    async find(key) {
      const row = rows.get(keyOf(key))?.row;
      // A structured clone of a Buffer is a plain array of bytes.
      const sealed = row && { wrappedKey: Buffer.from(row.sealed.wrappedKey), box: Buffer.from(row.sealed.box) };
      return row && sealed && { ...row, sealed };
    },
    async eraseTag(app, tag) {
      for (const [key, { row, tags }] of rows) if (row.app === app && tags.includes(tag)) rows.delete(key);
    },
    async eraseApp(app) {
      for (const [key, { row }] of rows) if (row.app === app) rows.delete(key);
    },
    async deleteEnded(nowS, limit) {
      const ended = [...rows].filter(([, { row }]) => row.expiresAtS <= nowS).slice(0, limit);
      for (const [key] of ended) rows.delete(key);
      return ended.length;
    },
  };
}

let madeOnce: { readonly publicKey: KeyObject; readonly privateKey: KeyObject } | undefined;

/** The log key of this process: making one takes up to a second, and few vaults in memory have a Console. */
function keys() {
  madeOnce ??= generateKeyPairSync('rsa', { modulusLength: 2048 });
  return madeOnce;
}

/** The log key of this process, and how often its private half was used. */
export function memoryLogKey(): LogKey & LogKeyHolder & { readonly uses: number } {
  let uses = 0;
  return {
    get uses() {
      return uses;
    },
    publicKey: async () => keys().publicKey,
    async unwrap(wrappedKey) {
      uses += 1;
      const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
      try {
        return privateDecrypt({ key: keys().privateKey, ...padding }, wrappedKey);
      } catch {
        return undefined;
      }
    },
  };
}

/** Sessions of one process. */
export function memoryConsoleSessions(): ConsoleSessions {
  const logins = new Map<string, PendingLogin & { readonly endsAtS: number }>();
  const sessions = new Map<string, Session>();
  return {
    async keepLogin(hash, { state, nonce, verifier }, endsAtS) {
      logins.set(hash, { state, nonce, verifier, endsAtS });
    },
    async takeLogin(hash) {
      const login = logins.get(hash);
      logins.delete(hash);
      return login;
    },
    async keep(hash, session) {
      sessions.set(hash, session);
    },
    async touch(hash, session) {
      if (sessions.has(hash)) sessions.set(hash, session);
    },
    find: async (hash) => sessions.get(hash),
    async remove(hash) {
      sessions.delete(hash);
    },
  };
}

/** The count of reveals of one process. */
export function memoryRevealLimit(): RevealLimit {
  const taken = new Map<number, number>();
  return {
    async take(minute, max) {
      const count = taken.get(minute) ?? 0;
      if (count >= max) return false;
      taken.set(minute, count + 1);
      return true;
    },
  };
}
