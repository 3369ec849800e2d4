// What the SDK brings along: callers over HTTP bundle no AWS SDK, and all of it runs on Node 20.

import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

const SDK = join(import.meta.dirname, '../../client/sdk/index.ts');

/** Packages in the bundle of a program that uses these exports. */
async function packagesOf(names: string): Promise<Set<string>> {
  const { metafile } = await build({
    stdin: { contents: `import { ${names} } from '${SDK}';\nconsole.log(${names});`, resolveDir: import.meta.dirname },
    ...{ bundle: true, write: false, metafile: true, treeShaking: true, minifySyntax: true },
    ...{ format: 'esm', platform: 'node', target: 'node20', logLevel: 'silent' },
  });
  const [output] = Object.values(metafile.outputs);
  const used = Object.entries(output?.inputs ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  return new Set(used.flatMap(([path]) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []));
}

test('with an API token over HTTP there is no package at all', async () => {
  expect(await packagesOf('Daykey, apiToken, Sensitive, DaykeyProblem')).toEqual(new Set());
});

test('as an AWS role over HTTP there is the signer, and no client', async () => {
  const packages = await packagesOf('Daykey, awsIdentity');
  expect(packages).toContain('@smithy/signature-v4');
  expect([...packages].filter((name) => name.startsWith('@aws-sdk/'))).toEqual([]);
});

test('by direct invocation there is the Lambda client', async () => {
  expect(await packagesOf('Daykey, lambdaTransport')).toContain('@aws-sdk/client-lambda');
});
