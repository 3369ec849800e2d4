// The bundle of a function as the stack deploys it.

import { type BuildOptions, build } from 'esbuild';
import { BUNDLING } from '../../lib/vault-function.ts';

/** Bundles an entry point, in memory. */
export async function functionBundle(entry: Pick<BuildOptions, 'entryPoints' | 'stdin'>) {
  const { mainFields, external, target, format } = BUNDLING;
  const { outputFiles, metafile } = await build({
    ...entry,
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    outdir: 'out',
    format,
    platform: 'node',
    target,
    mainFields: [...mainFields],
    external: [...external],
    logLevel: 'error',
  });
  return { outputFiles, metafile };
}
