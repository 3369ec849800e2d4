// The documents, and the blocks of code in them.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

/** One fenced block. */
export interface Block {
  /** Path of its document, from the root. */
  readonly document: string;
  /** Line of its opening fence, from 1. */
  readonly line: number;
  /** What stands behind the fence; empty for output and drawings. */
  readonly language: string;
  readonly text: string;
}

/** The name of the file that a block is: it stands in the first line, as `// signature.ts`. */
export function fileNameOf({ text }: Block): string | undefined {
  return /^\/\/ (\S+\.ts)\n/.exec(text)?.[1];
}

/** Paths of everything that makes up this checkout, ignored files left out. */
export function filesOfCheckout(): string[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return listed.split('\0').filter(Boolean);
}

/** Every fenced block of a document, in order. @throws Error for a fence that is not closed. */
export function blocksOf(document: string): Block[] {
  const lines = readFileSync(join(ROOT, document), 'utf8').split('\n');
  const blocks: Block[] = [];
  let open: { at: number; indent: string; language: string } | undefined;
  for (const [at, text] of lines.entries()) {
    const [, indent, language] = /^(\s*)```(\S*)$/.exec(text) ?? [];
    if (indent === undefined || language === undefined) continue;
    if (!open) open = { at, indent, language };
    else {
      const inside = lines.slice(open.at + 1, at).map((line) => line.slice(open?.indent.length));
      blocks.push({ document, line: open.at + 1, language: open.language, text: `${inside.join('\n')}\n` });
      open = undefined;
    }
  }
  if (open) throw new Error(`${document}: the block in line ${open.at + 1} does not end`);
  return blocks;
}
