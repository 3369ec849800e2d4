// Reads the files that a command names.

import { readFile } from 'node:fs/promises';
import { CommandError } from './command-error.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
};

/** Text of a UTF-8 file. @throws CommandError that says why it cannot be read. */
export async function readTextFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    throw new CommandError(`${file} cannot be read: ${REASONS[code] ?? code}`, { cause });
  }
}
