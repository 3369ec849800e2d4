// Shows on stderr that a command is still at work: nothing for two seconds, then how far it is.

import type { OutputStream } from './surroundings.ts';

const QUIET_MS = 2000;
const REPAINT_MS = 250;

export interface Progress {
  /** Says how far the work is. */
  update(detail: string): void;
  /** Removes the line of progress, so that output can be printed. */
  clear(): void;
}

/** Does `work` and shows its progress: on a terminal in one line that it overwrites, elsewhere as one line in all. */
export async function withProgress<Value>(
  what: string,
  work: (progress: Progress) => Promise<Value>,
  stderr: Pick<OutputStream, 'write' | 'isTTY'>,
): Promise<Value> {
  const startedMs = performance.now();
  let detail = '';
  let painted = 0;
  const clear = () => {
    if (painted > 0) stderr.write(`\r${' '.repeat(painted)}\r`);
    painted = 0;
  };
  const paint = () => {
    clear();
    const seconds = Math.round((performance.now() - startedMs) / 1000);
    const line = `${what}${detail && `: ${detail}`}, ${seconds} s`;
    stderr.write(line);
    painted = line.length;
  };
  const update = (text: string) => {
    detail = text;
  };
  let repaint: NodeJS.Timeout | undefined;
  const begin = setTimeout(() => {
    if (stderr.isTTY) repaint = setInterval(paint, REPAINT_MS);
    else stderr.write(`daykey: ${what} …\n`);
  }, QUIET_MS);
  try {
    return await work({ clear, update });
  } finally {
    clearTimeout(begin);
    clearInterval(repaint);
    clear();
  }
}
