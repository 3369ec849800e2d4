// The npm package as users get it: judged by publint and are-the-types-wrong, packed, installed in an empty folder, and used.

import { execFileSync } from 'node:child_process';
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildPackage, ENTRIES } from '../../scripts/package/build.ts';

const ROOT = join(import.meta.dirname, '../..');
const MODULES = join(ROOT, 'node_modules');

let folder: string;
let tarball: string;
/** A folder with only the package and its dependencies. */
let app: string;

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies: Record<string, string>;
  readonly peerDependencies: Record<string, string>;
}

type Resolutions = Record<string, { readonly resolution?: { readonly isTypeScript: boolean } }>;

beforeAll(() => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'daykey-package-'));
  folder = join(elsewhere, 'package');
  buildPackage(folder);
  const packed = run('npm', ['pack', folder, '--offline', '--ignore-scripts', '--silent'], elsewhere);
  tarball = join(elsewhere, packed.trim());
  app = join(elsewhere, 'app');
  const installed = join(app, 'node_modules/daykey');
  mkdirSync(installed, { recursive: true });
  run('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1'], elsewhere);
  for (const name of Object.keys(manifest().dependencies)) provide(name);
}, 180_000);

afterAll(() => rmSync(dirname(folder), { recursive: true, force: true }));

function run(command: string, args: string[], cwd: string): string {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function manifest(): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** Packages that the compiled files import, types included. */
function importedPackages(): string[] {
  const files = globSync('dist/**/*.{js,d.ts}', { cwd: folder });
  expect(files.length).toBeGreaterThan(100);
  const imported = files.flatMap((file) =>
    ts
      .preProcessFile(readFileSync(join(folder, file), 'utf8'), true, true)
      .importedFiles.map(({ fileName }) => fileName),
  );
  const packages = imported.filter((name) => !name.startsWith('.') && !isBuiltin(name));
  return [...new Set(packages.map((name) => /^(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name))].sort();
}

/** Puts a package of the repository beside the app's. */
function provide(name: string): void {
  const link = join(app, 'node_modules', name);
  mkdirSync(dirname(link), { recursive: true });
  if (!existsSync(link)) symlinkSync(join(MODULES, name), link);
}

/** The output of a program in that folder, parsed. */
function printed(program: string): unknown {
  writeFileSync(join(app, 'program.mjs'), program);
  return JSON.parse(run(process.execPath, ['program.mjs'], app));
}

describe('the manifest', () => {
  test('names every package that the code imports, in the versions of the repository', () => {
    const root = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
    const { name, version, dependencies, peerDependencies } = manifest();
    expect([name, version]).toEqual([root.name, root.version]);
    const imported = importedPackages();
    expect(imported.filter((each) => !(each in peerDependencies))).toEqual(Object.keys(dependencies));
    expect(Object.keys(peerDependencies)).toEqual(['@aws-sdk/client-lambda', 'nunjucks']);
    for (const [each, pinned] of Object.entries(dependencies)) expect(pinned).toBe(root.dependencies[each]);
    for (const [each, range] of Object.entries(peerDependencies)) expect(range).toBe(`^${root.dependencies[each]}`);
  });

  test('passes publint', async () => {
    const { messages, pkg } = await publint({ pkgDir: folder, strict: true, pack: 'npm' });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  test('gives every compiler the right types', () => {
    const require = createRequire(import.meta.url);
    const attw = join(dirname(require.resolve('@arethetypeswrong/cli/package.json')), 'dist/index.js');
    // Its exit code is the verdict. Its report shows that it judged every entry.
    const report = run(process.execPath, [attw, tarball, '--profile', 'esm-only', '--format', 'json'], app);
    const { analysis } = JSON.parse(report) as {
      analysis: { entrypoints: Record<string, { resolutions: Resolutions }> };
    };
    for (const entry of Object.keys(ENTRIES)) {
      const resolutions = analysis.entrypoints[entry]?.resolutions;
      expect(resolutions?.['node16-esm']?.resolution).toMatchObject({ isTypeScript: true });
      expect(resolutions?.bundler?.resolution).toMatchObject({ isTypeScript: true });
    }
  });
});

describe('the tarball', () => {
  test('holds the code, its types, the page and the licence, and nothing of lambda, tests, tools or sources', () => {
    const paths = run('tar', ['-tzf', tarball], app)
      .trim()
      .split('\n')
      .map((path) => path.replace(/^package\//, ''));
    expect(paths).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']));
    const code = paths.filter((path) => path.startsWith('dist/'));
    expect(code.length).toBe(paths.length - 3);
    expect(
      code.filter(
        (path) => !/^dist\/(client\/(sdk|lambda|blobs|nunjucks|testing|veil)|vault|wire)\/.+\.(js|d\.ts)$/.test(path),
      ),
    ).toEqual([]);
  });

  test('has a README without links into the repository', () => {
    const page = readFileSync(join(folder, 'README.md'), 'utf8');
    expect(page).toContain('# Calling a vault');
    expect(page.match(/\]\([^)]*\)/g)?.filter((link) => !/^\]\((https?:|#)/.test(link)) ?? []).toEqual([]);
  });
});

describe('installed in an empty folder', () => {
  test('it seals and opens, over a custom transport', () => {
    const program = `
      import { Daykey, Sensitive, apiToken } from 'daykey';
      const sent = [];
      const transport = async ({ app, operation, authorization, body }) => {
        sent.push([app, operation, authorization, JSON.parse(body)]);
        const expiresAt = '2030-01-01T00:00:00Z';
        return operation === 'encrypt'
          ? { status: 200, body: { refs: { email: 'dk2_x' }, expiresAt } }
          : { status: 200, body: { values: { email: { status: 'ok', value: 'maya@example.org', expiresAt } } } };
      };
      const vault = new Daykey({ app: 'shop', transport, identity: apiToken('dkt_${'x'.repeat(43)}') });
      const { refs } = await vault.encrypt({ email: 'maya@example.org' });
      const { email } = await vault.decrypt(refs);
      console.log(JSON.stringify([sent, email.value instanceof Sensitive, email.value, email.value.reveal()]));`;
    expect(printed(program)).toEqual([
      [
        ['shop', 'encrypt', `Bearer dkt_${'x'.repeat(43)}`, { fields: { email: 'maya@example.org' } }],
        ['shop', 'decrypt', `Bearer dkt_${'x'.repeat(43)}`, { refs: { email: 'dk2_x' } }],
      ],
      true,
      '★★★★★',
      'maya@example.org',
    ]);
  });

  test('its testing kit is a whole vault, and its filters know the values of its SDK', () => {
    provide('nunjucks');
    const program = `
      import nunjucks from 'nunjucks';
      import { registerFilters } from 'daykey/nunjucks';
      import { testingVault } from 'daykey/testing';
      const integrations = { desk: { kind: 'customer-support' } };
      const vault = (await testingVault({ apps: { shop: { integrations } } })).as('shop', 'desk');
      const entry = { type: 'text.say', data: { text: '<b>' } };
      const user = (await vault.incoming(entry, { thread: { mode: 'agent' } })).entry.data;
      const opened = await vault.scope(user).decrypted();
      const templates = registerFilters(new nunjucks.Environment(null), vault);
      const source = '{{ user.text }} {{ user.text | decrypt }} {{ wrapped }} {{ wrapped | decrypt }}';
      console.log(JSON.stringify(await templates.renderString(source, { user, wrapped: opened.text.value })));`;
    expect(printed(program)).toBe('★★★★★ &lt;b&gt; ★★★★★ &lt;b&gt;');
  });

  test('a program that uses any other entry bundles without the peer of direct invocation', async () => {
    for (const contents of ["import { DaykeyProblem } from 'daykey';", "export * from 'daykey';"]) {
      const stdin = { contents, resolveDir: app };
      await build({ stdin, bundle: true, write: false, format: 'esm', platform: 'node', logLevel: 'silent' });
    }
    const contents = "export * from 'daykey/lambda';";
    const direct = build({ stdin: { contents, resolveDir: app }, bundle: true, write: false, logLevel: 'silent' });
    await expect(direct).rejects.toThrow('@aws-sdk/client-lambda');
  });

  test('a program that calls over HTTP bundles no package at all', async () => {
    const { metafile, outputFiles } = await build({
      stdin: {
        contents: "import { apiToken, Daykey } from 'daykey';\nconsole.log(Daykey, apiToken);",
        resolveDir: app,
      },
      bundle: true,
      write: false,
      metafile: true,
      minify: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      logLevel: 'silent',
    });
    const [output] = Object.values(metafile.outputs);
    const used = Object.entries(output?.inputs ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
    expect(used.map(([path]) => path).filter((path) => /node_modules\/(?!daykey\/)/.test(path))).toEqual([]);
    expect(outputFiles[0]?.text).not.toContain('@aws-sdk');
    expect(outputFiles[0]?.contents.length).toBeLessThanOrEqual(11 * 1024);
  });

  test('the code of its README compiles, with every check on and without the types of any AWS SDK', () => {
    const page = readFileSync(join(folder, 'README.md'), 'utf8');
    const blocks = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, block = '']) => block);
    expect(blocks.length).toBeGreaterThanOrEqual(4);
    for (const name of ['@types/node', '@types/nunjucks', 'nunjucks', 'undici-types']) provide(name);
    const files = blocks.map((block, at) => write(`block-${at}.mts`, block));
    const program = ts.createProgram([...files, write('given.d.ts', GIVEN)], {
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      types: ['node'],
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      lib: ['lib.es2023.d.ts'],
      typeRoots: [join(app, 'node_modules/@types')],
    });
    const faults = ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
      return `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
    expect(faults).toEqual([]);
  }, 120_000);
});

function write(name: string, text: string): string {
  writeFileSync(join(app, name), text);
  return join(app, name);
}

/** What the code of the README uses and does not declare. */
const GIVEN = `
declare module '@aws-sdk/credential-providers' {
  export function fromNodeProviderChain(): () => Promise<import('daykey').RoleCredentials>;
}
declare const audience: string;
declare function send(text: unknown): Promise<void>;
declare function log(line: unknown): void;
declare const vault: import('daykey').Daykey;
declare const stateOfFlow: { email: import('daykey').RefObject<string> };
declare const stateOfUser: { email: import('daykey').RefObject<string> };
`;
