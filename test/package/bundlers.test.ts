// Bundlers take the SDK without a warning where no peer is installed, and what they make runs.

import { mkdtempSync, rmSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { rollup } from '@rollup/wasm-node';
import { build as esbuild } from 'esbuild';
import { createLogger, build as vite } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import webpack from 'webpack';
import { builtPackage } from '../../scripts/package/build.ts';
import { installedPackage, run } from '../support/installed-package.ts';

const PROGRAM = `
import { apiToken, awsIdentity, Daykey } from 'daykey';
import { veil } from 'daykey/veil';
const credentials = { accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' };
const identity = awsIdentity({ audience: 'daykey:1:eu-central-1:Shop', region: 'eu-central-1', credentials });
const vault = new Daykey({ app: 'shop', url: 'https://vault.example.org', identity: apiToken('dkt_${'x'.repeat(43)}') });
identity().then((header) => console.log(typeof veil, vault instanceof Daykey, header.split(' ')[0]));
`;

let app: string;
let program: string;

beforeAll(async () => {
  const { tarball } = await builtPackage();
  app = mkdtempSync(join(tmpdir(), 'daykey-bundlers-'));
  const installed = installedPackage(app, tarball);
  installed.provide('@smithy/signature-v4', 'fastest-levenshtein', 'lru-cache', 'zod');
  installed.write('package.json', '{ "type": "module" }');
  program = installed.write('program.js', PROGRAM);
}, 600_000);
afterAll(() => rmSync(app, { recursive: true, force: true }));

/** Each writes one file and gives its warnings. */
const BUNDLERS: Readonly<Record<string, (outfile: string) => Promise<readonly unknown[]>>> = {
  'esbuild, as for Lambda': async (outfile) => {
    const { warnings } = await esbuild({
      entryPoints: [program],
      outfile,
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      logLevel: 'silent',
    });
    return warnings;
  },
  'Vite, for server-side rendering': async (outfile) => {
    const warnings: string[] = [];
    const keep = (text: string) => void warnings.push(text);
    const customLogger = { ...createLogger('silent'), warn: keep, warnOnce: keep, error: keep };
    await vite({
      root: app,
      configFile: false,
      customLogger,
      ssr: { noExternal: true },
      build: { ssr: program, outDir: join(outfile, '..'), rollupOptions: { output: { entryFileNames: 'bundle.mjs' } } },
    });
    return warnings;
  },
  webpack: (outfile) =>
    new Promise((resolve, reject) => {
      const output = { path: join(outfile, '..'), filename: 'bundle.mjs', module: true };
      const compiler = webpack({
        mode: 'production',
        target: 'node20',
        entry: program,
        output,
        experiments: { outputModule: true },
      });
      compiler?.run((error, stats) => {
        const { errors = [], warnings = [] } = stats?.toJson({ all: false, errors: true, warnings: true }) ?? {};
        if (error) reject(error);
        else resolve([...errors, ...warnings].map(({ message }) => message));
      });
    }),
  rollup: async (outfile) => {
    const warnings: string[] = [];
    const bundle = await rollup({
      input: program,
      external: (name) => isBuiltin(name),
      plugins: [nodeResolve({ exportConditions: ['node'], preferBuiltins: true })],
      onwarn: ({ message }) => void warnings.push(message),
    });
    await bundle.write({ file: outfile, format: 'esm' });
    return warnings;
  },
};

test.each(Object.entries(BUNDLERS))(
  '%s',
  async (name, bundle) => {
    const folder = mkdtempSync(join(app, 'bundle-'));
    const outfile = join(folder, 'bundle.mjs');
    expect([name, await bundle(outfile)]).toEqual([name, []]);
    expect(run(process.execPath, [outfile], folder).trim()).toBe('function true Daykey-Aws');
  },
  120_000,
);
