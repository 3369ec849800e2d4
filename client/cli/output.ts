// Printing: results go to stdout, everything beside them to stderr.

import { once } from 'node:events';
import { styleText } from 'node:util';
import type { OutputStream, Surroundings } from './surroundings.ts';

export type Colour = 'green' | 'red' | 'yellow';

/** Prints one line of the result, and waits where the reader is slower. */
export async function print({ stdout }: Pick<Surroundings, 'stdout'>, line: string): Promise<void> {
  if (!stdout.write(`${line}\n`)) await once(stdout as NodeJS.WriteStream, 'drain');
}

/** Prints one line beside the result. */
export function say({ stderr }: Pick<Surroundings, 'stderr'>, line: string): void {
  stderr.write(`daykey: ${line}\n`);
}

/** The text in a colour, when `stream` is a terminal and NO_COLOR (https://no-color.org) is not set. */
export function coloured(
  stream: OutputStream,
  { NO_COLOR }: Surroundings['environment'],
  colour: Colour,
  text: string,
): string {
  return stream.isTTY && !NO_COLOR ? styleText(colour, text, { validateStream: false }) : text;
}

/** Lines of a table whose columns are as wide as their widest cell. @param style gets each cell padded. */
export function tableLines(
  rows: readonly (readonly string[])[],
  style: (padded: string, cell: string) => string = (padded) => padded,
): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) => {
    const last = row.length - 1;
    return row.map((cell, column) => style(column === last ? cell : cell.padEnd(widths[column] ?? 0), cell)).join('  ');
  });
}

/** A text for a terminal: control characters, which could steer it, are written as the escapes of JSON. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
