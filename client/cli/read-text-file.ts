// Reads the files that a command names.

import { readFile } from 'node:fs/promises';
import { CommandError } from './command-error.ts';
import { fileProblem } from './file-problem.ts';

/** Text of a UTF-8 file. @throws CommandError that says why it cannot be read. */
export async function readTextFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new CommandError(`${file} cannot be read: ${fileProblem(cause)}`, { cause });
  }
}
