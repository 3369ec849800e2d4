// The log of an app, newest first: everything here works without a key.

import { END_OF_LOG, type LogRow, positionAt, positionOf } from '../../domain/console/log-row.ts';
import { type Clock, secondsOf } from '../../ports/clock.ts';
import type { EntryLogReader, ListedRow } from '../../ports/entry-log.ts';

export interface BrowseDeps {
  clock: Clock;
  log: EntryLogReader;
}

/** Which rows to list. What is absent leaves none out. */
export interface LogFilter {
  readonly app: string;
  /** Only rows before this position. */
  readonly before?: string | undefined;
  /** Milliseconds since 1970: from this instant on, and up to, not including, that one. */
  readonly fromMs?: number | undefined;
  readonly untilMs?: number | undefined;
  readonly direction?: string | undefined;
  readonly type?: string | undefined;
  readonly integration?: string | undefined;
  readonly threadTags?: readonly string[] | undefined;
}

export interface LogPage {
  readonly rows: readonly ListedRow[];
  /** Where the next page begins; absent after the last row. */
  readonly next?: string;
}

/** Rows of one page. */
export const PAGE_ROWS = 50;
const ROWS_PER_READ = 100;
/** Reads of one page, so that a filter that matches little costs no more. The next page goes on. */
const MAX_READS = 5;

/** One page of live rows. */
export async function browse(deps: BrowseDeps, filter: LogFilter): Promise<LogPage> {
  const nowS = secondsOf(deps.clock());
  const rows: ListedRow[] = [];
  let before = firstPosition(filter);
  for (let reads = 0; reads < MAX_READS; reads += 1) {
    const read = { app: filter.app, before, fromMs: filter.fromMs ?? 0, limit: ROWS_PER_READ };
    const found = await deps.log.page(read);
    for (const row of found) {
      before = positionOf(row);
      if (nowS < row.expiresAtS && matches(row, filter)) rows.push(row);
      if (rows.length === PAGE_ROWS) return { rows, next: before };
    }
    if (found.length < ROWS_PER_READ) return { rows };
  }
  return { rows, next: before };
}

/** A row that has not ended, with what is sealed in it. */
export async function findLive(
  deps: BrowseDeps,
  key: { readonly app: string; readonly atMs: number; readonly id: string },
): Promise<LogRow | undefined> {
  const row = await deps.log.find(key);
  return row && secondsOf(deps.clock()) < row.expiresAtS ? row : undefined;
}

function firstPosition({ before = END_OF_LOG, untilMs }: LogFilter): string {
  const until = untilMs === undefined ? END_OF_LOG : positionAt(untilMs);
  return before < until ? before : until;
}

function matches({ face }: ListedRow, { direction, type, integration, threadTags }: LogFilter): boolean {
  if (direction !== undefined && face.direction !== direction) return false;
  if (type !== undefined && face.type !== type) return false;
  if (integration !== undefined && face.integration !== integration) return false;
  return threadTags === undefined || (face.threadTag !== undefined && threadTags.includes(face.threadTag));
}
