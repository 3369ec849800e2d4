// Tables, for a terminal and for a document.

// A rule of Markdown needs three characters.
const LEAST_WIDTH = 3;

export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Columns as wide as their widest cell; the first reads from the left, the others from the right. */
export function table({ header, rows }: Table): string {
  return aligned([header, ...rows])
    .map((cells) => cells.join('  ').trimEnd())
    .join('\n');
}

/** The same in Markdown. */
export function markdownTable({ header, rows }: Table): string {
  const [head = [], ...body] = aligned([header, ...rows]);
  const rule = head.map(({ length }, column) =>
    column === 0 ? `:${'-'.repeat(length - 1)}` : `${'-'.repeat(length - 1)}:`,
  );
  return [head, rule, ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function aligned(lines: readonly (readonly string[])[]): string[][] {
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(LEAST_WIDTH, ...lines.map((cells) => cells[column]?.length ?? 0)),
  );
  return lines.map((cells) =>
    widths.map((width, column) =>
      column === 0 ? (cells[column] ?? '').padEnd(width) : (cells[column] ?? '').padStart(width),
    ),
  );
}
