// Tables, for a terminal and for a document.

// A rule of Markdown needs three characters.
const LEAST_WIDTH = 3;

export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Whether the cells are words, which read from the left, and not figures. @default false */
  readonly words?: boolean;
}

/** Columns as wide as their widest cell; the first, and words, read from the left, figures from the right. */
export function table(content: Table): string {
  return aligned(content)
    .map((cells) => cells.join('  ').trimEnd())
    .join('\n');
}

/** The same in Markdown. */
export function markdownTable(content: Table): string {
  const [head = [], ...body] = aligned(content);
  const rule = head.map(({ length }, column) => {
    const dashes = '-'.repeat(length - 1);
    return isLeft(content, column) ? `:${dashes}` : `${dashes}:`;
  });
  return [head, rule, ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function aligned(content: Table): string[][] {
  const { header, rows } = content;
  const lines = [header, ...rows];
  const widths = header.map((_, column) => Math.max(LEAST_WIDTH, ...lines.map((cells) => cells[column]?.length ?? 0)));
  return lines.map((cells) =>
    widths.map((width, column) => {
      const cell = cells[column] ?? '';
      return isLeft(content, column) ? cell.padEnd(width) : cell.padStart(width);
    }),
  );
}

function isLeft({ words = false }: Table, column: number): boolean {
  return words || column === 0;
}
