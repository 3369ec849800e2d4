// What a command that takes its time says on stderr: nothing for two seconds, then how far it is.

const QUIET_MS = 2000;
const REPAINT_MS = 250;

export interface Progress {
  /** How far it is, now. */
  update(detail: string): void;
  /** Makes room for a line of output. */
  clear(): void;
}

/** Does `work` and says that it is at it: on a terminal in one line that is written over, elsewhere once. */
export async function withProgress<Value>(
  what: string,
  work: (progress: Progress) => Promise<Value>,
  stderr: Pick<NodeJS.WriteStream, 'isTTY' | 'write'> = process.stderr,
): Promise<Value> {
  const startedMs = Date.now();
  let detail = '';
  let painted = 0;
  const clear = () => {
    if (painted > 0) stderr.write(`\r${' '.repeat(painted)}\r`);
    painted = 0;
  };
  const paint = () => {
    clear();
    const line = `${what}${detail && `: ${detail}`}, ${Math.round((Date.now() - startedMs) / 1000)} s`;
    stderr.write(line);
    painted = line.length;
  };
  let repaint: NodeJS.Timeout | undefined;
  const begin = setTimeout(() => {
    if (stderr.isTTY) repaint = setInterval(paint, REPAINT_MS);
    else stderr.write(`daykey: ${what} …\n`);
  }, QUIET_MS);
  try {
    return await work({
      clear,
      update: (text) => {
        detail = text;
      },
    });
  } finally {
    clearTimeout(begin);
    clearInterval(repaint);
    clear();
  }
}
