// The package that this program belongs to: its version, and the file that it was installed from.

import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };

export const VERSION: string = manifest.version;

/** The versions of the CDK that this package is tested with. */
export const CDK_VERSIONS = {
  'aws-cdk-lib': manifest.dependencies['aws-cdk-lib'],
  constructs: manifest.dependencies.constructs,
  'aws-cdk': manifest.devDependencies['aws-cdk'],
} as const;

/** The tarball that npm installed a program in this folder from; `undefined` when a registry served the package. */
export function installedFrom(folder: string): string | undefined {
  const [, project, name] = /^(.*)[/\\]node_modules[/\\](daykey)[/\\]/.exec(folder) ?? [];
  if (project === undefined) return undefined;
  const lock = join(project, 'node_modules/.package-lock.json');
  if (!existsSync(lock)) return undefined;
  const { packages } = JSON.parse(readFileSync(lock, 'utf8')) as {
    readonly packages?: Readonly<Record<string, { readonly resolved?: string }>>;
  };
  const resolved = packages?.[`node_modules/${name}`]?.resolved;
  return resolved?.startsWith('file:') ? resolve(project, resolved.slice('file:'.length)) : undefined;
}
