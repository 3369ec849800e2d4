// The README of the npm package, made from documents of the repository.

/** Links into the repository lead nowhere in the package. */
const LINK = /\[([^\]]+)\]\((?!https?:|#)[^)]*\)/g;
const TABLE_ROW = /^\|.*\|$/gm;

/** The documents one after the other, with only the text of links into the repository. Columns of tables stay aligned. */
export function packageReadme(documents: readonly string[]): string {
  return documents.join('\n').replace(TABLE_ROW, alignedRow).replace(LINK, '$1');
}

/** Spaces take the place of what a link loses. */
function alignedRow(row: string): string {
  const cells = row.split('|').map((cell) => cell.replace(LINK, '$1').padEnd(cell.length));
  return cells.join('|');
}
