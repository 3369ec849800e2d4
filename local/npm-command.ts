// Commands of the local scripts: a wrong option is said in one line, with where to look.

import { Command } from 'commander';

/** A command that is called as `npm start` or `npm run dev`, with its options after `--`. */
export function npmCommand(script: string): Command {
  return new Command(`${script} --`).configureOutput({
    outputError: (text, write) => {
      const words = text
        .trim()
        .replace(/^error: /, '')
        .replace(/\.$/, '')
        .replaceAll('\n', ' ');
      write(`${script}: ${words}. Try: ${script} -- --help\n`);
    },
  });
}
