// The npm package, unpacked into the node_modules of an empty folder, with packages of the repository beside it.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const MODULES = join(import.meta.dirname, '../../node_modules');

export interface InstalledPackage {
  readonly app: string;
  /** Puts packages of the repository beside the app's. */
  provide(...names: readonly string[]): void;
  /** Writes a file of the app. Gives its path. */
  write(name: string, text: string): string;
  /** The output of a program of the app, parsed. The extension of its name says what kind of module it is. */
  printed(name: string, program: string): unknown;
}

/** Unpacks the tarball into `app/node_modules/daykey`. */
export function installedPackage(app: string, tarball: string): InstalledPackage {
  const installed = join(app, 'node_modules/daykey');
  mkdirSync(installed, { recursive: true });
  run('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1'], app);
  const write = (name: string, text: string) => {
    writeFileSync(join(app, name), text);
    return join(app, name);
  };
  return {
    app,
    provide(...names) {
      for (const name of names) {
        const link = join(app, 'node_modules', name);
        mkdirSync(dirname(link), { recursive: true });
        if (!existsSync(link)) symlinkSync(join(MODULES, name), link);
      }
    },
    write,
    printed: (name, program) => JSON.parse(run(process.execPath, [write(name, program)], app)),
  };
}

/** Runs a command and gives what it prints. @throws Error with what it printed as an error. */
export function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string {
  return execFileSync(command, args, { cwd, env: { ...env }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
