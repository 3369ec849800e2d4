// Which folder may import which, as dependency-cruiser sees it.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import {
  cruise,
  type ICruiseResult,
  type IForbiddenRuleType,
  type IRegularForbiddenRuleType,
} from 'dependency-cruiser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { filesOfCheckout, ROOT } from '../support/documents.ts';

const SOURCES = [
  'bin',
  'lib',
  'lambda',
  'vault',
  'wire',
  'client',
  'local',
  'scripts',
  'bench',
  'examples',
  'console',
  'test',
];
// It takes seconds on a quiet machine.
const CRUISE_MS = 120_000;
const OURS = `^(${SOURCES.join('|')})/`;
// Beside the entry points of the functions lies what they share: their environment and their clients.
const ENTRY_POINT = '^lambda/(?!(config|runtime)\\.ts$)[^/]+\\.ts$';

/** The only modules that files under a path may import, packages and Node's own included. */
const ONLY: Record<string, string[]> = {
  '^wire/': ['^wire/', '(^|/)node_modules/zod/', '^(node:)?crypto$'],
  '^vault/domain/(?!settings/)': ['^vault/domain/', '^wire/', '^(node:)?(crypto|zlib)$'],
  '^vault/domain/settings/': ['^vault/domain/', '^wire/', '(^|/)node_modules/(zod|fastest-levenshtein)/'],
  '^vault/': [
    '^vault/',
    '^wire/',
    '(^|/)node_modules/(zod|lru-cache|fastest-levenshtein)/',
    '^(node:)?(crypto|zlib|buffer|timers/promises|v8)$',
  ],
};

/** The only modules of this repository that files under a path may import. */
const OF_OURS: Record<string, string[]> = {
  '^vault/ports/': ['^vault/(ports|domain)/', '^wire/'],
  '^vault/usecases/': ['^vault/(usecases|ports|domain)/', '^wire/'],
  '^vault/operations/': ['^vault/(operations|usecases|ports|domain)/', '^wire/'],
  '^vault/memory/': ['^vault/(memory|ports|domain)/', '^wire/'],
  // Adapters implement ports and do not know the use cases.
  '^lambda/(dynamo|kms|s3|aws|oidc)/': [
    '^lambda/(dynamo|kms|s3|aws|oidc)/',
    '^lambda/config\\.ts$',
    '^vault/(ports|domain)/',
    '^wire/',
  ],
  '^lambda/gateway/': [
    '^lambda/gateway/',
    '^lambda/config\\.ts$',
    '^vault/(operations|usecases|ports|domain)/',
    '^wire/',
  ],
  '^lambda/config\\.ts$': ['^vault/domain/', '^wire/'],
  '^lambda/[^/]+\\.ts$': ['^lambda/', '^vault/', '^wire/'],
  '^lib/': ['^lib/', '^lambda/config\\.ts$', '^vault/(domain|ports)/', '^wire/'],
  '^bin/': ['^lib/', '^client/cli/settings-file\\.ts$', '^lambda/config\\.ts$', '^vault/domain/'],
  '^client/(?!(cli|testing)/)': ['^client/(?!(cli|testing)/)', '^wire/'],
  // The operator's command line reads the tables and keys with the operator's own rights.
  '^client/cli/': ['^client/cli/', '^lambda/(dynamo|kms|aws)/', '^lambda/config\\.ts$', '^vault/', '^wire/'],
  // The testing kit is the vault itself, in memory.
  '^client/testing/': ['^client/(testing|sdk)/', '^vault/', '^wire/'],
  // The page runs in a browser, and knows the vault by its requests only.
  '^console/': ['^console/'],
  // An example uses only what the npm package exports.
  '^examples/': ['^examples/', '^client/(sdk|blobs|veil|testing)/index\\.ts$'],
};

const RULES: IForbiddenRuleType[] = [
  ...Object.entries(ONLY).map(([path, allowed]) => forbid(`${path} imports more`, { path }, { pathNot: allowed })),
  ...Object.entries(OF_OURS).map(([path, allowed]) =>
    forbid(`${path} imports more of this repository`, { path }, { path: OURS, pathNot: allowed }),
  ),
  forbid(
    'aws outside its folder',
    { path: '^(wire|vault)/' },
    { path: '(^|/)node_modules/(@aws-sdk|@smithy|@types/aws-lambda)/' },
  ),
  forbid('an entry point is imported', { pathNot: '^test/' }, { path: ENTRY_POINT }),
  forbid(
    'the testing kit outside of tests',
    { pathNot: '^((client/testing|examples|bench|test)/|local/dev(-vault)?\\.ts$)' },
    { path: '^client/testing/' },
  ),
  // Benches count requests to the fake of AWS that the tests use: a second one would bill differently some day.
  forbid(
    'test code outside the tests',
    { pathNot: '^(test|bench)/' },
    { path: '^test/|(^|/)node_modules/(vitest|fast-check)/' },
  ),
  forbid(
    'test code other than the fake of AWS in a bench',
    { path: '^bench/' },
    { path: '^test/(?!support/aws/)|^node_modules/(vitest|fast-check)/' },
  ),
  forbid(
    'a package of the command line in a function',
    { path: '^(lambda|vault|wire|lib)/' },
    { path: '(^|/)node_modules/(commander|jose)/' },
  ),
  forbid('a test runner in the fake of AWS', { path: '^test/support/aws/' }, { path: '(^|/)node_modules/vitest/' }),
  forbid('a cycle', {}, { circular: true }),
  forbid('an import that leads nowhere', {}, { couldNotResolve: true }),
];

const onDisk = filesOfCheckout().filter((path) => path.endsWith('.ts') && new RegExp(OURS).test(path));

describe('imports', () => {
  let graph: ICruiseResult;
  beforeAll(async () => {
    graph = await cruised(ROOT, SOURCES);
  }, CRUISE_MS);

  test('are read from every TypeScript file there is', () => {
    const seen = graph.modules.map((module) => module.source).filter((path) => new RegExp(OURS).test(path));
    expect(seen.filter((path) => path.endsWith('.ts')).sort()).toEqual([...onDisk].sort());
    expect(seen.length).toBeGreaterThan(60);
    expect(graph.summary.totalDependenciesCruised ?? 0).toBeGreaterThan(seen.length);
  });

  test('point inward, without a cycle', () => {
    expect(violations(graph)).toEqual([]);
  });

  test('of what callers load are static: by default, Jest refuses the others', () => {
    const ofCallers = graph.modules.filter(({ source }) => /^(client\/(?!cli\/)|vault\/|wire\/)/.test(source));
    expect(ofCallers.length).toBeGreaterThan(100);
    const late = ofCallers.filter(({ dependencies }) => dependencies.some(({ dynamic }) => dynamic));
    expect(late.map(({ source }) => source)).toEqual([]);
  });
});

describe('the rules', () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'daykey-architecture-'));
  afterAll(() => rmSync(elsewhere, { recursive: true, force: true }));

  test.each([
    ['a port in the domain', 'vault/domain/a.ts', "import type { X } from '../ports/x.ts';"],
    ['the file system in the domain', 'vault/domain/a.ts', "import { readFileSync } from 'node:fs';"],
    ['the domain in the wire', 'wire/a.ts', "import type { X } from '../vault/domain/x.ts';"],
    ['a use case in a port', 'vault/ports/a.ts', "import type { X } from '../usecases/x.ts';"],
    ['an operation in a use case', 'vault/usecases/a.ts', "export type { X } from '../operations/x.ts';"],
    [
      'an adapter of AWS in an operation',
      'vault/operations/a.ts',
      "import type { X } from '../../lambda/dynamo/x.ts';",
    ],
    ['a use case in an adapter', 'lambda/dynamo/a.ts', "import type { X } from '../../vault/usecases/x.ts';"],
    ['a use case in a memory adapter', 'vault/memory/a.ts', "import type { X } from '../usecases/x.ts';"],
    ['an adapter in the stack', 'lib/a.ts', "import type { X } from '../lambda/dynamo/x.ts';"],
    ['an operation in the CDK app', 'bin/a.ts', "const x = await import('../vault/operations/x.ts');"],
    ['a use case in a client', 'client/sdk/a.ts', "import type { X } from '../../vault/usecases/x.ts';"],
    ['AWS in the testing kit', 'client/testing/a.ts', "import type { X } from '../../lambda/dynamo/x.ts';"],
    ['the testing kit in the SDK', 'client/sdk/a.ts', "import { x } from '../testing/x.ts';"],
    ['the testing kit in a local vault', 'local/a.ts', "import type { X } from '../client/testing/x.ts';"],
    ['an entry point in the testing kit', 'client/testing/a.ts', "import { x } from '../../lambda/x.ts';"],
    ['the wire in an example', 'examples/a/a.ts', "import type { X } from '../../wire/x.ts';"],
    ['an entry point in another', 'lambda/a.ts', "import { x } from './x.ts';"],
    ['test support in production code', 'lib/a.ts', "import { x } from '../test/support/x.ts';"],
    ['the fake of AWS in production code', 'lambda/dynamo/a.ts', "import { x } from '../../test/support/aws/x.ts';"],
    ['test support in a bench', 'bench/a.ts', "import { x } from '../test/support/x.ts';"],
    ['the check of receipts in a use case', 'vault/usecases/a.ts', "import { compactVerify } from 'jose';"],
    ['a cycle of types', 'vault/ports/a.ts', "import type { X } from './back.ts';"],
    ['a file that is not there', 'lambda/dynamo/a.ts', "import { x } from './gone.ts';"],
  ])('refuse %s', async (_, path, line) => {
    for (const layer of [
      'wire',
      'vault/domain',
      'vault/ports',
      'vault/usecases',
      'vault/operations',
      'lambda/dynamo',
      'lambda',
      'client/testing',
      'test/support',
      'test/support/aws',
    ]) {
      write(`${layer}/x.ts`, 'export type X = 1;\nexport const x = 1;\n');
    }
    write('vault/ports/back.ts', "import type { Y } from './a.ts';\nexport type X = Y;\n");
    write(path, `${line}\nexport type Y = 1;\n`);
    const { from, to } = (await cruised(elsewhere, [path])).summary.violations[0] ?? {};
    expect([from, to && line.includes(basename(to))]).toEqual([path, true]);
  });

  test('refuse nothing else', async () => {
    write('lambda/dynamo/x.ts', "import type { X } from '../../vault/domain/x.ts';\nexport type Y = X;\n");
    write('bench/x.ts', "import { x } from '../test/support/aws/x.ts';\nexport const y = x;\n");
    write('test/support/aws/x.ts', 'export const x = 1;\n');
    expect(violations(await cruised(elsewhere, ['lambda/dynamo/x.ts', 'bench/x.ts']))).toEqual([]);
  });

  function write(path: string, text: string): void {
    mkdirSync(join(elsewhere, dirname(path)), { recursive: true });
    writeFileSync(join(elsewhere, path), text);
  }
});

function forbid(
  name: string,
  from: IRegularForbiddenRuleType['from'],
  to: IRegularForbiddenRuleType['to'],
): IForbiddenRuleType {
  return { name, severity: 'error', from, to };
}

async function cruised(baseDir: string, paths: string[]): Promise<ICruiseResult> {
  const { output } = await cruise(
    paths,
    {
      baseDir,
      validate: true,
      ruleSet: { forbidden: RULES },
      // An import of a type ties two files together like any other import.
      tsPreCompilationDeps: true,
      doNotFollow: { path: 'node_modules' },
    },
    {
      conditionNames: ['import', 'node', 'default', 'types'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.mjs', '.js', '.d.ts'],
    },
  );
  if (typeof output === 'string') throw new Error('dependency-cruiser answered with a text instead of a graph');
  return output;
}

function violations(graph: ICruiseResult): string[] {
  return graph.summary.violations.map(({ rule, from, to }) => `${from} → ${to} (${rule.name})`);
}
