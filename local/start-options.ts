// The options of `npm start`.

import { Command } from 'commander';

export interface StartOptions {
  /** Plays the example and ends: `npm run demo`. */
  readonly exit?: boolean;
  readonly folder?: string;
  readonly settings?: string;
}

/** Parses the options. Ends the process after --help, and after an error that it says in one line. */
export function startCommand(): Command {
  return new Command('npm start --')
    .description('Starts a vault on this machine, plays an example on it and stays up until Ctrl-C.')
    .option('--settings <file>', 'deploys these settings instead of local/settings.ts, without the example')
    .option('--folder <path>', 'keeps vault.json and the logs there (default: .local, with --exit .local/demo)')
    .option('--exit', 'ends after the example: npm run demo')
    .addHelpText('after', '\nWith AWS_ENDPOINT_URL set, it deploys to that emulator instead of starting one.')
    .configureOutput({
      outputError: (text, write) => {
        const words = text
          .trim()
          .replace(/^error: /, '')
          .replace(/\.$/, '')
          .replaceAll('\n', ' ');
        write(`npm start: ${words}. Try: npm start -- --help\n`);
      },
    });
}
