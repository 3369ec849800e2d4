// What is changed, and which tests a change is held against: those of its folder. Tests further away would notice more, and take hours.

/** The files that are changed, as globs. */
export const CHANGED = ['vault/**/*.ts', 'wire/**/*.ts', 'client/{sdk,blobs}/**/*.ts'];

/** Tests of a folder that are elsewhere. Other folders have theirs at the same path below `test/unit` and `test/property`. */
const ELSEWHERE: { readonly [folder: string]: readonly string[] } = {
  'vault/domain/envelope': ['test/vectors/envelope-vectors.', 'test/vectors/wycheproof.'],
  // Records and decisions that use cases store and carry out.
  'vault/domain': [
    'test/unit/vault/usecases/apps/',
    'test/unit/vault/usecases/keys/janitor.',
    'test/unit/vault/usecases/seal-blob.',
    'test/unit/vault/usecases/sweep.',
  ],
  // Use cases log the entries that pass, and the tests of the log send entries through them.
  'vault/usecases': ['test/unit/vault/usecases/console/log-entry.'],
  // Signing in, revealing and approving are tested through the Console's API, which is all that calls them.
  'vault/usecases/console': ['test/unit/vault/operations/console/'],
  // The tests of these use cases call them through their operations, with bodies as callers send them.
  'vault/operations': ['decrypt', 'erase', 'explain', 'incoming', 'outgoing', 'seal-blob', 'identity/authenticate'].map(
    (name) => `test/unit/vault/usecases/${name}.`,
  ),
  'vault/domain/console': ['test/unit/vault/usecases/console/', 'test/unit/vault/operations/console/'],
  // Requests and answers are schemas: operations and the SDK use them.
  wire: [
    'test/vectors/aws-identity.',
    'test/vectors/cobblestone.',
    'test/unit/vault/operations/',
    'test/unit/client/sdk/',
  ],
};

/** Both paths are relative to the repository. Tests of a folder below are not near: it has its own changes. */
export function isNear(test: string, source: string): boolean {
  const folder = folderOf(source);
  const own = [`test/unit/${folder}`, `test/property/${folder}`];
  return own.includes(folderOf(test)) || (ELSEWHERE[folder] ?? []).some((start) => test.startsWith(start));
}

/** Smaller for tests that are likely to notice a change of `source` sooner. */
export function distance(test: string, source: string): number {
  const [, kind, ...path] = test.split('/');
  const own = source.replace(/[.]ts$/, '').split('/');
  const common = own.findIndex((part, at) => path[at]?.split('.')[0] !== part);
  return (kind === 'unit' ? 0 : 100) + own.length - (common < 0 ? own.length : common);
}

function folderOf(source: string): string {
  return source.slice(0, source.lastIndexOf('/'));
}
