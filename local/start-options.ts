// The options of `npm start`.

import type { Command } from 'commander';
import { npmCommand } from './npm-command.ts';

export interface StartOptions {
  /** Plays the example and ends: `npm run demo`. */
  readonly exit?: boolean;
  readonly folder?: string;
  readonly settings?: string;
}

/** Parses the options. Ends the process after --help and after an error. */
export function startCommand(): Command {
  return npmCommand('npm start')
    .description('Starts a vault on this machine, plays an example on it and stays up until Ctrl-C.')
    .option('--settings <file>', 'deploys these settings instead of local/settings.ts, without the example')
    .option('--folder <path>', 'keeps vault.json and the logs there (default: .local, with --exit .local/demo)')
    .option('--exit', 'ends after the example: npm run demo')
    .addHelpText('after', '\nWith AWS_ENDPOINT_URL set, it deploys to that emulator instead of starting one.');
}
