// The page on the SDK as the package's README: of what lies beside it in the repository, only the names are left.

/** The page without links into the repository. */
export function readmeOf(page: string): string {
  return page.replace(/\[([^\]]+)\]\((?!https?:|#)[^)]*\)/g, '$1');
}
