// The package.json of the package: versions from the repository's own, so that there is one place to change them.

import type { Emitted } from './emit.ts';

/** What is read of the repository's package.json. */
export interface RootManifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly engines: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

// Only some callers need them, and those have a copy of their own to share.
const OPTIONAL_PEERS = ['@aws-sdk/client-lambda', 'nunjucks'];

/** The manifest for entries by what they are exported as. @throws Error for a package that the repository does not pin. */
export function manifestOf(
  root: RootManifest,
  entries: Readonly<Record<string, string>>,
  { atRuntime, forTypes }: Emitted['packages'],
): object {
  const { name, version, description, license, engines } = root;
  const imported = [...new Set([...atRuntime, ...forTypes])].sort();
  const dependencies = imported.filter((each) => !OPTIONAL_PEERS.includes(each));
  return {
    ...{ name, version, description, license, engines, type: 'module', sideEffects: false },
    exports: { ...mapped(entries, exportOf), './package.json': './package.json' },
    files: ['dist'],
    dependencies: mapped(pinned(root, dependencies), (version) => version),
    peerDependencies: mapped(pinned(root, OPTIONAL_PEERS), (version) => `^${version}`),
    peerDependenciesMeta: mapped(pinned(root, OPTIONAL_PEERS), () => ({ optional: true })),
  };
}

function exportOf(source: string): object {
  const path = `./dist/${source.replace(/\.ts$/, '')}`;
  return { types: `${path}.d.ts`, default: `${path}.js` };
}

function pinned({ dependencies }: RootManifest, names: readonly string[]): Record<string, string> {
  const versions = names.map((name): [string, string] => {
    const version = dependencies[name];
    if (version === undefined)
      throw new Error(`${name} is imported, and is no dependency in package.json: add it there`);
    return [name, version];
  });
  return Object.fromEntries(versions);
}

function mapped<Value, Result>(record: Readonly<Record<string, Value>>, of: (value: Value) => Result) {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, of(value)]));
}
