// Builds a folder only when what it is built from has changed, so that every script can build before it deploys.

import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { releaseLock, takeLock } from '../lock.mjs';

export const ROOT = join(import.meta.dirname, '../..');
const LOCK_POLL_MS = 100;

export interface Build {
  /** The folder to build, below the repository. */
  readonly folder: string;
  /** Files and folders of the repository that it is built from. */
  readonly sources: readonly string[];
  /** Writes the folder. Gets a path beside it, which is renamed once everything is there. */
  build(into: string): Promise<void>;
}

/** Builds the folder unless it was built from the same sources. A second process waits for the first. Resolves to whether it built. */
export async function buildOnce({ folder, sources, build }: Build): Promise<boolean> {
  const stamp = join(ROOT, '.local/built', basename(folder));
  const wanted = fingerprint(sources);
  const isBuilt = () => existsSync(folder) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
  if (isBuilt()) return false;
  const lock = `${stamp}.lock`;
  while (takeLock(lock) !== undefined) await sleep(LOCK_POLL_MS);
  try {
    if (isBuilt()) return false;
    const into = `${folder}.new`;
    for (const each of [stamp, into]) rmSync(each, { recursive: true, force: true });
    mkdirSync(dirname(folder), { recursive: true });
    await build(into);
    rmSync(folder, { recursive: true, force: true });
    renameSync(into, folder);
    writeFileSync(stamp, wanted);
    return true;
  } finally {
    releaseLock(lock);
  }
}

/** SHA-256 over paths and contents. */
function fingerprint(sources: readonly string[]): string {
  const hash = createHash('sha256');
  const files = sources.flatMap((source) =>
    statSync(join(ROOT, source)).isFile() ? [source] : globSync(`${source}/**/*.*`, { cwd: ROOT }),
  );
  for (const file of files.toSorted())
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(ROOT, file)))
      .update('\0');
  return hash.digest('hex');
}
