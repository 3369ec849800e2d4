// Who may import whom, and how files are named and begin: the layout of the repository, held by the tool's own eyes.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import {
  cruise,
  type ICruiseResult,
  type IForbiddenRuleType,
  type IRegularForbiddenRuleType,
} from 'dependency-cruiser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const SOURCES = ['bin', 'lib', 'lambda', 'client', 'local', 'bench', 'examples', 'test'];
// Some seconds, but on a machine that does much else at the same time.
const CRUISE_MS = 120_000;
const OURS = `^(${SOURCES.join('|')})/`;
// Beside the functions' entry points lie what they share: their environment and their clients.
const ENTRY_POINT = '^lambda/(?!(config|runtime)\\.ts$)[^/]+\\.ts$';

/** What files under a path may import at all, packages and Node's own modules included. */
const ONLY: Record<string, string[]> = {
  '^lambda/domain/': ['^lambda/domain/', '^(node:)?(crypto|zlib)$'],
  '^lambda/contract/': ['^lambda/contract/', '^node_modules/zod/', '^(node:)?crypto$'],
};

/** What of ours files under a path may import. */
const OF_OURS: Record<string, string[]> = {
  '^lambda/ports/': ['^lambda/(ports|domain)/'],
  '^lambda/usecases/': ['^lambda/(usecases|ports|domain)/'],
  '^lambda/handlers/': ['^lambda/(handlers|usecases|ports|domain|contract)/', '^lambda/config\\.ts$'],
  // The one exception: STS is sent the very request that callers sign, so both sides read it from the contract.
  '^lambda/adapters/': [
    '^lambda/(adapters|ports|domain)/',
    '^lambda/config\\.ts$',
    '^lambda/contract/aws-identity\\.ts$',
  ],
  '^lambda/config\\.ts$': ['^lambda/domain/'],
  '^lambda/[^/]+\\.ts$': ['^lambda/'],
  '^lib/': ['^lib/', '^lambda/config\\.ts$', '^lambda/(domain|ports)/'],
  '^bin/': ['^lib/', '^lambda/config\\.ts$', '^lambda/domain/'],
  '^client/(?!(cli|testing)/)': ['^client/(?!(cli|testing)/)', '^lambda/contract/'],
  // The operator's tool speaks to the tables and keys themselves, with the operator's own rights.
  '^client/cli/': ['^client/cli/', '^lambda/(adapters|ports|domain)/', '^lambda/config\\.ts$'],
  // The testing kit is the vault itself, on memory.
  '^client/testing/': ['^client/(testing|sdk)/', '^lambda/[^/]+/'],
  // Written as those write who only have the packages.
  '^examples/': ['^examples/', '^client/(sdk|testing)/'],
};

const RULES: IForbiddenRuleType[] = [
  ...Object.entries(ONLY).map(([path, allowed]) => forbid(`${path} imports more`, { path }, { pathNot: allowed })),
  ...Object.entries(OF_OURS).map(([path, allowed]) =>
    forbid(`${path} imports more of ours`, { path }, { path: OURS, pathNot: allowed }),
  ),
  forbid('aws in the core', { path: '^lambda/(ports|usecases|handlers)/' }, { path: '^node_modules/@aws-sdk/' }),
  forbid('an entry point is imported', { pathNot: '^test/' }, { path: ENTRY_POINT }),
  forbid(
    'the testing kit outside of tests',
    { pathNot: '^(client/testing|examples|bench|test)/' },
    { path: '^client/testing/' },
  ),
  forbid('test code outside the tests', { pathNot: '^test/' }, { path: '^test/|^node_modules/(vitest|fast-check)/' }),
  forbid('a cycle', {}, { circular: true }),
  forbid('an import that leads nowhere', {}, { couldNotResolve: true }),
];

const onDisk = SOURCES.flatMap((folder) => typescriptFiles(folder));

describe('imports', () => {
  let graph: ICruiseResult;
  beforeAll(async () => {
    graph = await cruised(
      ROOT,
      SOURCES.filter((folder) => onDisk.some((file) => file.startsWith(`${folder}/`))),
    );
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
});

describe('the rules', () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'daykey-architecture-'));
  afterAll(() => rmSync(elsewhere, { recursive: true, force: true }));

  test.each([
    ['a type of an adapter in the domain', 'lambda/domain/a.ts', "import type { X } from '../adapters/x.ts';"],
    ['the file system in the domain', 'lambda/domain/a.ts', "import { readFileSync } from 'node:fs';"],
    ['the domain in the contract', 'lambda/contract/a.ts', "import type { X } from '../domain/x.ts';"],
    ['a use case in a port', 'lambda/ports/a.ts', "import type { X } from '../usecases/x.ts';"],
    ['a handler in a use case', 'lambda/usecases/a.ts', "export type { X } from '../handlers/x.ts';"],
    ['an adapter in a handler', 'lambda/handlers/a.ts', "import type { X } from '../adapters/x.ts';"],
    ['a use case in an adapter', 'lambda/adapters/a.ts', "import type { X } from '../usecases/x.ts';"],
    ['the wire in an adapter', 'lambda/adapters/a.ts', "import type { X } from '../contract/x.ts';"],
    ['an adapter in the stack', 'lib/a.ts', "import type { X } from '../lambda/adapters/x.ts';"],
    ['a handler in the CDK app', 'bin/a.ts', "const x = await import('../lambda/handlers/x.ts');"],
    ['a use case in a client', 'client/sdk/a.ts', "import type { X } from '../../lambda/usecases/x.ts';"],
    ['the testing kit in the SDK', 'client/sdk/a.ts', "import { x } from '../testing/x.ts';"],
    ['the testing kit in a local vault', 'local/a.ts', "import type { X } from '../client/testing/x.ts';"],
    ['an entry point in the testing kit', 'client/testing/a.ts', "import { x } from '../../lambda/x.ts';"],
    ['the wire in an example', 'examples/a/a.ts', "import type { X } from '../../lambda/contract/x.ts';"],
    ['an entry point in another', 'lambda/a.ts', "import { x } from './x.ts';"],
    ['test support in production code', 'lib/a.ts', "import { x } from '../test/support/x.ts';"],
    ['a cycle of types', 'lambda/ports/a.ts', "import type { X } from './back.ts';"],
    ['a file that is not there', 'lambda/adapters/a.ts', "import { x } from './gone.ts';"],
  ])('refuse %s', async (_, path, line) => {
    for (const layer of [
      'lambda/domain',
      'lambda/contract',
      'lambda/usecases',
      'lambda/handlers',
      'lambda/adapters',
      'lambda',
      'client/testing',
      'test/support',
    ]) {
      write(`${layer}/x.ts`, 'export type X = 1;\nexport const x = 1;\n');
    }
    write('lambda/ports/back.ts', "import type { Y } from './a.ts';\nexport type X = Y;\n");
    write(path, `${line}\nexport type Y = 1;\n`);
    const { from, to } = (await cruised(elsewhere, [path])).summary.violations[0] ?? {};
    expect([from, to && line.includes(basename(to))]).toEqual([path, true]);
  });

  test('refuse nothing else', async () => {
    write('lambda/adapters/x.ts', "import type { X } from '../domain/x.ts';\nexport type Y = X;\n");
    expect(violations(await cruised(elsewhere, ['lambda/adapters/x.ts']))).toEqual([]);
  });

  function write(path: string, text: string): void {
    mkdirSync(join(elsewhere, dirname(path)), { recursive: true });
    writeFileSync(join(elsewhere, path), text);
  }
});

describe('files', () => {
  test('in lambda are no barrels', () => {
    expect(onDisk.filter((path) => path.startsWith('lambda/') && basename(path) === 'index.ts')).toEqual([]);
  });

  test('lie in folders that are named after a concept', () => {
    const vague = new Set(['utils', 'util', 'common', 'helpers', 'helper', 'types', 'misc', 'shared']);
    expect(
      onDisk.filter((path) =>
        dirname(path)
          .split('/')
          .some((folder) => vague.has(folder)),
      ),
    ).toEqual([]);
  });

  test('begin with one line that says what they are for', () => {
    const headed = onDisk.filter((path) => /^(bin|lib|lambda|client|examples|local|bench)\//.test(path));
    expect(headed.length).toBeGreaterThan(50);
    expect(headed.filter((path) => !/^(#![^\n]+\n)?\/\/ \S[^\n]+\n(?!\/\/)/.test(textOf(path)))).toEqual([]);
  });

  test('in lambda leave the environment to the entry points', () => {
    const entryPoint = new RegExp(ENTRY_POINT);
    const others = onDisk.filter((path) => path.startsWith('lambda/') && !entryPoint.test(path));
    expect(others.length).toBeGreaterThan(40);
    expect(
      others.filter((path) => /\bprocess\s*\??\.\s*env\b|\bprocess\s*\[|['"](node:)?process['"]/.test(textOf(path))),
    ).toEqual([]);
  });
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
      // An import of a type alone ties two files together as much as any other.
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

function typescriptFiles(folder: string): string[] {
  try {
    return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
  } catch {
    return []; // Not every folder of the layout exists yet.
  }
}

function textOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}
