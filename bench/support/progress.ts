// One progress line on stderr for a run that takes longer than two seconds.

const QUIET_MS = 2000;
const EVERY_MS = 5000;

/** Says how far a run is: on a terminal in one line that rewrites itself, elsewhere a new line every five seconds. */
export function progressLine(stream: NodeJS.WriteStream = process.stderr) {
  const startedAt = performance.now();
  let writtenAt = startedAt;
  let open = false;
  return {
    /** The state of the work, such as `100 B, round 3 of 40`. */
    show(text: string): void {
      const now = performance.now();
      if (now - startedAt < QUIET_MS) return;
      if (stream.isTTY) {
        stream.write(`\r${text}\u001b[K`);
        open = true;
      } else if (now - writtenAt >= EVERY_MS) {
        stream.write(`${text}\n`);
        writtenAt = now;
      }
    },
    /** Clears the line, so that what comes next starts on a clean one. */
    end(): void {
      if (open) stream.write('\r\u001b[K');
      open = false;
    },
  };
}
