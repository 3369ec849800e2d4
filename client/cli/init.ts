// `daykey init`: a CDK app with a vault, and a test of its settings.

import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { NAME_SHAPE } from '../../vault/domain/settings.ts';
import { CommandError } from './command-error.ts';
import { initialFiles, initialStack } from './initial-files.ts';
import { print } from './output.ts';
import { installedFrom, VERSION } from './own-package.ts';
import type { Surroundings } from './surroundings.ts';

export function addInit(program: Command, surroundings: Surroundings): void {
  program
    .command('init')
    .argument('<folder>', 'the folder to make; its name is that of the first app')
    .description('makes a CDK app with a vault, and a test of its settings')
    .action((folder: string) => init(surroundings, folder));
}

async function init(surroundings: Surroundings, path: string): Promise<void> {
  const folder = resolve(path);
  const app = basename(folder);
  if (!NAME_SHAPE.test(app)) {
    throw new CommandError(
      `${app} cannot be the name of an app: use 1 to 63 lower case letters, digits and hyphens, with a letter first`,
    );
  }
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new CommandError(`${path} is not empty: name a folder that does not exist`);
  }
  mkdirSync(folder, { recursive: true });
  const packed = installedFrom(import.meta.dirname);
  const daykey = packed === undefined ? VERSION : `file:${relative(folder, packed)}`;
  for (const [name, text] of Object.entries(initialFiles(app, daykey))) {
    writeFileSync(join(folder, name), text);
  }
  for (const line of nextCommands(path, app)) await print(surroundings, line);
}

function nextCommands(path: string, app: string): string[] {
  const stack = initialStack(app);
  return [
    `${path} is a CDK app with a vault. Next:`,
    '',
    `  cd ${path}`,
    '  npm install',
    '  npm test             # tries the settings on a vault in memory',
    '  npx cdk bootstrap    # once for each account and Region',
    `  npx cdk deploy       # prints the address of the vault as ${stack}.Url`,
    `  npx daykey token issue --stack ${stack} --app ${app} --integration web --expires-in 30d`,
    '',
    'Write your apps and integrations into daykey.settings.js.',
  ];
}
