// A lock that one process at a time holds: a symbolic link that points to its process ID.

import { mkdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Takes a lock, also one whose holder has ended without releasing it. Making the link fails where one exists, so two
 * processes never both succeed.
 *
 * @param {string} file
 * @returns {number | undefined} `undefined` when this process now holds the lock, else the ID of the process that does.
 */
export function takeLock(file) {
  mkdirSync(dirname(file), { recursive: true });
  for (;;) {
    if (makeLink(file)) return undefined;
    const holder = holderOf(file);
    if (holder === undefined) continue; // Released a moment ago.
    if (isRunning(holder)) return holder;
    // Another process may find the same abandoned lock, and must not remove the lock that this one is about to make.
    const guard = `${file}.takeover`;
    const other = takeLock(guard);
    if (other !== undefined) return other;
    if (holderOf(file) === holder) rmSync(file, { force: true });
    releaseLock(guard);
  }
}

/**
 * Releases a lock of this process. Does nothing for a lock that it does not hold.
 *
 * @param {string} file
 */
export function releaseLock(file) {
  if (holderOf(file) === process.pid) rmSync(file, { force: true });
}

function makeLink(file) {
  try {
    symlinkSync(String(process.pid), file);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function holderOf(file) {
  try {
    return Number(readlinkSync(file));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function isRunning(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // A process of another user may not be signalled, but it is there.
    return error.code === 'EPERM';
  }
}
