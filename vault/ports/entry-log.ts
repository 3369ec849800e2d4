// The entry log: what passed the edges of Console apps today. Holds no value, and refs only under the log key.

import type { KeyObject } from 'node:crypto';
import type { LogRow, LogRowPlace } from '../domain/console/log-row.ts';

/** Writing the log. @throws DaykeyError `unavailable` when the store cannot answer. */
export interface EntryLog {
  /** Stores a row. @param tags of its subject and its thread: it goes with what else is erased of either. */
  write(row: LogRow, tags: readonly string[]): Promise<void>;
}

/** The log key's public half. */
export interface LogKey {
  /** Fetched once. @throws DaykeyError `unavailable`. */
  publicKey(): Promise<KeyObject>;
}

/** Use of the log key's private half, for the Console only. */
export interface LogKeyHolder {
  /** A row's AES key, which the caller zero-fills; `undefined` when the log key did not wrap it. @throws DaykeyError `unavailable`. */
  unwrap(wrappedKey: Buffer): Promise<Buffer | undefined>;
}

/** Part of the log of one app. */
export interface LogQuery {
  readonly app: string;
  /** Rows before this position (`positionOf`), not at it. */
  readonly before: string;
  /** Rows from this instant on, in milliseconds since 1970. */
  readonly fromMs: number;
  /** At most so many. */
  readonly limit: number;
}

/** A row without what only the log key opens. */
export type ListedRow = Omit<LogRow, 'sealed'>;

/** Reading the log, for the Console. @throws DaykeyError `unavailable` when the store cannot answer. */
export interface EntryLogReader {
  /** The newest rows of that part, newest first, expired ones included. */
  page(query: LogQuery): Promise<ListedRow[]>;
  /** One row, expired or not. */
  find(key: Pick<LogRowPlace, 'app' | 'atMs' | 'id'>): Promise<LogRow | undefined>;
}

/** Deleting rows before their end. @throws DaykeyError `unavailable` when the store cannot answer. */
export interface EntryLogEraser {
  /** Deletes the rows that were written for a tag. */
  eraseTag(app: string, tag: string): Promise<void>;
  /** Deletes all rows of an app. */
  eraseApp(app: string): Promise<void>;
}

/** Deleting what has ended in the Console's table, for the sweeper. */
export interface ConsoleReaper {
  /** Deletes up to `limit` items that have ended at `nowS`, and returns how many. */
  deleteEnded(nowS: number, limit: number): Promise<number>;
}
