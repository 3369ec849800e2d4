// The package.json of the npm package.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './build-once.ts';

/** What the package exports, and the source file behind each. */
export const ENTRIES = {
  '.': 'client/sdk/index.ts',
  './lambda': 'client/lambda/index.ts',
  './blobs': 'client/blobs/index.ts',
  './nunjucks': 'client/nunjucks/index.ts',
  './testing': 'client/testing/index.ts',
  './veil': 'client/veil/index.ts',
  './cdk': 'lib/index.ts',
} as const;

/** The command `daykey`. */
export const CLI = 'client/cli/daykey.ts';

/** Packages that the code imports, in the repository's versions. */
const DEPENDENCIES = ['@smithy/signature-v4', 'fastest-levenshtein', 'lru-cache', 'zod'];
/** Packages that only some callers need, and that they share with their own code. */
const OPTIONAL_PEERS = ['@aws-sdk/client-lambda', 'aws-cdk-lib', 'constructs', 'nunjucks'];

interface RootManifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  /** Where the source is. Needed for a provenance statement. */
  readonly repository?: unknown;
  readonly engines: object;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** The manifest, as an object. */
export function manifest(): object {
  const root = readFileSync(join(ROOT, 'package.json'), 'utf8');
  const { name, version, description, license, repository, engines, dependencies } = JSON.parse(root) as RootManifest;
  const exports = Object.entries(ENTRIES).map(([entry, source]) => [
    entry,
    { import: files('esm', source), require: files('cjs', source) },
  ]);
  const { types, default: main } = files('cjs', ENTRIES['.']);
  // For compilers that do not read `exports` (moduleResolution node10).
  const typesVersions = Object.entries(ENTRIES).flatMap(([entry, source]) =>
    entry === '.' ? [] : [[entry.slice('./'.length), [files('cjs', source).types]]],
  );
  return {
    name,
    version,
    description,
    license,
    ...(repository === undefined ? {} : { repository }),
    engines,
    type: 'module',
    sideEffects: false,
    main,
    types,
    exports: { ...Object.fromEntries(exports), './package.json': './package.json' },
    typesVersions: { '*': Object.fromEntries(typesVersions) },
    bin: { daykey: 'dist/cli/daykey.js' },
    files: ['dist'],
    dependencies: Object.fromEntries(DEPENDENCIES.map((each) => [each, dependencies[each]])),
    peerDependencies: Object.fromEntries(OPTIONAL_PEERS.map((each) => [each, `^${dependencies[each]}`])),
    peerDependenciesMeta: Object.fromEntries(OPTIONAL_PEERS.map((each) => [each, { optional: true }])),
  };
}

/** Types and code of an entry, in the order in which a compiler looks. */
function files(format: 'esm' | 'cjs', source: string): { readonly types: string; readonly default: string } {
  const compiled = `./dist/${format}/${source.replace(/\.ts$/, '')}`;
  return { types: `${compiled}.d.ts`, default: `${compiled}.js` };
}
