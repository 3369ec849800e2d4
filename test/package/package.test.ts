// The npm package as users get it: judged by publint and are-the-types-wrong, packed, installed in an empty folder, and used.

import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtPackage, COMPILER } from '../../scripts/package/build.ts';
import { functionNames } from '../../scripts/package/functions.ts';
import { ENTRIES } from '../../scripts/package/manifest.ts';
import { type InstalledPackage, installedPackage, run } from '../support/installed-package.ts';

const ROOT = join(import.meta.dirname, '../..');

let folder: string;
let tarball: string;
/** A folder with only the package and its dependencies. */
let app: string;
let installed: InstalledPackage;

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies: Record<string, string>;
  readonly peerDependencies: Record<string, string>;
  readonly bin: Record<string, string>;
}

type Resolutions = Record<string, { readonly resolution?: { readonly isTypeScript: boolean } }>;

beforeAll(async () => {
  ({ folder, tarball } = await builtPackage());
  app = mkdtempSync(join(tmpdir(), 'daykey-package-'));
  installed = installedPackage(app, tarball);
  installed.provide(...Object.keys(manifest().dependencies));
}, 600_000);

afterAll(() => rmSync(app, { recursive: true, force: true }));

function manifest(): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

/** Packages that the compiled files import, types included. */
function importedPackages(): string[] {
  const files = globSync('dist/{esm,cjs}/**/*.{js,d.ts}', { cwd: folder });
  expect(files.length).toBeGreaterThan(100);
  const imported = files.flatMap((file) =>
    ts
      .preProcessFile(readFileSync(join(folder, file), 'utf8'), true, true)
      .importedFiles.map(({ fileName }) => fileName),
  );
  const packages = imported.filter((name) => !name.startsWith('.') && !isBuiltin(name));
  return [...new Set(packages.map((name) => /^(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name))].sort();
}

describe('the manifest', () => {
  test('names every package that the code imports, in the versions of the repository', () => {
    const root = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
    const { name, version, dependencies, peerDependencies } = manifest();
    expect([name, version]).toEqual([root.name, root.version]);
    const imported = importedPackages();
    expect(imported.filter((each) => !(each in peerDependencies))).toEqual(Object.keys(dependencies));
    expect(Object.keys(peerDependencies)).toEqual(['@aws-sdk/client-lambda', 'aws-cdk-lib', 'constructs', 'nunjucks']);
    for (const [each, pinned] of Object.entries(dependencies)) expect(pinned).toBe(root.dependencies[each]);
    for (const [each, range] of Object.entries(peerDependencies)) expect(range).toBe(`^${root.dependencies[each]}`);
  });

  test('passes publint', async () => {
    const { messages, pkg } = await publint({ pkgDir: folder, strict: true, pack: 'npm' });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  test('gives every compiler the right types, for import and for require', () => {
    const require = createRequire(import.meta.url);
    const attw = join(dirname(require.resolve('@arethetypeswrong/cli/package.json')), 'dist/index.js');
    // Its exit code is the verdict. Its report shows that it judged every entry.
    const report = run(process.execPath, [attw, tarball, '--profile', 'strict', '--format', 'json'], app);
    const { analysis } = JSON.parse(report) as {
      analysis: { entrypoints: Record<string, { resolutions: Resolutions }> };
    };
    for (const entry of Object.keys(ENTRIES)) {
      const resolutions = analysis.entrypoints[entry]?.resolutions ?? {};
      for (const mode of ['node10', 'node16-cjs', 'node16-esm', 'bundler']) {
        expect([entry, mode, resolutions[mode]?.resolution?.isTypeScript]).toEqual([entry, mode, true]);
      }
    }
  });
});

describe('the tarball', () => {
  test('holds modules for import and for require, the functions, the command and licences, and nothing else', () => {
    const paths = run('tar', ['-tzf', tarball], app)
      .trim()
      .split('\n')
      .map((path) => path.replace(/^package\//, ''));
    const modules = String.raw`(client/(sdk|lambda|blobs|nunjucks|testing|veil)|lib|vault|wire)/.+\.(js|d\.ts)`;
    const shapes: readonly RegExp[] = [
      /^(LICENSE|README\.md|package\.json)$/,
      new RegExp(`^dist/(esm|cjs)/(${modules}|lambda/config\\.(js|d\\.ts))$`),
      /^dist\/cjs\/package\.json$/,
      new RegExp(`^dist/lambda/(${functionNames().join('|')})/index\\.js$`),
      /^dist\/lambda\/console\/page\/page\.(html|js|css)$/,
      /^dist\/cli\/[\w-]+\.js$/,
      /^dist\/(cli|lambda)\/THIRD-PARTY-LICENSES\.txt$/,
    ];
    for (const shape of shapes) expect([shape, paths.some((path) => shape.test(path))]).toEqual([shape, true]);
    expect(paths.filter((path) => !shapes.some((shape) => shape.test(path)))).toEqual([]);
  });

  test.each([
    ['cli', ['commander', '@aws-sdk/client-kms', 'jose']],
    ['lambda', ['@smithy/core', 'zod', 'lit-html']],
  ])('names the licence of every package that is bundled in %s', (bundle, some) => {
    const licenses = readFileSync(join(folder, 'dist', bundle, 'THIRD-PARTY-LICENSES.txt'), 'utf8');
    for (const name of some) expect(licenses).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+: `, 'm'));
    expect(licenses).toMatch(/^\s*Apache License$/m);
  });

  test('has a README without links into the repository', () => {
    const page = readFileSync(join(folder, 'README.md'), 'utf8');
    expect(page).toContain('# Calling a vault');
    expect(page).toContain('# A vault in your CDK app');
    expect(page).toContain('npx daykey init');
    expect(page.match(/\]\([^)]*\)/g)?.filter((link) => !/^\]\((https?:|#)/.test(link)) ?? []).toEqual([]);
  });
});

describe('installed in an empty folder', () => {
  test.each([
    ['import', 'program.mjs', "import { Daykey, Sensitive, apiToken } from 'daykey';"],
    ['require', 'program.cjs', "const { Daykey, Sensitive, apiToken } = require('daykey');"],
  ])('it seals and opens, over a custom transport, by %s', (_, name, line) => {
    const program = `
      ${line}
      (async () => {
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
      console.log(JSON.stringify([sent, email.value instanceof Sensitive, email.value, email.value.reveal()]));
      })();`;
    expect(installed.printed(name, program)).toEqual([
      [
        ['shop', 'encrypt', `Bearer dkt_${'x'.repeat(43)}`, { fields: { email: 'maya@example.org' } }],
        ['shop', 'decrypt', `Bearer dkt_${'x'.repeat(43)}`, { refs: { email: 'dk2_x' } }],
      ],
      true,
      '★★★★★',
      'maya@example.org',
    ]);
  });

  const imports = ['nunjucks', 'daykey/nunjucks', 'daykey/testing'];
  const names = ['nunjucks', '{ registerFilters }', '{ testingVault }'];
  test.each([
    ['import', 'kit.mjs', imports.map((from, at) => `import ${names[at]} from '${from}';`)],
    ['require', 'kit.cjs', imports.map((from, at) => `const ${names[at]} = require('${from}');`)],
  ])('its testing kit is a whole vault, and its filters know the values of its SDK, by %s', (_, name, lines) => {
    installed.provide('nunjucks');
    const program = `
      ${lines.join('\n')}
      (async () => {
      const integrations = { desk: { kind: 'customer-support' } };
      const vault = (await testingVault({ apps: { shop: { integrations } } })).as('shop', 'desk');
      const entry = { type: 'text.say', data: { text: '<b>' } };
      const user = (await vault.incoming(entry, { thread: { mode: 'agent' } })).entry.data;
      const opened = await vault.scope(user).decrypted();
      const templates = registerFilters(new nunjucks.Environment(null), vault);
      const source = '{{ user.text }} {{ user.text | decrypt }} {{ wrapped }} {{ wrapped | decrypt }}';
      console.log(JSON.stringify(await templates.renderString(source, { user, wrapped: opened.text.value })));
      })();`;
    expect(installed.printed(name, program)).toBe('★★★★★ &lt;b&gt; ★★★★★ &lt;b&gt;');
  });

  test('its command runs without any other package', () => {
    const command = join(app, 'node_modules/daykey', manifest().bin.daykey ?? '');
    expect(run(process.execPath, [command, '--version'], app).trim()).toBe(manifest().version);
    const entry = installed.write('entry.json', JSON.stringify({ type: 'text.say', data: { text: 'x' } }));
    const settings = installed.write('settings.json', JSON.stringify({ apps: { shop: { integrations: {} } } }));
    const args = ['explain', '--app', 'shop', '--entry', entry, '--mode', 'agent', '--settings', settings];
    expect(run(process.execPath, [command, ...args], app)).toContain('/data/text');
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

  describe('the code of its README compiles', () => {
    const blocksOfReadme = () =>
      [...readFileSync(join(folder, 'README.md'), 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)].map(
        ([, text = '']) => text,
      );
    const isOfCdk = (block: string) => /^\/\/ \w+\.ts\n/.test(block);

    test('with every check on and without the types of any AWS SDK', () => {
      const blocks = blocksOfReadme().filter((block) => !isOfCdk(block));
      expect(blocks.length).toBeGreaterThanOrEqual(4);
      installed.provide('@types/node', '@types/nunjucks', 'nunjucks', 'undici-types');
      installed.write('package.json', JSON.stringify({ type: 'module' }));
      const files = blocks.map((block, at) => installed.write(`block-${at}.mts`, block));
      files.push(installed.write('given.d.ts', GIVEN));
      expect(faultsIn(files, { exactOptionalPropertyTypes: true })).toBe('');
    }, 120_000);

    test.each(['module', 'commonjs'])(
      'in a CDK app of type %s',
      (type) => {
        const blocks = blocksOfReadme().filter(isOfCdk);
        expect(blocks.length).toBeGreaterThanOrEqual(4);
        installed.provide('@types/node', 'undici-types', 'aws-cdk-lib', 'constructs');
        installed.write('package.json', JSON.stringify({ type }));
        const files = blocks.map((block) => installed.write(/^\/\/ (\w+\.ts)/.exec(block)?.[1] ?? '', block));
        // The types of the CDK itself do not pass every check.
        expect(faultsIn(files, { skipLibCheck: true, allowImportingTsExtensions: true })).toBe('');
      },
      120_000,
    );
  });
});

/** What the compiler prints about files of the app: nothing when it finds no fault. */
function faultsIn(files: readonly string[], options: object): string {
  const compilerOptions = {
    strict: true,
    noEmit: true,
    types: ['node'],
    target: 'es2022',
    module: 'nodenext',
    lib: ['es2023'],
  };
  const project = installed.write(
    'tsconfig.json',
    JSON.stringify({ compilerOptions: { ...compilerOptions, ...options }, files }),
  );
  return spawnSync(process.execPath, [COMPILER, '--project', project], { cwd: app, encoding: 'utf8' }).stdout;
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
