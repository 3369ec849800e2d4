// Prints a play for a terminal: a table with one column for each party, or paragraphs where the terminal is narrow.

import { REDACTED } from '../../client/sdk/index.ts';
import { PARTIES, type Party } from './platform.ts';
import type { Line, Played } from './play.ts';

/** How to print it. */
export interface Look {
  /** Characters in a line, at most. Below 96 there are no columns. */
  readonly width: number;
  readonly colours: boolean;
}

const HEADINGS: Readonly<Record<Party, readonly [string, string]>> = {
  user: ['user', 'messaging'],
  bot: ['bot', 'component'],
  agent: ["agent's tool", 'customer-support'],
  analytics: ['analytics', 'other'],
};
const LEAST_WIDTH = 96;
const MOST_WIDTH = 118;
const MARGIN = '  ';
const FIRST_WIDTH = 20;
const GAP = '  ';
const ABSENT = '·';

type Paint = (text: string, ...codes: readonly number[]) => string;
const BOLD = 1;
const FAINT = 2;
const YELLOW = 33;

/** The transcript. Its last line ends with a line feed. */
export function transcriptOf({ scenes }: Pick<Played, 'scenes'>, { width, colours }: Look): string {
  const paint: Paint = (text, ...codes) =>
    colours && text.trim() !== '' ? `\u001b[${codes.join(';')}m${text}\u001b[0m` : text;
  const lines =
    width < LEAST_WIDTH
      ? scenes.flatMap(({ title, lines }) => [
          '',
          paint(title, BOLD),
          ...lines.flatMap((line) => paragraphOf(line, paint)),
        ])
      : tableOf(scenes, Math.min(width, MOST_WIDTH), paint);
  return lines
    .map((line) => `${MARGIN}${line}`.trimEnd())
    .join('\n')
    .concat('\n');
}

function tableOf(scenes: Played['scenes'], width: number, paint: Paint): string[] {
  const each = Math.floor((width - MARGIN.length - FIRST_WIDTH) / PARTIES.length) - GAP.length;
  const row = (cells: readonly string[], style: (text: string, column: number) => string): string[] => {
    const columns = cells.map((cell, column) => wrapped(cell, column === 0 ? FIRST_WIDTH : each));
    const height = Math.max(...columns.map(({ length }) => length));
    return Array.from({ length: height }, (_, at) =>
      columns
        .map((lines, column) => style((lines[at] ?? '').padEnd(column === 0 ? FIRST_WIDTH : each), column))
        .join(GAP),
    );
  };
  const heading = (part: 0 | 1) => ['', ...PARTIES.map((party) => HEADINGS[party][part])];
  const rule = '─'.repeat(FIRST_WIDTH + PARTIES.length * (GAP.length + each));
  return [
    ...row(heading(0), (text) => paint(text, BOLD)),
    ...row(heading(1), (text) => paint(text, FAINT)),
    ...scenes.flatMap(({ title, lines }) => [
      paint(rule, FAINT),
      paint(title, BOLD),
      ...lines.flatMap(({ what, seen }) =>
        row([what, ...PARTIES.map((party) => seen[party] ?? ABSENT)], (text, column) =>
          column === 0 ? paint(text, FAINT) : painted(text, paint),
        ),
      ),
    ]),
    paint(rule, FAINT),
  ];
}

function paragraphOf({ what, seen }: Line, paint: Paint): string[] {
  const saw = PARTIES.flatMap((party) => {
    const text = seen[party];
    return text === undefined ? [] : [`    ${paint(HEADINGS[party][0].padEnd(14), FAINT)}${painted(text, paint)}`];
  });
  return [`  ${what}`, ...saw];
}

function painted(text: string, paint: Paint): string {
  if (text.trim() === ABSENT) return paint(text, FAINT);
  return text.replaceAll(REDACTED, (stars) => paint(stars, YELLOW));
}

/** Breaks a text into lines of at most `width` characters, between words where possible. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else for (let from = 0; from === 0 || from < word.length; from += width) lines.push(word.slice(from, from + width));
  }
  return lines;
}
