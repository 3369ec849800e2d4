// What the SDK adds to a program: HTTP callers bundle no AWS SDK and at most 11 KB.

import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

const CLIENT = join(import.meta.dirname, '../../client');

/** The bundle of a program that uses these exports: the packages in it, and its minified size in bytes. */
async function bundled(...imports: string[]): Promise<{ packages: string[]; bytes: number }> {
  const { metafile } = await build({
    stdin: { contents: imports.map((each) => `export ${each};`).join('\n'), resolveDir: CLIENT },
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'silent',
  });
  const [{ inputs = {}, bytes = 0 } = {}] = Object.values(metafile.outputs);
  const used = Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  const packages = used.flatMap(([path]) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
  return { packages: [...new Set(packages)], bytes };
}

test('with an API token over HTTP there is no package at all, and at most 11 KB', async () => {
  const { packages, bytes } = await bundled("{ Daykey, apiToken, Sensitive, DaykeyProblem } from './sdk/index.ts'");
  expect(packages).toEqual([]);
  expect(bytes).toBeGreaterThan(8 * 1024);
  expect(bytes).toBeLessThanOrEqual(11 * 1024);
});

test('as an AWS role over HTTP there is the signer, and no client', async () => {
  const { packages } = await bundled("{ Daykey, awsIdentity } from './sdk/index.ts'");
  expect(packages).toContain('@smithy/signature-v4');
  expect(packages.filter((name) => name.startsWith('@aws-sdk/'))).toEqual([]);
});

test('by direct invocation there is the Lambda client', async () => {
  const { packages } = await bundled(
    "{ Daykey } from './sdk/index.ts'",
    "{ lambdaTransport } from './lambda/index.ts'",
  );
  expect(packages).toContain('@aws-sdk/client-lambda');
});
