// Printing to stdout and stderr.

import { once } from 'node:events';

/** One line of the result. Waits for a reader that is slower. */
export async function print(line: string): Promise<void> {
  if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain');
}

/** One line beside the result. */
export function say(line: string): void {
  process.stderr.write(`daykey: ${line}\n`);
}

/** A table as lines, each column as wide as what is in it. */
export function tableLines(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
