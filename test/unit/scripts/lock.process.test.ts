// The lock of set-up and local runs: one holder at a time, and never held by a process that has ended.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { releaseLock, takeLock } from '../../../scripts/lock.mjs';

const LOCK_MODULE = join(import.meta.dirname, '../../../scripts/lock.mjs');
let folder: string;
let lock: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'daykey-lock-'));
  lock = join(folder, 'below', 'a.lock');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The ID of a process that has ended. */
function endedProcess(): number {
  return spawnSync(process.execPath, ['--version']).pid;
}

function abandon(file: string): void {
  takeLock(file);
  releaseLock(file);
  symlinkSync(String(endedProcess()), file);
}

test('a free lock is taken, and while it is held names its holder', () => {
  expect(takeLock(lock)).toBeUndefined();
  expect(takeLock(lock)).toBe(process.pid);
});

test('a released lock is free again, and leaves no file', () => {
  takeLock(lock);
  releaseLock(lock);
  expect(existsSync(lock)).toBe(false);
  expect(takeLock(lock)).toBeUndefined();
});

test('the lock of a process that has ended is taken over', () => {
  abandon(lock);
  expect(takeLock(lock)).toBeUndefined();
  expect(readlinkSync(lock)).toBe(String(process.pid));
  expect(readdirSync(join(folder, 'below'))).toEqual(['a.lock']);
});

test('a takeover that was interrupted does not block the next one', () => {
  abandon(lock);
  symlinkSync(String(endedProcess()), `${lock}.takeover`);
  expect(takeLock(lock)).toBeUndefined();
});

test('a lock of another running process is not released', () => {
  takeLock(lock);
  releaseLock(lock);
  symlinkSync(String(process.ppid), lock);
  releaseLock(lock);
  expect(takeLock(lock)).toBe(process.ppid);
});

test('of many processes that find an abandoned lock one takes it over', async () => {
  abandon(lock);
  const program = `
    import { takeLock } from ${JSON.stringify(LOCK_MODULE)};
    process.stdout.write(takeLock(${JSON.stringify(lock)}) === undefined ? 'took it' : 'refused');
    process.stdin.resume();
  `;
  const processes = Array.from({ length: 6 }, () =>
    spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  const answers = await Promise.all(processes.map(async ({ stdout }) => String((await once(stdout, 'data'))[0])));
  for (const { stdin } of processes) stdin.end();
  expect(answers.toSorted()).toEqual([...Array(5).fill('refused'), 'took it']);
});
